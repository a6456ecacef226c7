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
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
)

// A passingError is one that caches must not keep, because what it comes from is not in their keys.
type passingError struct{ error }

func (e *passingError) Unwrap() error { return e.error }

// A fault is one line of the error table: what an error comes to for the client, and for how long CloudFront
// may repeat it. CloudFront keeps some statuses for its own minimum whatever we say; see deploy.
type fault struct {
	is      func(error) bool
	status  int
	message string // for the client; "" is the error's own text, for those that speak of the URL or the picture
	maxAge  int    // seconds; 0 is no-store
}

const (
	long  = 24 * 3600 // the same URL, or the same bytes, fail again
	short = 10        // the picture may be on its way
)

// faults is the one place that knows a status. The first that fits counts.
var faults = []fault{
	{isA[*grammar.ParamError], http.StatusBadRequest, "", long},
	{is(grammar.ErrKey), http.StatusBadRequest, "", long},
	{is(resize.ErrRect), http.StatusBadRequest, "", long},
	{isA[*grammar.UnsignedError], http.StatusForbidden, "", long},
	{is(grammar.ErrSignature), http.StatusForbidden, "", long},
	{is(grammar.ErrExpired), http.StatusForbidden, "", long},
	{is(errSecret), http.StatusForbidden, "", 0},
	{isA[*admission.LimitError], http.StatusTooManyRequests, "too many new pictures: try again", 0},
	{is(fs.ErrNotExist), http.StatusNotFound, "no such image", short},
	{is(resize.ErrUnsupported), http.StatusUnsupportedMediaType, "", long},
	{is(resize.ErrTooLarge), http.StatusUnprocessableEntity, "", long},
	{is(resize.ErrCorrupt), http.StatusUnprocessableEntity, "", long},
	{is(admission.ErrBusy), http.StatusServiceUnavailable, "busy: try again", 0},
	{is(context.DeadlineExceeded), http.StatusGatewayTimeout, "the picture took too long", 0},
	{is(originals.ErrUnreachable), http.StatusBadGateway, "originals can't be read", 0},
}

// unknown is what nobody foresaw.
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
		if f.is(err) {
			return f
		}
	}
	return unknown
}

// retryAfter returns the number of seconds after which who got an error may try again, 0 if that is not known.
func retryAfter(f fault, err error) int {
	if limit, ok := errors.AsType[*admission.LimitError](err); ok {
		return int((limit.After + time.Second - 1) / time.Second)
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
	if f.maxAge > 0 && !isA[*passingError](err) {
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

// replyError answers a request with [ErrorResponse].
func replyError(w http.ResponseWriter, r *http.Request, err error) {
	status, header, body := ErrorResponse(err, r.Header.Get("Accept"))
	h := w.Header()
	h.Del("ETag")
	h.Del("Last-Modified")
	maps.Copy(h, header)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
