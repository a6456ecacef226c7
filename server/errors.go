package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An uncachedError is an error that caches must not keep, because it depends on what is not in their keys.
type uncachedError struct{ error }

func (e *uncachedError) Unwrap() error { return e.error }

// A fault is a line of the error table: what an error comes to for the client, and how long CloudFront may repeat it.
// CloudFront keeps some statuses for a minimum of its own; see package deploy.
type fault struct {
	matches func(error) bool
	status  int

	// message is what the client is told. "" is the error's own text, for errors about the URL or the image.
	message string

	maxAge int // seconds; 0 is no-store
}

const (
	longAge  = 24 * 3600 // seconds, where the same URL or the same bytes fail again
	shortAge = 10        // seconds, where the image may be uploaded soon
)

// statusClientClosed is what nginx logs for a client that left before it was answered. No client sees it.
const statusClientClosed = 499

// faults is the only place that knows the status of an error. The first line that matches counts.
var faults = []fault{
	{isA[*grammar.ParamError], http.StatusBadRequest, "", longAge},
	{isA[*dialect.Error], http.StatusBadRequest, "", longAge},
	{is(grammar.ErrKey), http.StatusBadRequest, "", longAge},
	{is(resize.ErrMark), http.StatusUnprocessableEntity, "", shortAge},
	{is(resize.ErrRect), http.StatusBadRequest, "", longAge},
	{isA[*grammar.UnsignedError], http.StatusForbidden, "", longAge},
	{is(grammar.ErrSignature), http.StatusForbidden, "", longAge},
	{is(grammar.ErrExpired), http.StatusForbidden, "", longAge},
	{is(errSecret), http.StatusForbidden, "", 0},
	{isA[*admission.LimitError], http.StatusTooManyRequests, "too many new images: try again", 0},
	{is(fs.ErrNotExist), http.StatusNotFound, "no such image", shortAge},
	{is(originals.ErrArchived), http.StatusNotFound, "the original is archived", shortAge},
	{is(resize.ErrUnsupported), http.StatusUnsupportedMediaType, "", longAge},
	{is(resize.ErrTooLarge), http.StatusUnprocessableEntity, "", longAge},
	{is(resize.ErrBytes), http.StatusUnprocessableEntity, "", longAge},
	{is(resize.ErrCorrupt), http.StatusUnprocessableEntity, "", longAge},
	{is(resize.ErrUnavailable), http.StatusServiceUnavailable, "the codec is not available: try again", 0},
	{is(admission.ErrBusy), http.StatusServiceUnavailable, "busy: try again", 0},
	{is(context.Canceled), statusClientClosed, "the client has left", 0},
	{is(context.DeadlineExceeded), http.StatusGatewayTimeout, "the image took too long", 0},
	{is(originals.ErrUnreachable), http.StatusBadGateway, "originals can't be read", 0},
}

// unknown is the line of errors that the table does not have.
var unknown = fault{status: http.StatusInternalServerError, message: "internal error"}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func faultOf(err error) fault {
	for _, f := range faults {
		if f.matches(err) {
			return f
		}
	}
	return unknown
}

// retryAfter returns the number of seconds after which a client may try again, 0 if that is not known.
func retryAfter(f fault, err error) int {
	if limit, ok := errors.AsType[*admission.LimitError](err); ok {
		return int((limit.After + time.Second - 1) / time.Second)
	}
	if repeated, ok := errors.AsType[*repeatedError](err); ok && f.status >= 500 {
		return int((repeated.after + time.Second - 1) / time.Second)
	}
	if f.status == http.StatusServiceUnavailable {
		return 2
	}
	return 0
}

// ErrorResponse returns the error table's answer for err: JSON if the Accept header mentions it, else text.
func ErrorResponse(err error, accept string) (status int, header http.Header, body []byte) {
	f := faultOf(err)
	header = http.Header{
		"Cache-Control":          {"no-store"},
		"Content-Type":           {"text/plain; charset=utf-8"},
		"X-Content-Type-Options": {"nosniff"},
	}
	if f.maxAge > 0 && !isA[*uncachedError](err) {
		header.Set("Cache-Control", "public, max-age="+strconv.Itoa(f.maxAge))
	}
	if after := retryAfter(f, err); after > 0 {
		header.Set("Retry-After", strconv.Itoa(after))
	}
	message := cmp.Or(f.message, err.Error())
	body = []byte(message + "\n")
	if strings.Contains(accept, "json") {
		body, _ = json.Marshal(map[string]string{"error": message}) // a map of strings always marshals
		header.Set("Content-Type", "application/json")
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return f.status, header, body
}

// replyError answers a request with [ErrorResponse], and with a page if a browser navigates to the URL. What caches keep of an
// original that is missing or damaged, they keep no longer than images: in a folder in which somebody works, a file that was half
// written must not be damaged for a day.
func (s *Server) replyError(w http.ResponseWriter, r *http.Request, err error) {
	accept := r.Header.Get("Accept")
	status, header, body := ErrorResponse(err, accept)
	if isNavigation(accept) && !strings.Contains(accept, "json") {
		body = showError(status, header, body)
	}
	isAboutBytes := isOfOriginal(err) || errors.Is(err, fs.ErrNotExist)
	if isAboutBytes && faultOf(err).maxAge > int(s.config.MaxAge.Seconds()) {
		header.Set("Cache-Control", briefFor(s.config.MaxAge))
	}
	h := w.Header()
	h.Del("ETag")
	h.Del("Last-Modified")
	maps.Copy(h, header)
	h.Set("Vary", "Accept") // by which the body is text, a page or JSON
	s.cors.vary(h)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
