package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

func TestOriginSecret(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(200, 100, 1))
	o := start(t, Config{Originals: originals, Memory: 1 << 20, Access: Access{OriginSecrets: []string{"new one", "old one"}}})
	paths := []string{"/img/cat.jpg?w=160", "/v/cat.jpg/w=160.auto", "/info/cat.jpg", "/srcset/cat.jpg"}
	for _, path := range paths {
		for _, secret := range []string{"", "new", "new one2", "new one,old one", "NEW ONE"} {
			refused := o.get(path, SecretHeader, secret)
			refused.want(t, http.StatusForbidden, 0, 0)
			if got := refused.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s with %q: got Cache-Control %q, want no-store: another client may send the secret", path, secret, got)
			}
		}
	}
	if n := originals.opens.Load(); n != 0 {
		t.Errorf("got %d reads of originals for requests without the secret, want none", n)
	}
	for _, path := range paths {
		for _, secret := range []string{"new one", "old one"} {
			o.get(path, SecretHeader, secret).want(t, http.StatusOK, 0, 0)
		}
	}
	o.get("/healthz").want(t, http.StatusOK, 0, 0)
	o.get("/readyz").want(t, http.StatusOK, 0, 0)
}

func TestEmptySecretsAreRefused(t *testing.T) {
	for _, c := range []Config{
		{Access: Access{OriginSecrets: []string{}}}, {Access: Access{OriginSecrets: []string{"a", ""}}}, {URLs: URLs{SignKeys: []string{""}}},
	} {
		c.Originals, c.Engine = newOriginals(), resize.NewEngine(resize.EngineConfig{})
		if _, err := New(c); err == nil {
			t.Errorf("%q, %q: got no error", c.Access.OriginSecrets, c.URLs.SignKeys)
		}
	}
}

// The routes for operators are not among those for clients.
func TestAdminRoutesAreSeparate(t *testing.T) {
	o := start(t, Config{Originals: newOriginals()})
	for path, want := range map[string]int{
		"/metrics": 200, "/debug/state": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/symbol": 200,
		"/debug/pprof/cmdline": 404, // which may have secrets
	} {
		o.get(path).want(t, http.StatusNotFound, 0, 0)
		page := httptest.NewRecorder()
		o.Admin().ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if page.Code != want || page.Body.Len() == 0 {
			t.Errorf("admin %s: got %d, want %d", path, page.Code, want)
		}
	}
}

// The origin secret shows that a request came through the operator's distribution: only then does
// CloudFront-Viewer-Address count.
func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	behindAnyProxy := &Server{config: Config{Access: Access{TrustedProxies: proxies}}}
	behindCloudFront := &Server{config: Config{Access: Access{TrustedProxies: proxies, OriginSecrets: []string{"secret"}}}}
	r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{
		"X-Forwarded-For": {"198.51.100.1"}, "Cloudfront-Viewer-Address": {"198.51.100.2:5"},
	}}
	if got := behindAnyProxy.client(r).String(); got != "198.51.100.1" {
		t.Errorf("without an origin secret: got %s", got)
	}
	if got := behindCloudFront.client(r).String(); got != "198.51.100.2" {
		t.Errorf("with an origin secret: got %s", got)
	}
}

// Different variants of an original are counted; repeated requests, and variants that are kept, are not.
func TestFillsPerOriginal(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(400, 300, 1))
	originals.put("dog.jpg", photo(400, 300, 2))
	// Nothing is cached, so each request is a fill.
	o := start(t, Config{Originals: originals, URLs: URLs{Exact: true}, Limits: Limits{FillsPerOriginal: 3}})
	for _, width := range []int{100, 101, 102, 100, 101} {
		o.get(fmt.Sprintf("/img/cat.jpg?w=%d", width)).want(t, http.StatusOK, width, (width*3+2)/4)
	}
	opened := originals.opens.Load()
	refused := o.get("/img/cat.jpg?w=103", "Accept", "application/json")
	refused.want(t, http.StatusTooManyRequests, 0, 0)
	if got := refused.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", got)
	}
	if after, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
		t.Errorf("got Retry-After %q, want 1…60 s", refused.Header.Get("Retry-After"))
	}
	if n := originals.opens.Load(); n != opened {
		t.Errorf("what was refused opened the original")
	}
	if got := o.metric(`imgorigin_limited_requests_total{of="original"}`); got != 1 {
		t.Errorf("got %v refusals in the metrics, want 1", got)
	}
	o.get("/img/cat.jpg?w=102").want(t, http.StatusOK, 102, 77)
	o.get("/img/dog.jpg?w=103").want(t, http.StatusOK, 103, 77)
}

// A network with too many fills is refused; its neighbours, and variants in memory, are not.
func TestFillsPerNetwork(t *testing.T) {
	originals := newOriginals()
	for i := range 5 {
		originals.put(fmt.Sprintf("%d.jpg", i), photo(200, 100, uint8(i)))
	}
	o := start(t, Config{
		Originals: originals, Memory: 1 << 20, Revalidate: Never, Limits: Limits{FillsPerNetwork: 2},
		Access: Access{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}},
	})
	request := func(client, image string, want int) {
		t.Helper()
		o.get("/img/"+image+".jpg?w=160", "X-Forwarded-For", client).want(t, want, 0, 0)
	}
	request("198.51.100.1", "0", http.StatusOK)
	request("198.51.100.2", "1", http.StatusOK)
	request("198.51.100.3", "2", http.StatusTooManyRequests)
	request("6.6.6.6, 198.51.100.4", "2", http.StatusTooManyRequests) // a forged address
	request("198.51.100.5", "1", http.StatusOK)
	request("198.51.101.1", "2", http.StatusOK)
	request("2001:db8:0:1ff::1", "3", http.StatusOK)
}

// Nothing that a client sends beside the URL reaches S3, and nothing of it can end a line of the log.
func TestClientHeadersStayOutside(t *testing.T) {
	const canary = "c4n4ry"
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	s3.CreateBucket("variants")
	s3.PutObject("photos", "a\nb\x1b[31m.jpg", photo(200, 100, 1))
	var mu sync.Mutex
	var requests []string
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, fmt.Sprint(r.Method, " ", r.URL, " ", r.Host, " ", r.Header))
		return false
	})
	for _, format := range []string{"json", "text"} {
		var log bytes.Buffer
		var handler slog.Handler = slog.NewJSONHandler(&log, nil)
		if format == "text" {
			handler = slog.NewTextHandler(&log, nil)
		}
		o := start(t, Config{
			Originals: originals.S3{Client: s3.Client(), Bucket: "photos"}, Log: slog.New(handler), URLs: URLs{SignKeys: []string{"k"}},
			Store: cache.NewS3(cache.S3Config{Client: s3.Client(), Bucket: "variants"}), Limits: Limits{FillsPerOriginal: 1},
		})
		h := o.Handler()
		for _, path := range []string{
			"/img/a%0Ab%1B%5B31m.jpg?w=160", "/img/a%0Ab%1B%5B31m.jpg?w=320", "/img/gone%0A%1B.jpg?w=160", "/img/x.jpg?w=1%0Amsg=forged%1B",
			"/v/x.jpg/w%0A%1Bmsg=forged.webp", "/v/x.jpg/w=160.auto", "/img/%FF%FE.jpg?w=160", "/img/x.jpg?s=%0A%1B&w=160",
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.Host = canary
			for _, name := range []string{
				"User-Agent", "Referer", "Cookie", "Authorization", "X-Forwarded-For", "X-Forwarded-Host", "X-Amz-Meta-X", "X-Amz-Security-Token",
				"If-None-Match", "If-Match", "Range", "Traceparent", "Baggage", "Content-Type", "CloudFront-Viewer-Address", "X-Request-Id", "Accept", SecretHeader,
			} {
				r.Header.Set(name, canary+"\n\x1b")
			}
			if strings.HasPrefix(path, "/v/x.jpg/w=160") {
				r.Header.Set(SignedHeader, "/img/x.jpg?w=160&s=\n\x1b")
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		for line := range strings.Lines(log.String()) {
			whole := strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}\n") || strings.HasPrefix(line, "time=")
			if !whole || strings.Contains(line, canary) ||
				strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' }) {
				t.Errorf("%s: got the line %q", format, line)
			}
		}
		if strings.Count(log.String(), "\n") < 8 {
			t.Errorf("%s: got %s, want a line for each request", format, log.String())
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, request := range requests {
		if strings.Contains(request, canary) {
			t.Errorf("S3 was sent %s", request)
		}
	}
	if len(requests) == 0 {
		t.Error("S3 was asked nothing")
	}
}
