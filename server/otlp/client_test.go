package otlp

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The collector's answer decides whether a batch is sent again. Variables add headers, and compress.
func TestClient(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x-tenant = t")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip")
	statuses := []int{http.StatusServiceUnavailable, http.StatusBadRequest}
	var tries atomic.Int32
	bodies := make(chan string, 2)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := gzip.NewReader(r.Body)
		if err != nil || r.Header.Get("Api-Key") != "a b" || r.Header.Get("X-Tenant") != "t" {
			t.Errorf("got %v, %v", r.Header, err)
			return
		}
		text, _ := io.ReadAll(body)
		bodies <- string(text)
		http.Error(w, "no room", statuses[tries.Add(1)-1])
	}))
	defer s.Close()
	c, err := newClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.retry = time.Millisecond
	err = c.UploadTraces(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "400 Bad Request: no room") || tries.Load() != 2 {
		t.Errorf("got %v after %d tries, want the 400 after the 503", err, tries.Load())
	}
	if first, second := <-bodies, <-bodies; first != second {
		t.Errorf("sent %q and then %q", first, second)
	}
}

// A client that is stopped gives up a batch that waits to be sent again.
func TestClientStops(t *testing.T) {
	asked := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		asked <- struct{}{}
	}))
	defer s.Close()
	c, err := newClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-asked
		c.Stop(t.Context())
	}()
	if err := c.UploadTraces(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("got %v", err)
	}
}

func TestClientRefusesVariables(t *testing.T) {
	for name, value := range map[string]string{"HEADERS": "a=%zz", "COMPRESSION": "zstd", "TIMEOUT": "5s"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_"+name, value)
			if _, err := newClient("http://localhost"); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// No error has the secrets of the collector's URL.
func TestClientKeepsSecrets(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	address := strings.Replace(s.URL, "http://", "http://name:c4n4ry@", 1) + "/v1/traces?key=c4n4ry"
	var errs []error
	for _, isClosed := range []bool{false, true} {
		if isClosed {
			s.Close()
		}
		c, err := newClient(address)
		if err != nil {
			t.Fatal(err)
		}
		c.timeout = 10 * time.Millisecond
		errs = append(errs, c.UploadTraces(t.Context(), nil))
	}
	_, err := tracesURL("http://name:c4n4ry@local host")
	for _, err := range append(errs, err) {
		if err == nil || strings.Contains(err.Error(), "c4n4ry") {
			t.Errorf("got %v, want an error without secrets", err)
		}
	}
}
