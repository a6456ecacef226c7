package upload

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/imgorigin/imgorigin/server/clientip"
	"github.com/imgorigin/imgorigin/server/secret"
)

// A Handler answers POST /uploads with a [Ticket] as JSON, for clients that are authorized. The body of a request is
// one of
//
//	{"type": "image/jpeg"}                                     for a form to POST
//	{"type": "image/jpeg", "size": 123456, "method": "PUT"}    for a URL to PUT to
//
// A client is authorized by a bearer token or by a proxy in front. Presigner is required, and without Tokens and
// UserHeader every request is refused.
type Handler struct {
	Presigner *Presigner

	// Tokens are the valid bearer tokens.
	Tokens []string

	// UserHeader is the header in which a proxy names the user that it has authenticated. It is trusted only from
	// Proxies, which must remove it from the requests of their clients.
	UserHeader string
	Proxies    []netip.Prefix

	// Log records each ticket and its user. The default discards.
	Log *slog.Logger
}

// maxRequestBytes limits the body of a request. One with all fields has about 70 bytes.
const maxRequestBytes = 4 << 10

// A ticketRequest is the body of a request.
type ticketRequest struct {
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Method string `json:"method"`
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	log := cmp.Or(h.Log, slog.New(slog.DiscardHandler))
	user, ok := h.user(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="uploads"`)
		replyError(w, http.StatusUnauthorized, "a token is required")
		return
	}
	var requested ticketRequest
	body := http.MaxBytesReader(w, r.Body, maxRequestBytes)
	if err := decodeOne(body, &requested); err != nil {
		replyError(w, http.StatusBadRequest, `the body has to be JSON, as in {"type": "image/jpeg"}`)
		return
	}
	ticket, err := h.ticket(r, requested)
	if status := statusOf(err); status != http.StatusCreated {
		if status == http.StatusInternalServerError {
			log.ErrorContext(r.Context(), "upload ticket not issued", "user", user, "err", err)
			err = errors.New("internal error")
		}
		replyError(w, status, err.Error())
		return
	}
	log.InfoContext(r.Context(), "upload ticket issued", "user", user, "original", ticket.Key)
	reply(w, http.StatusCreated, ticket)
}

// decodeOne decodes JSON that nothing comes after.
func decodeOne(body io.Reader, v any) error {
	decoder := json.NewDecoder(body)
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something comes after the JSON")
	}
	return nil
}

var errMethod = errors.New(`method: takes "POST", or "PUT" with a size`)

func (h *Handler) ticket(r *http.Request, requested ticketRequest) (Ticket, error) {
	key := h.Presigner.NewKey(requested.Type)
	switch requested.Method {
	case "", http.MethodPost:
		return h.Presigner.Post(r.Context(), key, requested.Type)
	case http.MethodPut:
		return h.Presigner.Put(r.Context(), key, requested.Type, requested.Size)
	}
	return Ticket{}, errMethod
}

// statusOf returns the HTTP status for the error of a ticket.
func statusOf(err error) int {
	switch {
	case err == nil:
		return http.StatusCreated
	case errors.Is(err, ErrType):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, ErrSize):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errMethod), errors.Is(err, ErrKey):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// user reports whether a request is authorized, and returns the user's name for the log: the one that a trusted proxy
// sent, or "token".
func (h *Handler) user(r *http.Request) (name string, ok bool) {
	if h.UserHeader != "" && clientip.Proxies(h.Proxies).Trust(clientip.Peer(r)) {
		if name := r.Header.Get(h.UserHeader); name != "" {
			return name, true
		}
	}
	token, isBearer := secret.Bearer(r)
	return "token", isBearer && secret.Match(h.Tokens, token)
}

func replyError(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"error": message})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(io.Writer(w))
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // fails only if the client is gone
}
