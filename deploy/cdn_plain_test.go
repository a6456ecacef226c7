package deploy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
)

// A formatStore has every variant, whose media type is that of its name.
type formatStore struct{ cache.Store }

func (formatStore) Open(_ context.Context, k cache.Key, _ int64) (*cache.Opened, error) {
	format := k.Transform[strings.LastIndexByte(k.Transform, '.')+1:]
	v := cache.Variant{MediaType: "image/" + format, ETag: `"` + format + `"`, Modified: time.Unix(1, 0)}
	return cache.NewOpened(v, 1, 0, io.NopCloser(strings.NewReader("x")), nil, nil), nil
}

// newPlainNginx starts nginx with nginx/plain.conf in front of a service, and returns its URL.
func newPlainNginx(t *testing.T, service, secret string) string {
	t.Helper()
	nginx := os.Getenv("IMGORIGIN_TEST_CDN")
	if nginx == "" {
		t.Skip("IMGORIGIN_TEST_CDN is not set to nginx")
	}
	dir, addr := t.TempDir(), freeAddr(t)
	text, err := os.ReadFile(filepath.Join("nginx", "plain.conf"))
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("@@DIR@@", dir, "@@LISTEN@@", addr, "@@SERVICE@@", service, "@@SECRET@@", secret)
	name := filepath.Join(dir, "nginx.conf")
	// The folders above it are for its workers.
	err = errors.Join(os.WriteFile(name, []byte(fill.Replace(string(text))), 0o644), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	run(t, nil, nginx, "-p", dir, "-c", name)
	await(t, "http://"+addr+"/", http.StatusNotFound)
	return "http://" + addr
}

// Browsers that show the same formats share an answer, and others do not get it.
func TestPlainCDN(t *testing.T) {
	s, err := server.New(server.Config{
		Originals: noOriginals{}, Engine: writer{encodes: func(resize.Format) bool { return true }},
		Store: formatStore{}, Revalidate: server.Never, MaxAge: time.Hour,
		Access: server.Access{OriginSecrets: []string{"secret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(s.Handler())
	t.Cleanup(service.Close)
	if direct, _ := get(t, service.URL+"/img/cat.jpg?w=320", "*/*"); direct.StatusCode != http.StatusForbidden {
		t.Errorf("without nginx: got %s, want 403", direct.Status)
	}
	nginx := newPlainNginx(t, service.URL, "secret")
	for _, test := range []struct{ target, accept, mediaType, cached string }{
		{"/img/cat.jpg?w=320", "image/avif,image/webp,*/*", "image/avif", "MISS"},
		{"/img/cat.jpg?w=320", "image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "image/avif", "HIT"},
		{"/img/cat.jpg?w=320", "image/webp,*/*", "image/webp", "MISS"},
		{"/img/cat.jpg?w=320", "text/html,image/webp", "image/webp", "HIT"},
		{"/img/cat.jpg?w=640", "image/webp,*/*", "image/webp", "MISS"},
		{"/img/cat.jpg?w=320&fm=jpeg", "image/webp,*/*", "image/jpeg", "MISS"},
		{"/img/cat.jpg?w=320&fm=jpeg", "image/webp,*/*", "image/jpeg", "HIT"},
		{"/img/a%20b.jpg?w=320&fm=jpeg", "*/*", "image/jpeg", "MISS"},
	} {
		r, _ := get(t, nginx+test.target, test.accept)
		h := r.Header
		if r.StatusCode != http.StatusOK || h.Get("Content-Type") != test.mediaType || h.Get("X-Cache") != test.cached {
			t.Errorf("%s for %s: got %s, %s, %s, want %s, %s",
				test.target, test.accept, r.Status, h.Get("Content-Type"), h.Get("X-Cache"), test.mediaType, test.cached)
		}
	}
}
