package server

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/server/dialect"
)

// The key and the salt of imgproxy's documentation.
const imgproxyKey = "943b421c9eb07c830af81030552c86009268de4e532ba2ee2eab8247c6da0881:" +
	"520f986b998545b4785e0defbc4f3c1203f22de2374a3d53cb7a7fe9fea309c5"

// startWithDialects starts a server of one original, cat.jpg, that takes URLs of imgproxy and of others.
func startWithDialects(t *testing.T, urls URLs) *origin {
	source := newOriginals()
	source.put("cat.jpg", photo(800, 600, 1))
	source.put("pretty/image.jpg", photo(800, 600, 2))
	urls.Dialects = []dialect.Mount{
		{Name: "imgproxy", Path: "/"}, {Name: "thumbor", Path: "/thumbor/"}, {Name: "next", Path: "/_next/image"},
	}
	urls.DialectKeys = []dialect.Key{{Dialect: "imgproxy", Key: imgproxyKey}}
	urls.DialectSources = dialect.Sources{{Prefix: "http://img.example.com/"}}
	return start(t, Config{Originals: source, Store: newStore(), Memory: 1 << 20, MaxAge: time.Hour, URLs: urls})
}

// URLs of other services come to the variants that ours come to, which are made once.
func TestDialectsShareVariants(t *testing.T) {
	o := startWithDialects(t, URLs{})
	want := o.get("/img/cat.jpg?w=480&h=360&fit=cover&q=75&fm=jpeg")
	for _, url := range []string{
		"/insecure/rs:fill:480:360/q:75/plain/local:///cat.jpg@jpg",
		"/thumbor/unsafe/480x360/filters:quality(75):format(jpeg)/cat.jpg",
		"/thumbor/unsafe/470x350/filters:quality(77):format(jpeg)/cat.jpg", // a stranger's URL is snapped to the ladder
	} {
		got := o.get(url)
		if got.StatusCode != http.StatusOK || got.Header.Get("ETag") != want.Header.Get("ETag") {
			t.Errorf("%s: got %s, %s, want %s", url, got.Status, got.Header.Get("ETag"), want.Header.Get("ETag"))
		}
		if got.Header.Get("Cache-Tag") != want.Header.Get("Cache-Tag") {
			t.Errorf("%s: got the tag %s, want %s", url, got.Header.Get("Cache-Tag"), want.Header.Get("Cache-Tag"))
		}
	}
	if got := o.metric(`imgorigin_fills_total{result="ok"}`); got != 1 {
		t.Errorf("got %v fills, want 1", got)
	}
	if got := o.get("/_next/image?url=%2Fcat.jpg&w=640&q=75", "Accept", "image/webp"); got.StatusCode != http.StatusOK || got.Header.Get("Vary") != "Accept" {
		t.Errorf("got %s, Vary: %s", got.Status, got.Header.Get("Vary"))
	}
}

// A valid signature of another service is as good as one of ours.
func TestDialectSignatures(t *testing.T) {
	const signed = "/m3k5QADfcKPDj-SDI2AIogZbC3FlAXszuwhtWXYqavc/rs:fit:300:300/plain/http://img.example.com/pretty/image.jpg"
	o := startWithDialects(t, URLs{SignRequired: true, SignKeys: []string{"ours"}})
	o.get(signed).want(t, http.StatusOK, 300, 225) // which is on no ladder
	for url, status := range map[string]int{
		strings.Replace(signed, "300:300", "301:301", 1):                http.StatusForbidden,
		"/insecure/rs:fit:300:300/plain/http://img.example.com/cat.jpg": http.StatusForbidden,
		"/thumbor/unsafe/300x300/cat.jpg":                               http.StatusForbidden,
	} {
		if got := o.get(url); got.StatusCode != status {
			t.Errorf("%s: got %s, want %d", url, got.Status, status)
		}
	}
}

// What can't be translated is refused by name, and caches keep that; what expires is not remembered as valid.
func TestDialectErrors(t *testing.T) {
	o := startWithDialects(t, URLs{})
	for url, want := range map[string]string{
		"/insecure/wm:0.5/plain/local:///cat.jpg":        `imgproxy URL: "wm:0.5" has no counterpart here`,
		"/insecure/plain/https://evil.example/cat.jpg":   "is below no source",
		"/thumbor/unsafe/filters:equalize()/cat.jpg":     "equalize()",
		"/insecure/w:9000/plain/local:///cat.jpg":        "w: got",
		"/insecure/plain/local:///../cat.jpg":            "the path names no image",
		"/thumbor/unsafe/..%2Fcat.jpg":                   "the path names no image",
		"/_next/image?url=%2F..%2Fcat.jpg&w=640":         "the path names no image",
		"/insecure/plain/http://img.example.com/../a":    "the path names no image",
		"/insecure/plain/http://img.example.com/%252e/a": "",
	} {
		got := o.get(url)
		if want == "" {
			if got.StatusCode != http.StatusNotFound {
				t.Errorf("%s: got %s", url, got.Status)
			}
			continue
		}
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(string(got.body), want) ||
			got.Header.Get("Cache-Control") != "public, max-age=86400" {
			t.Errorf("%s: got %s, %s, %q", url, got.Status, got.Header.Get("Cache-Control"), got.body)
		}
	}
	if got := o.get("/insecure/fq:webp:70/plain/local:///cat.jpg"); got.Header.Get(IgnoredHeader) != "fq%3Awebp%3A70" {
		t.Errorf("got %s, ignored %q", got.Status, got.Header.Get(IgnoredHeader))
	}
	strict := startWithDialects(t, URLs{Strict: true})
	if got := strict.get("/insecure/fq:webp:70/plain/local:///cat.jpg"); got.StatusCode != http.StatusBadRequest {
		t.Errorf("strict: got %s", got.Status)
	}
	if got := o.get("/insecure/exp:1500000000/plain/local:///cat.jpg"); got.StatusCode != http.StatusForbidden {
		t.Errorf("a URL that has expired: got %s", got.Status)
	}
	soon := "/insecure/w:320/exp:" + strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10) + "/plain/local:///cat.jpg"
	o.get(soon).want(t, http.StatusOK, 320, 240)
	if _, isRemembered := o.urls.get(rawURL{path: soon}); isRemembered {
		t.Error("a URL that expires is remembered as valid")
	}
}

func TestDialectRedirects(t *testing.T) {
	o := startWithDialects(t, URLs{RedirectDialects: true, SignKeys: []string{"ours"}})
	got := o.get("/m3k5QADfcKPDj-SDI2AIogZbC3FlAXszuwhtWXYqavc/rs:fit:300:300/plain/http://img.example.com/pretty/image.jpg")
	if got.StatusCode != http.StatusFound || got.Header.Get("Cache-Control") != finalAge {
		t.Fatalf("got %s, %s", got.Status, got.Header.Get("Cache-Control"))
	}
	o.get(got.Header.Get("Location")).want(t, http.StatusOK, 300, 225)
	if got := o.get("/insecure/w:480/plain/local:///cat.jpg").Header.Get("Location"); got != "/img/cat.jpg?fm=auto&w=480" {
		t.Errorf("got %s", got)
	}
	if got := o.get("/insecure/wm:1/plain/local:///cat.jpg"); got.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s", got.Status)
	}
}

// The margins of imgproxy are around the box, also where dpr multiplies it.
func TestImgproxyPadding(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(200, 100, 1))
	o := start(t, Config{Originals: originals, URLs: URLs{Exact: true, Dialects: []dialect.Mount{{Name: "imgproxy", Path: "/"}}}})
	o.get("/_/rs:fit:100:100/pd:10:20/plain/local:///cat.jpg").want(t, 200, 140, 70)
	o.get("/_/rs:fill:50:50/pd:1:2:3:4/plain/local:///cat.jpg").want(t, 200, 56, 54)
	o.get("/_/w:50/dpr:2/pd:5/plain/local:///cat.jpg").want(t, 200, 120, 70)
	o.get("/_/pd:5/plain/local:///cat.jpg").want(t, 200, 210, 110)
}
