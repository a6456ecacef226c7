// Package functionurl answers requests to an AWS Lambda function URL with an [http.Handler].
//
//	Lambda runtime ─► Function ─► handler ─► a stream, which ends in an error where an HTTP server would close the connection
package functionurl

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdaurl"
)

// A Function answers a request to a function URL whose invoke mode is RESPONSE_STREAM.
type Function = func(context.Context, *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error)

// New returns a function that answers with a handler. A panic before the response has begun is answered 500. A response that does
// not come to its end, by a panic or with fewer bytes than its Content-Length, ends in an error, as [http.Server] closes the
// connection: lambdaurl by itself would end the process at a panic, and otherwise make the part look like the whole.
func New(handler http.Handler, log *slog.Logger) Function {
	return func(ctx context.Context, request *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
		broken := new(atomic.Bool)
		response, err := lambdaurl.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			counted := &countedWriter{ResponseWriter: w, left: -1, isHead: r.Method == http.MethodHead}
			defer func() {
				p := recover()
				if p != nil && p != http.ErrAbortHandler {
					log.ErrorContext(r.Context(), "panic", "err", p, "stack", string(debug.Stack()))
				}
				if p != nil && !counted.hasBegun {
					http.Error(w, "internal error", http.StatusInternalServerError)
					return
				}
				broken.Store(p != nil || counted.left > 0)
			}()
			handler.ServeHTTP(counted, r)
		}))(ctx, request)
		if err != nil {
			return nil, err
		}
		response.Body = &brokenBody{response.Body, broken}
		return response, nil
	}
}

// A countedWriter counts what is left of a response until it has as many bytes as its Content-Length.
type countedWriter struct {
	http.ResponseWriter
	isHead   bool
	hasBegun bool
	left     int64 // -1 if there is no Content-Length
}

// WriteHeader implements [http.ResponseWriter].
func (w *countedWriter) WriteHeader(status int) {
	if !w.hasBegun && !w.isHead && status != http.StatusNotModified {
		if n, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64); err == nil {
			w.left = n
		}
	}
	w.hasBegun = true
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (w *countedWriter) Write(p []byte) (int, error) {
	if !w.hasBegun {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	if w.left > 0 {
		w.left = max(0, w.left-int64(n))
	}
	return n, err
}

// A brokenBody ends in an error if its response did not come to its end.
type brokenBody struct {
	io.Reader
	broken *atomic.Bool // set before the reader is at its end
}

func (b *brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF && b.broken.Load() {
		err = fmt.Errorf("the response broke off: %w", io.ErrUnexpectedEOF)
	}
	return n, err
}
