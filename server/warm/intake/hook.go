package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/imgorigin/imgorigin/server/secret"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// MaxHookBytes is the longest body that a Hook reads. SNS sends at most a quarter of it.
const MaxHookBytes = 1 << 20

// A Hook is the handler of POST /hooks/s3, to which stores send their notifications, and SNS by HTTPS. Pool is
// required. A request is authorized by one of these:
//
//	Authorization: Bearer <token>     minio and others
//	Authorization: Basic <…:token>    senders that take a user and password in the URL: versitygw, SNS
//	a signature of an allowed topic   SNS, of a message that is not older than SNS retries
//
// The answer is 202 when the events are in the pool, 200 when there were none, and 503 when the pool is full, after
// which senders try again.
type Hook struct {
	Pool *Pool

	// Token authorizes requests that carry it. With "", no token does.
	Token string

	// Topics are the ARNs of the SNS topics whose messages are accepted.
	Topics []string

	// Open accepts the requests of everybody. It is for servers that listen on loopback only.
	Open bool

	// SNS verifies the messages of SNS. Nil stands for the zero value.
	SNS *SNS

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// NewHook returns h with its defaults set.
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

// resultOf returns the word for a status in the metrics and in the body of the answer.
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

// busySeconds is after how long a sender may try again when the pool is full.
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
	case http.StatusUnauthorized: // SNS sends its password only when challenged
		w.Header().Set("WWW-Authenticate", `Basic realm="imgorigin"`)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(resultOf(status) + "\n"))
}

// answer handles a request. The error is for the log.
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

// answerSNS handles a message that claims to be signed by SNS.
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

// submit adds the events in a message to the pool.
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
	given, isBearer := secret.Bearer(r)
	if !isBearer {
		_, given, _ = r.BasicAuth()
	}
	return secret.Match([]string{h.Token}, given)
}
