package intake

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func post(h http.Handler, body string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/hooks/s3", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func sample(t *testing.T, name string) string {
	body, err := os.ReadFile("../s3event/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHook(t *testing.T) {
	got := make(chan s3event.Event, 10)
	pool := newPool(t, PoolConfig{Handle: func(_ context.Context, ev s3event.Event) error { got <- ev; return nil }})
	h := NewHook(Hook{Pool: pool, Token: "secret"})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("hook:secret"))
	tests := []struct {
		what, body, auth string
		status, events   int
	}{
		{"minio", sample(t, "minio.json"), "Bearer secret", 202, 1},
		{"versitygw", sample(t, "versitygw.json"), basic, 202, 1},
		{"two records", sample(t, "s3.json"), "Bearer secret", 202, 2},
		{"SNS with a password", sample(t, "s3-sns.json"), basic, 202, 1},
		{"test event", sample(t, "versitygw-test-event.json"), "Bearer secret", 200, 0},
		{"tagging", sample(t, "s3-tagging.json"), "Bearer secret", 200, 0},
		{"no token", sample(t, "minio.json"), "", 401, 0},
		{"wrong token", sample(t, "minio.json"), "Bearer secre", 401, 0},
		{"scheme in lower case", sample(t, "minio.json"), "bearer secret", 202, 1},
		{"empty token", sample(t, "minio.json"), "Bearer ", 401, 0},
		{"nonsense", "nonsense", "Bearer secret", 400, 0},
		{"too long", strings.Repeat(" ", MaxHookBytes+1), "Bearer secret", 413, 0},
	}
	for _, test := range tests {
		if r := post(h, test.body, "Authorization", test.auth); r.StatusCode != test.status {
			t.Errorf("%s: got %s, want %d", test.what, r.Status, test.status)
		}
		for range test.events {
			<-got
		}
		if len(got) != 0 {
			t.Errorf("%s: got more than %d events", test.what, test.events)
		}
	}
	refused := post(NewHook(Hook{Pool: pool}), sample(t, "minio.json"), "Authorization", "Bearer ")
	if refused.StatusCode != 401 || refused.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("no token set: got %s, want 401", refused.Status)
	}
	if r := post(NewHook(Hook{Pool: pool, Open: true}), sample(t, "minio.json")); r.StatusCode != 202 {
		t.Errorf("open: got %s, want 202", r.Status)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hooks/s3", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: got %d, want 405", w.Code)
	}
}

// Events of a request that was answered 202 are handled. When there is no room for them, the answer is 503.
func TestHookBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h deliveryCount
		free := make(chan struct{})
		pool := NewPool(PoolConfig{Size: 4, Workers: 2, Handle: func(_ context.Context, ev s3event.Event) error {
			<-free
			h.add(ev.Key)
			return nil
		}})
		hook := NewHook(Hook{Pool: pool, Open: true})
		accepted := 0
		for i := range 10 {
			r := post(hook, warmtest.Message(s3event.Event{Kind: s3event.Created, Key: fmt.Sprint(i)}))
			synctest.Wait()
			switch {
			case r.StatusCode == 202:
				accepted++
			case r.StatusCode != 503 || r.Header.Get("Retry-After") == "":
				t.Errorf("got %s, want 503", r.Status)
			}
		}
		if accepted != 6 {
			t.Errorf("got %d accepted, want 2 being handled and 4 waiting", accepted)
		}
		if pool.Submit(make([]s3event.Event, 1)) {
			t.Error("a full pool took an event")
		}
		go func() { time.Sleep(time.Minute); close(free) }()
		if err := pool.Close(t.Context()); err != nil || len(h.times) != accepted {
			t.Errorf("got %v, %d handled, want %d", err, len(h.times), accepted)
		}
		if r := post(hook, warmtest.Message(s3event.Event{Kind: s3event.Created, Key: "late"})); r.StatusCode != 503 {
			t.Errorf("closed: got %s, want 503", r.Status)
		}
	})
}
