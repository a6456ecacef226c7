package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/render"
)

// A hardEngine takes its time for each image, and then may fail. Like many decoders it does not notice that its context
// has ended.
type hardEngine struct {
	*resize.Portable
	takes time.Duration
	err   error
	runs  atomic.Int64
}

func (e *hardEngine) Each(ctx context.Context, src []byte, job resize.Job) error {
	e.runs.Add(1)
	time.Sleep(e.takes)
	if e.err != nil {
		return e.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.Portable.Each(context.WithoutCancel(ctx), src, job)
}

// newHard returns a server with a hardEngine and an original, cat.jpg.
func newHard(t *testing.T, c Config, takes time.Duration, err error) (*Server, *hardEngine, *fakeOriginals) {
	t.Helper()
	a := newOriginals()
	a.put("cat.jpg", photo(200, 100, 1))
	e := &hardEngine{Portable: resize.NewEngine(resize.EngineConfig{}), takes: takes, err: err}
	c.Originals, c.Engine, c.Memory = a, e, 1<<20
	s, errNew := New(c)
	if errNew != nil {
		t.Fatal(errNew)
	}
	return s, e, a
}

// wantStatus requests a path and returns the answer.
func wantStatus(t *testing.T, s *Server, path string, status int) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if w.Code != status {
		t.Errorf("%s: got status %d, want %d: %.200s", path, w.Code, status, w.Body)
	}
	return w.Result()
}

// What is finished after its request was answered 504 is there for the next one.
func TestLateVariantsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 10 * time.Second
		s, e, a := newHard(t, Config{Load: Load{FillTimeout: timeout, Processors: 1}}, timeout-time.Second, nil)
		a.put("dog.jpg", photo(200, 100, 2))
		go wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusOK)
		time.Sleep(2 * time.Second)
		wantStatus(t, s, "/img/dog.jpg?w=160", http.StatusGatewayTimeout) // waits for the processor at first
		time.Sleep(timeout)
		wantStatus(t, s, "/img/dog.jpg?w=160", http.StatusOK)
		if got := e.runs.Load(); got != 2 {
			t.Errorf("got %d runs of the engine for two variants", got)
		}
	})
}

// What takes too long, or fails for a reason that nobody knows, is not tried for every request, but now and then.
func TestFailuresAreRemembered(t *testing.T) {
	tests := map[string]struct {
		takes      time.Duration
		err        error
		status     int
		retryAfter string
	}{
		"too slow":  {takes: 30 * time.Second, status: http.StatusGatewayTimeout, retryAfter: "9"},
		"unknown":   {err: errors.New("the encoder refuses it"), status: http.StatusInternalServerError, retryAfter: "9"},
		"corrupt":   {err: resize.ErrCorrupt, status: http.StatusUnprocessableEntity},
		"not read":  {err: resize.ErrUnsupported, status: http.StatusUnsupportedMediaType},
		"too large": {err: resize.ErrTooLarge, status: http.StatusUnprocessableEntity},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, e, a := newHard(t, Config{Load: Load{FillTimeout: 25 * time.Second}}, test.takes, test.err)
				wantStatus(t, s, "/img/cat.jpg?w=160", test.status)
				time.Sleep(test.takes - test.takes*5/6 + time.Second) // the run ends after its request
				for range 3 {
					response := wantStatus(t, s, "/img/cat.jpg?w=160", test.status)
					if got := response.Header.Get("Retry-After"); got != test.retryAfter {
						t.Errorf("got Retry-After %q, want %q", got, test.retryAfter)
					}
				}
				if got := e.runs.Load(); got != 1 {
					t.Errorf("got %d runs of the engine for four requests, want 1", got)
				}

				e.takes, e.err = 0, nil
				a.put("cat.jpg", photo(200, 100, 2))
				wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusOK) // of another state, at once
			})
		})
	}
}

// A codec that the system refused memory is not the fault of the image: the next request may be answered, and no cache keeps
// the error.
func TestUnavailableCodecs(t *testing.T) {
	var logged bytes.Buffer
	c := Config{Log: slog.New(slog.NewTextHandler(&logged, nil))}
	s, e, _ := newHard(t, c, 0, fmt.Errorf("%w: libheif: no memory", resize.ErrUnavailable))
	for range 2 {
		response := wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusServiceUnavailable)
		cached, after := response.Header.Get("Cache-Control"), response.Header.Get("Retry-After")
		if cached != "no-store" || after != "2" {
			t.Errorf("got Cache-Control %q and Retry-After %q, want no-store and 2", cached, after)
		}
	}
	if want := "libheif: no memory"; !strings.Contains(logged.String(), want) || !strings.Contains(logged.String(), "level=ERROR") {
		t.Errorf("got the log %q, want an error with %q", logged.String(), want)
	}
	e.err = nil
	wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusOK)
}

// The pauses between attempts double, and a success ends them.
func TestPausesBetweenAttempts(t *testing.T) {
	f, k, began := newFailures(), cache.Key{Original: "cat.jpg", Transform: "w=160.auto"}, time.Now()
	err := &render.WorkError{OriginalETag: `"1"`, Err: errors.New("it fails")}
	for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
		f.Add(k, err, began)
		if last, _ := f.Get(k); last.until.Sub(began) != want {
			t.Errorf("attempt %d: got a pause of %v, want %v", i+1, last.until.Sub(began), want)
		}
	}
	for range 100 {
		f.Add(k, err, began)
	}
	if last, _ := f.Get(k); last.until.Sub(began) != maxFailureAge {
		t.Errorf("after 103 attempts: got a pause of %v, want %v", last.until.Sub(began), maxFailureAge)
	}
	f.Add(k, &render.WorkError{OriginalETag: `"2"`, Err: err.Err}, began)
	if last, _ := f.Get(k); last.attempts != 1 {
		t.Errorf("another state of the original: got %d attempts, want 1", last.attempts)
	}
	f.Remove(k)
	if _, ok := f.Get(k); ok {
		t.Error("after a success: the failure is still remembered")
	}
	f.Add(k, errors.New("the bucket is out"), began)
	if _, ok := f.Get(k); ok {
		t.Error("a failure of a bucket is remembered as one of the image")
	}
}

// Strangers can't fill memory with failures.
func TestFailuresAreBounded(t *testing.T) {
	f := newFailures()
	for i := range 10 * maxFailuresPerOriginal {
		k := cache.Key{Original: "cat.jpg", Transform: resize.Transform{Width: i + 1}.String()}
		f.Add(k, &render.WorkError{Err: resize.ErrCorrupt}, time.Now())
		if ofOriginal, _ := f.byOriginal.Get("cat.jpg"); len(ofOriginal) > maxFailuresPerOriginal {
			t.Fatalf("got %d failures of an original", len(ofOriginal))
		}
	}
}

// Each attempt counts at the limits like another variant.
func TestAttemptsCountAtTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e, _ := newHard(t, Config{Limits: Limits{FillsPerOriginal: 2}}, 0, errors.New("it fails"))
		wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusInternalServerError)
		time.Sleep(failureAge)
		wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusInternalServerError)
		time.Sleep(2 * failureAge)
		wantStatus(t, s, "/img/cat.jpg?w=160", http.StatusTooManyRequests)
		if got := e.runs.Load(); got != 2 {
			t.Errorf("got %d runs of the engine, want 2", got)
		}
	})
}
