package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/secret"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// MaxHookBytes is the longest body that a Hook reads; SNS sends a quarter of it.
const MaxHookBytes = 1 << 20

// A Hook is the handler of POST /hooks/s3: it takes events from stores that send them, and from SNS over HTTPS.
//
//	Authorization: Bearer <token>     minio and others
//	Authorization: Basic <…:token>    whoever takes a user and password in the URL: versitygw, SNS
//	a signature of an allowed topic   SNS
//
// It answers 202 when the events are in the pool, 200 when there was nothing to do, and 503 when the pool is full,
// so that the sender tries again. Pool is needed.
type Hook struct {
	Pool   *Pool
	Token  string   // "" lets nobody in by token
	Topics []string // ARNs of the SNS topics whose messages are taken
	Open   bool     // take events from whoever can reach us: on loopback only

	SNS     *SNS         // checks signatures; default the zero one
	Metrics *Metrics     // default NewMetrics()
	Log     *slog.Logger // default discards
}

// NewHook returns h with its defaults filled in.
func NewHook(h Hook) *Hook {
	h.Log = cmp.Or(h.Log, slog.New(slog.DiscardHandler))
	if h.Metrics == nil {
		h.Metrics = NewMetrics()
	}
	if h.SNS == nil {
		h.SNS = new(SNS)
	}
	return &h
}

// resultOf is a status as the metrics call it, and the body of the answer.
func resultOf(status int) string {
	switch status {
	case http.StatusAccepted:
		return "queued"
	case http.StatusOK:
		return "empty"
	case http.StatusServiceUnavailable:
		return "busy"
	case http.StatusUnauthorized:
		return "refused"
	}
	return "bad"
}

const busySeconds = 5

// ServeHTTP implements [http.Handler].
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.answer(w, r)
	h.Metrics.hooks.WithLabelValues(resultOf(status)).Inc()
	if err != nil {
		h.Log.WarnContext(r.Context(), "hook refused", "status", status, "err", err)
	}
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(busySeconds))
	case http.StatusUnauthorized: // SNS shows its password only when asked
		w.Header().Set("WWW-Authenticate", `Basic realm="imgorigin"`)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(resultOf(status) + "\n"))
}

func (h *Hook) answer(w http.ResponseWriter, r *http.Request) (status int, err error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxHookBytes))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	var m snsMessage
	signed := json.Unmarshal(body, &m) == nil && m.Signature != ""
	trusted := h.Open || h.hasToken(r)
	if signed && (!trusted || m.Type == typeSubscribe && len(h.Topics) > 0) {
		return h.answerSNS(r, m)
	}
	if !trusted {
		return http.StatusUnauthorized, errors.New("no token, and no signature of SNS")
	}
	return h.submit(body)
}

func (h *Hook) answerSNS(r *http.Request, m snsMessage) (status int, err error) {
	if err := h.SNS.verify(r.Context(), m, h.Topics, time.Now()); err != nil {
		return http.StatusUnauthorized, err
	}
	switch m.Type {
	case typeSubscribe:
		if err := h.SNS.subscribe(r.Context(), m); err != nil {
			return http.StatusServiceUnavailable, err
		}
		h.Log.InfoContext(r.Context(), "subscription confirmed", "topic", m.TopicArn)
		return http.StatusOK, nil
	case typeUnsubscribe:
		return http.StatusOK, nil
	}
	return h.submit([]byte(m.Message))
}

func (h *Hook) submit(message []byte) (status int, err error) {
	events, err := s3event.Decode(message)
	switch {
	case err != nil:
		return http.StatusBadRequest, err
	case len(events) == 0:
		return http.StatusOK, nil
	case !h.Pool.Submit(events):
		return http.StatusServiceUnavailable, nil
	}
	return http.StatusAccepted, nil
}

// hasToken reports whether a request carries the token, as a bearer token or as the password of basic authentication.
func (h *Hook) hasToken(r *http.Request) bool {
	given, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer {
		_, given, _ = r.BasicAuth()
	}
	return secret.Match([]string{h.Token}, given)
}
