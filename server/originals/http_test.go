package originals

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

// web returns a source below /media/ of a server with a handler.
func web(t *testing.T, handler http.HandlerFunc) (*HTTP, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o, err := NewHTTP(HTTPConfig{Base: server.URL + "/media", AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	return o, server
}

// files serves originals by the escaped paths of their URLs, and fails the test at any other.
func files(t *testing.T, bodies map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.EscapedPath()]
		if !ok {
			t.Errorf("got a request for %s", r.RequestURI)
		}
		if body == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
	}
}

func TestHTTP(t *testing.T) {
	o, _ := web(t, files(t, map[string]string{
		"/media/cat.jpg": "one", "/media/sub/a%20b+%C3%BC%3F%23.jpg": "two", "/media/100%25.jpg": "three", "/media/no.jpg": "",
	}))
	testOriginal(t, o, "cat.jpg", "one")
	testOriginal(t, o, "sub/a b+ü?#.jpg", "two")
	testOriginal(t, o, "100%.jpg", "three")
	for _, key := range []string{
		"no.jpg", "/cat.jpg", "sub//a.jpg", "sub/", "../secret", "sub/../../secret", `..\secret`, `sub\..\..\secret`,
		"..%2fsecret", "%2e%2e/secret", "%252e%252e%252fsecret", "..%5csecret", "sub/./a.jpg", "%2e%2e/secret/%zz", "..%2fsecret%",
		"%" + strings.Repeat("25", 500),
	} {
		if _, err := o.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: got %v, want fs.ErrNotExist", key, err)
		}
		if _, err := o.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %q: got %v, want fs.ErrNotExist", key, err)
		}
	}
}

// Only 404 and 410 say that there is no original. What the server itself suffers from is an outage.
func TestHTTPStatus(t *testing.T) {
	var status atomic.Int64
	o, _ := web(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
	for _, test := range []struct {
		status           int
		isGone, isOutage bool
	}{
		{404, true, false},
		{410, true, false},
		{401, false, false},
		{403, false, false},
		{204, false, false},
		{206, false, false},
		{304, false, false},
		{400, false, false},
		{408, false, true},
		{429, false, true},
		{500, false, true},
		{503, false, true},
	} {
		status.Store(int64(test.status))
		_, errOpen := o.Open(t.Context(), "cat.jpg")
		_, errStat := o.Stat(t.Context(), "cat.jpg")
		for _, err := range []error{errOpen, errStat} {
			if err == nil || errors.Is(err, fs.ErrNotExist) != test.isGone || bucket.IsOutage(err) != test.isOutage {
				t.Errorf("%d: got %v, outage %t, want not found %t, outage %t",
					test.status, err, bucket.IsOutage(err), test.isGone, test.isOutage)
			}
		}
	}
}

// An original changes when its tag does, or, without one, the time of its change. A server without HEAD is asked by GET.
func TestHTTPState(t *testing.T) {
	for name, test := range map[string]struct {
		header map[string]string
		want   string
	}{
		"a tag":            {map[string]string{"ETag": `"abc"`, "Last-Modified": "then"}, `"abc"`},
		"a weak tag":       {map[string]string{"ETag": `W/"abc"`}, `W/"abc"`},
		"a time":           {map[string]string{"Last-Modified": "Sun, 29 Nov 2026 12:00:00 GMT"}, `"Sun, 29 Nov 2026 12:00:00 GMT"`},
		"nothing":          {nil, `""`},
		"a tag too long":   {map[string]string{"ETag": `"` + strings.Repeat("x", 500) + `"`}, ""},
		"a tag in Latin 1": {map[string]string{"ETag": "\"\xfc\""}, ""},
	} {
		for _, hasHead := range []bool{true, false} {
			o, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead && !hasHead {
					w.WriteHeader(http.StatusMethodNotAllowed)
					return
				}
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				fmt.Fprint(w, "cat")
			})
			testOriginal(t, o, "cat.jpg", "cat")
			info, err := o.Stat(t.Context(), "cat.jpg")
			isHashed := test.want == "" && len(info.ETag) == 66
			if err != nil || info.ETag != test.want && !isHashed {
				t.Errorf("%s, HEAD %t: got %s, %v, want %s", name, hasHead, info.ETag, err, test.want)
			}
		}
	}
}

func TestHTTPEncoding(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "cat")
	z.Close()
	o, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("got Accept-Encoding %q", got)
		}
		encoding := strings.TrimPrefix(r.URL.Path, "/media/")
		w.Header().Set("Content-Encoding", encoding)
		w.Write(zipped.Bytes())
	})
	original, err := o.Open(t.Context(), "gzip")
	if err != nil {
		t.Fatal(err)
	}
	defer original.Body.Close()
	if body, err := io.ReadAll(original.Body); err != nil || string(body) != "cat" || original.Size != UnknownSize {
		t.Errorf("gzip: got %q, %v, size %d", body, err, original.Size)
	}
	if _, err := o.Open(t.Context(), "br"); !errors.Is(err, ErrEncoding) {
		t.Errorf("br: got %v, want ErrEncoding", err)
	}
}

// A redirect is followed within the base, and no further.
func TestHTTPRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("got a request at another server")
	}))
	defer other.Close()
	o, server := web(t, func(w http.ResponseWriter, r *http.Request) {
		at := strings.TrimPrefix(r.URL.Path, "/media/")
		switch {
		case at == "cat.jpg":
			fmt.Fprint(w, "cat")
		case !strings.HasPrefix(r.URL.Path, "/media/"):
			t.Errorf("got a request for %s", r.URL)
		default:
			w.Header().Set("Location", at)
			w.WriteHeader(http.StatusFound)
		}
	})
	follow := func(to string) error {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, o.base.String()+url.PathEscape(to), nil)
		response, err := o.client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	for _, to := range []string{"cat.jpg", "/media/cat.jpg", server.URL + "/media/cat.jpg"} {
		if err := follow(to); err != nil {
			t.Errorf("%s: got %v", to, err)
		}
	}
	for _, to := range []string{
		"/secret", "../secret", "/media/../secret", "/media/%2e%2e/secret", "/media/..%2fsecret", "/media/..%5csecret", "/media2/cat.jpg",
		other.URL + "/media/cat.jpg", "//" + strings.TrimPrefix(other.URL, "http://") + "/media/cat.jpg",
		"https" + strings.TrimPrefix(server.URL, "http") + "/media/cat.jpg", "file:///etc/passwd",
		strings.Replace(server.URL, "http://", "http://a:b@", 1) + "/media/cat.jpg",
	} {
		err := follow(to)
		if _, isRefused := errors.AsType[*redirectError](err); !isRefused || bucket.IsOutage(err) {
			t.Errorf("%s: got %v, want a refusal that is no outage", to, err)
		}
	}
}

func TestHTTPManyRedirects(t *testing.T) {
	var requests atomic.Int64
	o, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("/media/%d", requests.Add(1)), http.StatusFound)
	})
	_, err := o.Open(t.Context(), "cat.jpg")
	if _, isRefused := errors.AsType[*redirectError](err); !isRefused || requests.Load() != 1+webRedirects {
		t.Errorf("got %v after %d requests", err, requests.Load())
	}
}

// A server at a private address gets no connection, also if its name is what leads there.
func TestHTTPAddress(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("got a request") }))
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		o, err := NewHTTP(HTTPConfig{Base: "http://" + host + ":" + at.Port() + "/"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(t.Context(), "cat.jpg"); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: got %v, want ErrAddress", host, err)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	for address, want := range map[string]struct{ public, private bool }{
		"93.184.216.34": {true, true}, "2606:2800:220:1::1": {true, true},
		"10.0.0.1": {false, true}, "172.16.5.4": {false, true}, "192.168.1.1": {false, true}, "127.0.0.1": {false, true},
		"100.64.0.1": {false, true}, "::1": {false, true}, "fd12::1": {false, true}, "::ffff:10.0.0.1": {false, true},
		"169.254.169.254": {}, "::ffff:169.254.169.254": {}, "fe80::1": {}, "fe80::1%eth0": {}, "169.254.170.2": {}, "fd00:ec2::254": {},
		"100.100.100.200": {}, "168.63.129.16": {}, "0.0.0.0": {}, "::": {}, "224.0.0.1": {}, "255.255.255.255": {}, "ff02::1": {},
		"64:ff9b::a9fe:a9fe": {}, "2002:a9fe:a9fe::1": {}, "::a9fe:a9fe": {}, "2001::1": {},
	} {
		for allowPrivate, isAllowed := range map[bool]bool{false: want.public, true: want.private} {
			err := checkAddress(netip.MustParseAddr(address), allowPrivate)
			if (err == nil) != isAllowed || err != nil && !errors.Is(err, ErrAddress) {
				t.Errorf("%s, private %t: got %v, want allowed %t", address, allowPrivate, err, isAllowed)
			}
		}
	}
}

func TestHTTPConfig(t *testing.T) {
	for base, want := range map[string]string{
		"https://example.com":            "https://example.com/",
		"https://example.com/a":          "https://example.com/a/",
		"https://example.com/a%20b/":     "https://example.com/a%20b/",
		"http://user:secret@example.com": "http://example.com/",
		"https://example.com?a=b":        "https://example.com/",
		"ftp://example.com":              "", "https://": "", "https://example.com/?": "", "https://example.com/#a": "",
		"https://example.com/../a": "", "https://example.com/%2e%2e/a": "", "https://user:secret@exa mple.com": "",
	} {
		o, err := NewHTTP(HTTPConfig{Base: base})
		switch {
		case err != nil:
			if want != "" || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: got %v", base, err)
			}
		case o.base.String() != want:
			t.Errorf("%s: got %s, want %s", base, o.base, want)
		}
	}
}

func TestHTTPAuthorization(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ann" || password != "s:e" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	o, err := NewHTTP(HTTPConfig{Base: strings.Replace(server.URL, "http://", "http://ann:s%3Ae@", 1), AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Stat(t.Context(), "cat.jpg"); err != nil {
		t.Errorf("got %v", err)
	}
}

// A body that breaks off, and a server that is silent, are outages, and headers are bounded.
func TestHTTPBroken(t *testing.T) {
	o, _ := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/media/") {
		case "short":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "cat")
		case "headers":
			w.Header().Set("X-Long", strings.Repeat("x", 2*webHeaderBytes))
		case "silent":
			<-r.Context().Done()
		}
	})
	original, err := o.Open(t.Context(), "short")
	if err != nil {
		t.Fatal(err)
	}
	defer original.Body.Close()
	if _, err := io.ReadAll(original.Body); !bucket.IsOutage(err) {
		t.Errorf("short: got %v, want an outage", err)
	}
	if _, err := o.Open(t.Context(), "headers"); err == nil {
		t.Error("headers: got no error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := o.Open(ctx, "silent"); !bucket.IsOutage(err) {
		t.Errorf("silent: got %v, want an outage", err)
	}
}
