package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// signedRaw returns the URL of an original as it is stored.
func signedRaw(key, more string) string {
	query := "raw=true" + more
	return "/img/" + key + "?" + query + "&s=" + grammar.Sign("secret", "/img/"+key, query)
}

// An original is sent as it is to those who have a signed URL, whole and in parts, with headers that keep it from running.
func TestRaw(t *testing.T) {
	originals := newOriginals()
	cat := append(photo(200, 100, 1), strings.Repeat("metadata", 20_000)...)
	originals.put("a/cat.jpg", cat)
	originals.put("page.jpg", []byte("<html><script>alert(1)</script>"))
	originals.put("drawing.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>`))
	o := start(t, Config{Originals: originals, MaxAge: time.Hour, URLs: URLs{SignKeys: []string{"secret"}}})

	whole := o.get(signedRaw("a/cat.jpg", ""))
	if whole.StatusCode != 200 || !bytes.Equal(whole.body, cat) || whole.Header.Get("Content-Type") != "image/jpeg" ||
		whole.Header.Get("Content-Disposition") != "" || whole.Header.Get("Cache-Control") != "public, max-age=10" {
		t.Errorf("got %d, %d bytes, %v", whole.StatusCode, len(whole.body), whole.Header)
	}
	for _, h := range []string{"X-Content-Type-Options", "Content-Security-Policy", "X-Amz-Meta-Cache-Tag"} {
		if whole.Header.Get(h) == "" {
			t.Errorf("there is no header %s", h)
		}
	}
	if again := o.get(signedRaw("a/cat.jpg", ""), "If-None-Match", whole.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("with its tag: got %d", again.StatusCode)
	}
	for header, want := range map[string][]byte{
		"bytes=0-9": cat[:10], "bytes=70000-70099": cat[70_000:70_100], "bytes=-5": cat[len(cat)-5:],
	} {
		if part := o.get(signedRaw("a/cat.jpg", ""), "Range", header); part.StatusCode != 206 || !bytes.Equal(part.body, want) {
			t.Errorf("%s: got %d, %d bytes, want %d", header, part.StatusCode, len(part.body), len(want))
		}
	}
	head := o.do(http.MethodHead, signedRaw("a/cat.jpg", ""))
	if head.StatusCode != 200 || head.Header.Get("Content-Length") != strconv.Itoa(len(cat)) || len(head.body) != 0 {
		t.Errorf("HEAD: got %d, %v", head.StatusCode, head.Header)
	}
	for key, name := range map[string]string{"page.jpg": "page.jpg", "drawing.svg": "drawing.svg"} {
		got := o.get(signedRaw(key, ""))
		if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/octet-stream" ||
			got.Header.Get("Content-Disposition") != "attachment; filename="+name {
			t.Errorf("%s: got %d, %v", key, got.StatusCode, got.Header)
		}
	}
	if got := o.get(signedRaw("a/cat.jpg", "&dl=b.jpg")); got.Header.Get("Content-Disposition") != "attachment; filename=b.jpg" {
		t.Errorf("dl: got %v", got.Header)
	}
	soon := "&expires=" + strconv.FormatInt(time.Now().Add(9*time.Second).Unix(), 10)
	if got := o.get(signedRaw("a/cat.jpg", soon)); got.StatusCode != 200 || got.Header.Get("Cache-Control") == "public, max-age=10" {
		t.Errorf("with 9 s left: got %d, %v", got.StatusCode, got.Header)
	}
}

// Nobody gets an original without a signature of his own, whatever else is allowed, nor one above the limit.
func TestRawIsRefused(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(200, 100, 1))
	originals.put("large.jpg", photo(800, 800, 1))
	o := start(t, Config{Originals: originals, Limits: Limits{Bytes: 20_000}, Fallback: Fallback{Key: "cat.jpg"}, URLs: URLs{
		SignKeys: []string{"secret"}, Exact: true, Dialects: []dialect.Mount{{Name: "imgproxy", Path: "/imgproxy/"}},
		DialectKeys: []dialect.Key{{Dialect: "imgproxy", Key: "943b421c:520f986b"}},
	}})
	for path, want := range map[string]int{
		"/img/cat.jpg?raw=true":                                    403,
		"/img/cat.jpg?raw=true&s=x":                                403,
		"/v/cat.jpg/%3Fraw%3Dtrue.auto":                            403,
		"/imgproxy/insecure/raw:1/plain/local:///cat.jpg":          403,
		signedRaw("cat.jpg", "&expires=1"):                         403,
		signedRaw("cat.jpg", "&w=100"):                             400,
		signedRaw("cat.jpg", "&any=w"):                             400,
		strings.Replace(signedRaw("cat.jpg", ""), "cat", "dog", 1): 403,
		signedRaw("no.jpg", ""):                                    404,
		signedRaw("large.jpg", ""):                                 422,
	} {
		got := o.get(path)
		if got.StatusCode != want || got.Header.Get("Content-Type") == "image/jpeg" {
			t.Errorf("%s: got %d, %s, want %d", path, got.StatusCode, got.Header.Get("Content-Type"), want)
		}
	}
}
