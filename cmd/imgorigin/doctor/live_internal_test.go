package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// liveFindings runs the smoke test against a service.
func liveFindings(t *testing.T, target string, args ...string) (findings []finding, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), append([]string{"--json", "--live", target}, args...), &out)
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
			t.Fatalf("%s: %v", &out, err)
		}
	}
	return findings, err
}

// A service that wants every URL signed is asked with signatures, for an original that it has in a bucket.
func TestDoctorLiveSigned(t *testing.T) {
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": s3.URL,
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
	service := []string{"--originals", "s3://photos/2026", "--sign-keys", "k", "--sign-required"}
	address := serve(t, append([]string{"--variants", "none"}, service...)...)
	findings, err := liveFindings(t, address, service...)
	for _, f := range findings {
		if f.State == bad {
			t.Errorf("got %+v", f)
		}
	}
	if left := s3.Keys("photos"); err != nil || len(findings) < 7 || len(left) != 0 {
		t.Errorf("got %d findings, %v, and %v is left", len(findings), err, left)
	}
}

// Each fault of what is between the service and its clients is found.
func TestDoctorLiveFaults(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(640, 480), 80))
	address := serve(t, "--originals", originals, "--variants", "none")
	service, err := url.Parse(address)
	must(t, err)
	for _, test := range []struct {
		name         string
		request      func(r *http.Request)
		response     func(r *http.Response)
		state        severity
		about, found string
	}{
		{"Vary", nil, func(r *http.Response) { r.Header.Del("Vary") }, bad, "negotiation", "Vary"},
		{"Accept is lost", func(r *http.Request) { r.Header.Del("Accept") }, nil, fair, "negotiation", "image/jpeg"},
		{"one format for all", func(r *http.Request) { r.Header.Set("Accept", "image/webp") }, nil, bad, "negotiation", "without WebP"},
		{"no cache", nil, func(r *http.Response) { r.Header.Set("Cache-Control", "no-store") }, bad, "caching", "nothing caches it"},
		{"no validation", func(r *http.Request) { r.Header.Del("If-None-Match") }, nil, bad, "caching", "want 304"},
		{"no ETag", nil, func(r *http.Response) { r.Header.Del("ETag") }, bad, "caching", "no ETag"},
		{"HEAD", nil, func(r *http.Response) {
			if r.Request.Method == http.MethodHead {
				r.StatusCode = http.StatusMethodNotAllowed
			}
		}, bad, "caching", "HEAD is answered 405"},
		{"missing for long", nil, func(r *http.Response) {
			if r.StatusCode == http.StatusNotFound {
				r.Header.Set("Cache-Control", "public, max-age=86400")
			}
		}, bad, "refusals", "stays missing"},
		{"pages", nil, func(r *http.Response) { r.StatusCode = http.StatusOK; r.Header.Set("Content-Type", "text/html") }, bad, "image", "text/html"},
		{"no signature wanted", func(r *http.Request) { r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "blur=4&", "") }, nil,
			bad, "signatures", "is answered 200, want 403"},
		{"metrics", nil, func(r *http.Response) {
			if r.Request.URL.Path == "/metrics" {
				r.Header.Del("Content-Length")
				r.StatusCode, r.Body = http.StatusOK, io.NopCloser(strings.NewReader("imgorigin_requests_total 1"))
			}
		}, bad, "private paths", "/metrics"},
		{"nosniff", nil, func(r *http.Response) { r.Header.Del("X-Content-Type-Options") }, fair, "image", "nosniff"},
		{"out", nil, func(r *http.Response) { r.StatusCode = http.StatusBadGateway }, bad, "image", "is answered 502"},
		{"no info", nil, func(r *http.Response) {
			if strings.HasPrefix(r.Request.URL.Path, "/info/") {
				r.StatusCode = http.StatusNotFound
			}
		}, fair, "info", "answered 404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			proxy := httptest.NewServer(&httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) {
					r.SetURL(service)
					if test.request != nil {
						test.request(r.Out)
					}
				},
				ModifyResponse: func(r *http.Response) error {
					if test.response != nil {
						test.response(r)
					}
					return nil
				},
			})
			defer proxy.Close()
			findings, err := liveFindings(t, proxy.URL, "--originals", originals, "--live-key", "cat.jpg")
			found := false
			for _, f := range findings {
				found = found || f.State == test.state && f.About == test.about && strings.Contains(f.Found, test.found)
			}
			if !found || (err != nil) != (test.state == bad) {
				t.Errorf("got %+v, %v, want %s about %s: %s", findings, err, test.state, test.about, test.found)
			}
		})
	}
}

// A proxy that refuses escaped paths, as a function URL may, is found, and nothing is left of the images.
func TestDoctorLiveNames(t *testing.T) {
	originals := t.TempDir()
	address := serve(t, "--originals", originals, "--variants", "none")
	service, err := url.Parse(address)
	must(t, err)
	for status, advice := range map[int]string{http.StatusForbidden: "--escape-paths", http.StatusNotFound: ""} {
		images := httputil.NewSingleHostReverseProxy(service)
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.EscapedPath(), "%20") {
				w.WriteHeader(status)
				return
			}
			images.ServeHTTP(w, r)
		}))
		findings, err := liveFindings(t, proxy.URL, "--originals", originals)
		proxy.Close()
		found := 0
		for _, f := range findings {
			if f.State == bad && f.About == "names" && strings.Contains(f.Advice, advice) {
				found++
			} else if f.State == bad {
				t.Errorf("got %+v", f)
			}
		}
		if found != 1 || err == nil || countFiles(t, originals) != 0 {
			t.Errorf("got %+v, %v, and %d files left", findings, err, countFiles(t, originals))
		}
	}
}

// The smoke test says what it can't do, and where a deleted image stays.
func TestDoctorLiveRefuses(t *testing.T) {
	for _, target := range []string{"images.example.com", "ftp://example.com", "https://example.com/?a=b", "://"} {
		if _, err := liveFindings(t, target, "--originals", t.TempDir()); err == nil || !strings.Contains(err.Error(), "--live") {
			t.Errorf("%s: got %v", target, err)
		}
	}
	findings, err := liveFindings(t, "http://127.0.0.1:1")
	if err == nil || len(findings) != 1 || !strings.Contains(findings[0].Advice, "--live-key") {
		t.Errorf("got %+v, %v", findings, err)
	}
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer service.Close()
	d := &doctor{}
	l := &liveTest{doctor: d, base: service.URL, key: "cat.jpg", timeout: time.Minute}
	l.awaitDeletion(context.Background(), time.Millisecond)
	if len(d.findings) != 1 || d.findings[0].State != bad || !strings.Contains(d.findings[0].Found, "still served") {
		t.Errorf("got %+v", d.findings)
	}
}
