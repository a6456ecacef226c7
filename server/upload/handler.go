package upload

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/imgorigin/imgorigin/server/clientip"
	"github.com/imgorigin/imgorigin/server/secret"
)

// A Handler answers POST /uploads with a ticket for whoever may have one:
//
//	{"type": "image/jpeg"}                   a form to post
//	{"type": "image/jpeg", "size": 123456}   with "method": "PUT": a URL to put to
//
// Presigner is needed, and one of Tokens and UserHeader: there is no open door.
type Handler struct {
	Presigner *Presigner

	Tokens []string // each of which may be sent as a bearer

	// UserHeader is the header in which a proxy says whom it has let in. It counts from Proxies alone, which must
	// take it out of what their clients send.
	UserHeader string
	Proxies    []netip.Prefix

	Log *slog.Logger // default discards
}

// maxWishBytes bounds what is read of a request.
const maxWishBytes = 4 << 10

// A wish is the body of a request.
type wish struct {
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
		replyError(w, http.StatusUnauthorized, "wants a token")
		return
	}
	var asked wish
	body := http.MaxBytesReader(w, r.Body, maxWishBytes)
	if err := json.NewDecoder(body).Decode(&asked); err != nil {
		replyError(w, http.StatusBadRequest, `wants JSON, as in {"type": "image/jpeg"}`)
		return
	}
	ticket, err := h.ticket(r, asked)
	if status := statusOf(err); status != http.StatusCreated {
		if status == http.StatusInternalServerError {
			log.ErrorContext(r.Context(), "no upload given out", "user", user, "err", err)
			err = errors.New("internal error")
		}
		replyError(w, status, err.Error())
		return
	}
	log.InfoContext(r.Context(), "upload given out", "user", user, "original", ticket.Key)
	reply(w, http.StatusCreated, ticket)
}

var errMethod = errors.New(`method: takes "POST", or "PUT" with a size`)

func (h *Handler) ticket(r *http.Request, asked wish) (Ticket, error) {
	key := h.Presigner.NewKey(asked.Type)
	switch asked.Method {
	case "", http.MethodPost:
		return h.Presigner.Post(r.Context(), key, asked.Type)
	case http.MethodPut:
		return h.Presigner.Put(r.Context(), key, asked.Type, asked.Size)
	}
	return Ticket{}, errMethod
}

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

// user tells whether a request may have a ticket, and for the log whose it is.
func (h *Handler) user(r *http.Request) (string, bool) {
	if name := r.Header.Get(h.UserHeader); h.UserHeader != "" && name != "" && clientip.Proxies(h.Proxies).Trust(clientip.Peer(r)) {
		return name, true
	}
	given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return "token", bearer && secret.Match(h.Tokens, given)
}

func replyError(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"error": message})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(io.Writer(w))
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // of who has left
}
