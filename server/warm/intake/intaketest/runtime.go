package intaketest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Runtime is the Runtime API of AWS Lambda for a function in a process of its own, which is started with
// AWS_LAMBDA_RUNTIME_API set to Addr.
type Runtime struct {
	Addr    string
	Timeout time.Duration // of an invocation, from when the function takes it; a minute by default
	Trace   string        // the header of X-Ray of the next invocations; one that names no trace by default

	waiting chan *invocation

	mu      sync.Mutex
	count   int
	running map[string]*invocation
	inits   chan error
}

type invocation struct {
	id       string
	timeout  time.Duration
	payload  []byte
	answered chan answered
}

type answered struct {
	response *Response
	err      error
}

// A Response is the answer of a function. A streamed answer begins with a prelude; see lambdaurl of aws-lambda-go.
type Response struct {
	Body   []byte
	Header http.Header // of the request with the answer
}

// A FunctionError is an error that a function returned.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// NewRuntime starts a server on loopback, which ends with the test.
func NewRuntime(t testing.TB) *Runtime {
	r := &Runtime{
		Timeout: time.Minute, waiting: make(chan *invocation), running: make(map[string]*invocation),
		inits: make(chan error, 1),
	}
	server := httptest.NewServer(r)
	t.Cleanup(func() {
		server.CloseClientConnections() // a function waits for its next invocation for ever
		server.Close()
	})
	r.Addr = strings.TrimPrefix(server.URL, "http://")
	return r
}

// Invoke invokes the function and returns its answer. The error is a *FunctionError if the function failed, or did not
// answer within the timeout.
func (r *Runtime) Invoke(ctx context.Context, payload []byte) (*Response, error) {
	r.mu.Lock()
	r.count++
	call := &invocation{fmt.Sprint("request-", r.count), r.Timeout, payload, make(chan answered, 1)}
	r.running[call.id] = call
	r.mu.Unlock()
	select {
	case r.waiting <- call:
	case err := <-r.inits:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case got := <-call.answered:
		return got.response, got.err
	case <-time.After(call.timeout):
		return nil, &FunctionError{"Sandbox.Timedout", fmt.Sprintf("no answer after %v", call.timeout)}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ServeHTTP implements the API.
func (r *Runtime) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	parts := strings.Split(strings.TrimPrefix(q.URL.Path, "/2018-06-01/runtime/"), "/")
	switch {
	case len(parts) == 2 && parts[1] == "next":
		r.next(w, q)
	case len(parts) == 2 && parts[0] == "init":
		r.inits <- readError(q)
		w.WriteHeader(http.StatusAccepted)
	case len(parts) == 3:
		r.answer(w, q, parts[1], parts[2] == "error")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// next answers with the next invocation, once there is one.
func (r *Runtime) next(w http.ResponseWriter, q *http.Request) {
	select {
	case call := <-r.waiting:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", call.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(call.timeout).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:test")
		h.Set("Lambda-Runtime-Trace-Id", cmp.Or(r.Trace, "Root=1-0-0"))
		w.Write(call.payload)
	case <-q.Context().Done():
	}
}

// answer takes the answer to an invocation, or its error.
func (r *Runtime) answer(w http.ResponseWriter, q *http.Request, id string, failed bool) {
	r.mu.Lock()
	call := r.running[id]
	delete(r.running, id)
	r.mu.Unlock()
	if call == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if failed {
		call.answered <- answered{err: readError(q)}
	} else if body, err := io.ReadAll(q.Body); err != nil {
		call.answered <- answered{err: err}
	} else if kind := q.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		message := q.Trailer.Get("Lambda-Runtime-Function-Error-Body")
		call.answered <- answered{err: &FunctionError{Type: kind, Message: message}}
	} else {
		call.answered <- answered{response: &Response{body, q.Header}}
	}
	w.WriteHeader(http.StatusAccepted)
}

func readError(q *http.Request) error {
	e := new(FunctionError)
	if err := json.NewDecoder(q.Body).Decode(e); err != nil {
		return err
	}
	return e
}
