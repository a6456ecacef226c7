package loopback_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/imgorigin/imgorigin/server/loopback"
)

func TestIsLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LocalHost.:8080": true, "a.localhost:1": true,
		"127.0.0.1:80": true, "[::1]:80": true, "[::1]": true, "192.168.1.2:8080": true,
		"evil.example": false, "localhost.evil.example:8080": false, "127.0.0.1.evil.example": false, "": false,
	} {
		if got := loopback.IsLocal(host); got != want {
			t.Errorf("%q: got %v", host, got)
		}
	}
}

func TestGuard(t *testing.T) {
	guarded := loopback.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), "node-1", "")
	for _, test := range []struct {
		to, host string
		want     int
	}{
		{"127.0.0.1", "localhost:8081", http.StatusOK},
		{"127.0.0.1", "127.0.0.1:8081", http.StatusOK},
		{"::1", "[::1]:8081", http.StatusOK},
		{"127.0.1.1", "Node-1:8081", http.StatusOK}, // as Debian has the machine's name resolve
		{"127.0.0.1", "evil.example:8081", http.StatusForbidden},
		{"::1", "evil.example", http.StatusForbidden},
		{"::ffff:127.0.0.1", "evil.example", http.StatusForbidden},
		{"127.0.0.1", "", http.StatusForbidden},
		{"10.0.0.7", "imgorigin.default.svc:8081", http.StatusOK},
		{"10.0.0.7", "10.0.0.7:8081", http.StatusOK},
	} {
		to := &net.TCPAddr{IP: net.ParseIP(test.to), Port: 8081}
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, to), http.MethodGet, "/", nil)
		r.Host = test.host
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("on %s, for %q: got %d, want %d", test.to, test.host, w.Code, test.want)
		}
	}
}
