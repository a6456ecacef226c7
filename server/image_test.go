package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
)

func TestGet(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Store: newStore(), Memory: 1 << 20, Revalidate: time.Minute, MaxAge: 24 * time.Hour})

	first := o.get("/img/cat.jpg?w=480")
	first.want(t, 200, 480, 360)
	headers := map[string]string{
		"Content-Type":           "image/jpeg",
		"Content-Length":         fmt.Sprint(len(first.body)),
		"Cache-Control":          "public, max-age=86400, stale-while-revalidate=604800",
		"Cache-Status":           "imgorigin; fwd=miss; stored; detail=fill",
		"Vary":                   "Accept",
		"X-Content-Type-Options": "nosniff",
		"Etag":                   cache.ETag(first.body),
		"Accept-Ranges":          "bytes",
	}
	for name, want := range headers {
		if got := first.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, leg := range []string{"original;dur=", "gate;dur=", "read;dur=", "resize;dur=", "put;dur="} {
		if got := first.Header.Get("Server-Timing"); !strings.Contains(got, leg) {
			t.Errorf("Server-Timing: got %q, want %s in it", got, leg)
		}
	}

	second := o.get("/img/cat.jpg?w=480")
	if got := second.Header.Get("Cache-Status"); got != "imgorigin; hit; detail=memory" || !bytes.Equal(second.body, first.body) {
		t.Errorf("again: got Cache-Status %q, equal %t", got, bytes.Equal(second.body, first.body))
	}
	third := o.get("/v/cat.jpg/w=480.auto")
	if got := third.Header.Get("Cache-Status"); got != "imgorigin; hit; detail=memory" || third.Header.Get("Vary") != "" {
		t.Errorf("under /v/: got Cache-Status %q, Vary %q", got, third.Header.Get("Vary"))
	}
	if got := o.metric(`imgorigin_fills_total{result="ok"}`); got != 1 {
		t.Errorf("got %v fills, want 1", got)
	}
	const fromMemory = `imgorigin_requests_total{source="memory",status="200"}`
	await(func() bool { return o.metric(fromMemory) == 2 }) // a request is counted behind its answer
	if got := o.metric(fromMemory); got != 2 {
		t.Errorf("got %v requests from memory, want 2", got)
	}
}

func TestHead(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	head, get := o.do(http.MethodHead, "/img/cat.jpg?w=160"), o.get("/img/cat.jpg?w=160")
	if head.StatusCode != 200 || len(head.body) != 0 || head.ContentLength != int64(len(get.body)) ||
		head.Header.Get("ETag") != get.Header.Get("ETag") {
		t.Errorf("got %s, %d bytes, Content-Length %d, want 200, 0, %d", head.Status, len(head.body), head.ContentLength, len(get.body))
	}
	if missing := o.do(http.MethodHead, "/img/dog.jpg"); missing.StatusCode != 404 || len(missing.body) != 0 {
		t.Errorf("missing: got %s with %d bytes", missing.Status, len(missing.body))
	}
	if post := o.do(http.MethodPost, "/img/cat.jpg?w=160"); post.StatusCode != 405 {
		t.Errorf("POST: got %s, want 405", post.Status)
	}
}

func TestConditionsAndRanges(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never})
	whole := o.get("/img/cat.jpg?w=160")
	etag := whole.Header.Get("ETag")

	same := o.get("/img/cat.jpg?w=160", "If-None-Match", etag)
	if same.StatusCode != 304 || len(same.body) != 0 || same.Header.Get("Vary") != "Accept" || same.Header.Get("ETag") != etag {
		t.Errorf("If-None-Match: got %s, %d bytes, Vary %q", same.Status, len(same.body), same.Header.Get("Vary"))
	}
	other := o.get("/img/cat.jpg?w=160", "If-None-Match", `"other"`)
	other.want(t, 200, 160, 120)
	part := o.get("/img/cat.jpg?w=160", "Range", "bytes=10-19")
	if part.StatusCode != 206 || !bytes.Equal(part.body, whole.body[10:20]) {
		t.Errorf("Range: got %s, %d bytes", part.Status, len(part.body))
	}
	stale := o.get("/img/cat.jpg?w=160", "Range", "bytes=10-19", "If-Range", `"other"`)
	stale.want(t, 200, 160, 120)
	beyond := o.get("/img/cat.jpg?w=160", "Range", "bytes=99999999-")
	beyond.want(t, 416, 0, 0)
	last := len(whole.body) - 1
	for header, want := range map[string]string{ // its Content-Range
		"bytes=-0": fmt.Sprintf("bytes */%d", last+1), "bytes=-000": fmt.Sprintf("bytes */%d", last+1),
		"bytes=-1": fmt.Sprintf("bytes %d-%d/%d", last, last, last+1), "bytes=-99999": fmt.Sprintf("bytes 0-%d/%d", last, last+1),
		"Bytes=0-0": fmt.Sprintf("bytes 0-0/%d", last+1), "bytes= 1-2": fmt.Sprintf("bytes 1-2/%d", last+1),
		"items=0-1": "", "items=0-1,3-4": "", "bytes=0-1,3-4": "", "0-1": "", "": "",
	} {
		got := o.get("/img/cat.jpg?w=160", "Range", header)
		status := map[bool]int{true: 200, false: 206}[want == ""]
		if strings.Contains(want, "*") {
			status = 416
		}
		if got.StatusCode != status || got.Header.Get("Content-Range") != want {
			t.Errorf("Range %q: got %s, Content-Range %q, want %d, %q", header, got.Status, got.Header.Get("Content-Range"), status, want)
		}
		if status == 200 && !bytes.Equal(got.body, whole.body) {
			t.Errorf("Range %q: got %d bytes", header, len(got.body))
		}
	}
	if got := o.metric("imgorigin_decodes_total"); got != 1 {
		t.Errorf("got %v decodes, want 1", got)
	}
}

func TestNegotiatedFormatsHaveTheirOwnTags(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	auto, png := o.get("/img/cat.jpg?w=160"), o.get("/img/cat.jpg?w=160&fm=png")
	if auto.Header.Get("ETag") == png.Header.Get("ETag") {
		t.Error("two formats have one ETag")
	}
	if got := png.Header.Get("Content-Type"); got != "image/png" || png.Header.Get("Vary") != "" {
		t.Errorf("fm=png: got %s, Vary %q", got, png.Header.Get("Vary"))
	}
}

// A second process finds in the store what the first made, and reads nothing of the original.
func TestRestart(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	config := Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: time.Minute}
	made := start(t, config).get("/img/cat.jpg?w=320")
	opens := a.opens.Load()

	second := start(t, config)
	found := second.get("/img/cat.jpg?w=320")
	if got := found.Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" || !bytes.Equal(found.body, made.body) {
		t.Errorf("got Cache-Status %q, the same image: %t", got, bytes.Equal(found.body, made.body))
	}
	if found.Header.Get("ETag") != made.Header.Get("ETag") || found.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("got headers %v", found.Header)
	}
	if got := a.opens.Load() - opens; got != 0 {
		t.Errorf("the original was opened %d times, want 0", got)
	}
	if got := second.get("/img/cat.jpg?w=320").Header.Get("Cache-Status"); got != "imgorigin; hit; detail=memory" {
		t.Errorf("then: got Cache-Status %q", got)
	}
}

func TestChangedAndDeletedOriginalsShowAtOnce(t *testing.T) {
	red, blue := color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 255}
	for _, kept := range []string{"memory", "store", "both"} {
		t.Run(kept, func(t *testing.T) {
			a, store := newOriginals(), newStore()
			c := Config{Originals: a, Revalidate: 0}
			if kept != "store" {
				c.Memory = 1 << 20
			}
			if kept != "memory" {
				c.Store = store
			}
			o := start(t, c)
			a.put("cat.jpg", flat(100, 100, red))
			if got := average(t, o.get("/img/cat.jpg?w=160").body); got.R < 190 {
				t.Fatalf("at first: got %v, want red", got)
			}
			o.get("/img/cat.jpg?w=160&q=50")
			a.put("cat.jpg", flat(100, 100, blue))
			if got := average(t, o.get("/img/cat.jpg?w=160").body); got.B < 190 {
				t.Errorf("after a change: got %v, want blue", got)
			}
			if kept != "memory" && len(variantsIn(store)) != 1 {
				t.Errorf("after a change: got %d variants in the store, want only the new one", len(variantsIn(store)))
			}
			a.put("cat.jpg", nil)
			o.get("/img/cat.jpg?w=160").want(t, 404, 0, 0)
			if len(variantsIn(store)) != 0 {
				t.Errorf("after the deletion: got %d variants in the store, want 0", len(variantsIn(store)))
			}
		})
	}
}

func TestErrors(t *testing.T) {
	broken := photo(200, 200, 1)
	huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x06\x00\x00\x00\x87\x43\x6a\x01" + strings.Repeat("\x00", 900))
	a := newOriginals()
	for key, body := range map[string][]byte{
		"ok.jpg": photo(20, 20, 1), "text.jpg": []byte("no image at all, but text"), "empty.jpg": {},
		"truncated.jpg": broken[:len(broken)/2], "huge.png": huge, "page.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"long.jpg": append(photo(20, 20, 1), make([]byte, 2<<20)...),
	} {
		a.put(key, body)
	}
	o := start(t, Config{Originals: a, Memory: 1 << 20, MaxAge: 24 * time.Hour, Limits: Limits{Bytes: 2 << 20}})
	tests := []struct {
		path   string
		status int
		says   string
		cache  string
	}{
		{"/img/no.jpg?w=160", 404, "no such image", "public, max-age=10"},
		{"/img/text.jpg?w=160", 415, "unsupported image", "public, max-age=86400"},
		{"/img/page.svg?w=160", 415, "unsupported image", "public, max-age=86400"},
		{"/img/empty.jpg?w=160", 415, "unsupported image", "public, max-age=86400"},
		{"/img/truncated.jpg?w=160", 422, "corrupt image", "public, max-age=86400"},
		{"/img/huge.png?w=160", 422, "over the limit", "public, max-age=86400"},
		{"/img/long.jpg?w=160", 422, "over the limit", "public, max-age=86400"},
		{"/img/ok.jpg?w=abc", 400, "w: got", "public, max-age=86400"},
		{"/img/ok.jpg?blur=3", 403, "signed", "public, max-age=86400"},
		{"/img/ok.jpg?w=160&s=bad", 403, "signature", "public, max-age=86400"},
		{"/img/", 400, "key", "public, max-age=86400"},
		{"/img/a%00b", 400, "key", "public, max-age=86400"},
		{"/img/..%2f..%2fetc%2fpasswd", 400, "key", "public, max-age=86400"},
		{"/img/a/%2e%2e/ok.jpg", 400, "key", "public, max-age=86400"},
		{"/v/ok.jpg/w=161.auto", 403, "signed", "public, max-age=86400"},
	}
	for _, test := range tests {
		text := o.get(test.path)
		if text.StatusCode != test.status || !strings.Contains(string(text.body), test.says) || text.Header.Get("Cache-Control") != test.cache {
			t.Errorf("%s: got %s, %q, Cache-Control %q, want %d, …%s…, %q",
				test.path, text.Status, text.body, text.Header.Get("Cache-Control"), test.status, test.says, test.cache)
		}
		if got := text.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" || text.Header.Get("Content-Length") == "" {
			t.Errorf("%s: got Content-Type %q, Content-Length %q", test.path, got, text.Header.Get("Content-Length"))
		}
		json := o.get(test.path, "Accept", "application/json")
		if !strings.HasPrefix(string(json.body), `{"error":"`) || json.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s as JSON: got %q", test.path, json.body)
		}
	}
	if got := o.metric("imgorigin_decodes_total"); got > 2 { // the truncated image, as text and as JSON
		t.Errorf("got %v decodes, want none where the header says enough", got)
	}
}

func TestOddKeys(t *testing.T) {
	a := newOriginals()
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	for key, path := range map[string]string{
		"a b.jpg":      "/img/a%20b.jpg",
		"a+b.jpg":      "/img/a+b.jpg",
		"a%2Fb.jpg":    "/img/a%252Fb.jpg",
		"c/d.jpg":      "/img/c%2Fd.jpg",
		"日本/猫.jpg":     "/img/%E6%97%A5%E6%9C%AC/%E7%8C%AB.jpg",
		"a//b.jpg":     "/img/a//b.jpg",
		"/x.jpg":       "/img//x.jpg",
		"x.jpg/":       "/img/x.jpg/",
		"w=1.jpeg":     "/img/w=1.jpeg",
		"q?w=1&x=.jpg": "/img/q%3Fw=1&x=.jpg",
		"h#.jpg":       "/img/h%23.jpg",
		"..a/b...jpg":  "/img/..a/b...jpg",
		`back\s.jpg`:   "/img/back%5Cs.jpg",
	} {
		a.put(key, photo(40, 30, 1))
		o.get(path+"?w=160").want(t, 200, 40, 30)
		a.put(key, nil)
	}
}

func TestOriginalsOut(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: time.Nanosecond})
	o.get("/img/cat.jpg?w=160").want(t, 200, 80, 60)
	o.settle() // otherwise the next size joins this decode
	a.fail(errors.New("s3 get my-secret-bucket/cat.jpg: connection refused"))
	o.get("/img/cat.jpg?w=160").want(t, 200, 80, 60) // what memory holds is still served
	out := o.get("/img/cat.jpg?w=320")
	if out.StatusCode != 502 || out.Header.Get("Cache-Control") != "no-store" || strings.Contains(string(out.body), "my-secret-bucket") {
		t.Errorf("got %s, Cache-Control %q, %q", out.Status, out.Header.Get("Cache-Control"), out.body)
	}
	a.fail(nil)
	o.get("/img/cat.jpg?w=320").want(t, 200, 80, 60)
}

func TestOriginalsSlow(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	a.onOpen = func(ctx context.Context, key string) { <-ctx.Done() }
	o := start(t, Config{Originals: &slowOriginals{a}, Memory: 1 << 20, Load: Load{FillTimeout: 50 * time.Millisecond}})
	slow := o.get("/img/cat.jpg?w=160")
	if slow.StatusCode != 504 || slow.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s, Cache-Control %q, want 504, no-store", slow.Status, slow.Header.Get("Cache-Control"))
	}
}

// slowOriginals answers an Open with the error of its context, as the client of S3 does.
type slowOriginals struct{ *fakeOriginals }

func (a *slowOriginals) Open(ctx context.Context, key string) (*originals.Original, error) {
	o, err := a.fakeOriginals.Open(ctx, key)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return o, err
}

// A request has the time of a fill for all of its legs: here the store, which takes a quarter of it, and the originals.
func TestOneDeadlineForARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newOriginals()
		a.put("cat.jpg", photo(80, 60, 1))
		a.onOpen = func(ctx context.Context, key string) { <-ctx.Done() }
		s, err := New(Config{
			Originals: &slowOriginals{a}, Store: hangingStore{newStore()}, Engine: resize.NewEngine(resize.EngineConfig{}), Load: Load{FillTimeout: 8 * time.Second},
		})
		if err != nil {
			t.Fatal(err)
		}
		began, w := time.Now(), httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/img/cat.jpg?w=160", nil))
		if took := time.Since(began); w.Code != 504 || took != 8*time.Second {
			t.Errorf("got %d after %v, want 504 after 8 s", w.Code, took)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// hangingStore never answers a Get.
type hangingStore struct{ *cachetest.MapStore }

func (hangingStore) Get(ctx context.Context, _ cache.Key) (*cache.Variant, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestBrokenStoreCostsNoPicture(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(80, 60, 1))
	store.Before = func(context.Context, string, string) error { return errors.New("disk full") }
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20})
	got := o.get("/img/cat.jpg?w=160")
	got.want(t, 200, 80, 60)
	if status := got.Header.Get("Cache-Status"); status != "imgorigin; fwd=miss; detail=fill" {
		t.Errorf("got Cache-Status %q: nothing was stored", status)
	}
	o.get("/img/cat.jpg?w=160").want(t, 200, 80, 60)
	if got := o.metric(`imgorigin_store_errors_total{act="put"}`); got != 1 {
		t.Errorf("got %v put errors, want 1", got)
	}
}

func TestKeepingNothing(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o := start(t, Config{Originals: a})
	for range 3 {
		o.get("/img/cat.jpg?w=160").want(t, 200, 80, 60)
	}
	if got := o.metric(`imgorigin_fills_total{result="ok"}`); got != 3 {
		t.Errorf("got %v fills, want one for each request", got)
	}
	if got := a.stats.Load(); got != 0 {
		t.Errorf("got %d stats, want none where nothing is kept", got)
	}
}

func TestExpiringURLsAreNotCachedBeyondTheirEnd(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, MaxAge: 24 * time.Hour, URLs: URLs{SignKeys: []string{"k"}}})
	query := fmt.Sprint("w=33&expires=", time.Now().Add(100*time.Second).Unix())
	got := o.get("/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query))
	got.want(t, 200, 33, 25)
	var seconds int
	if _, err := fmt.Sscanf(got.Header.Get("Cache-Control"), "public, max-age=%d", &seconds); err != nil || seconds > 100 || seconds < 50 {
		t.Errorf("got Cache-Control %q, want at most 100 seconds", got.Header.Get("Cache-Control"))
	}
	// Nor stale beyond it.
	for left, want := range map[time.Duration]string{
		100 * time.Second:   `^public, max-age=(9\d|100)$`,
		3 * 24 * time.Hour:  `^public, max-age=86400, stale-while-revalidate=(1727\d\d|172800)$`,
		30 * 24 * time.Hour: `^public, max-age=86400, stale-while-revalidate=604800$`,
	} {
		query := fmt.Sprint("w=33&expires=", time.Now().Add(left).Unix())
		got := o.get("/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query)).Header.Get("Cache-Control")
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%v before the end: got Cache-Control %q, want %s", left, got, want)
		}
	}
}

// An answer about bytes that are missing or damaged is kept no longer than an image would be, and one in JSON is not
// given to clients that want text.
func TestErrorsAreKeptNoLongerThanImages(t *testing.T) {
	a := newOriginals()
	a.put("half.jpg", photo(800, 600, 1)[:4000])
	for maxAge, want := range map[time.Duration][2]string{
		0:               {"no-cache", "no-cache"},
		5 * time.Second: {"public, max-age=5", "public, max-age=5"},
		time.Minute:     {"public, max-age=60", "public, max-age=10"},
		24 * time.Hour:  {"public, max-age=86400", "public, max-age=10"},
	} {
		o := start(t, Config{Originals: a, MaxAge: maxAge})
		for i, path := range []string{"/img/half.jpg?w=160", "/img/none.jpg?w=160"} {
			got := o.get(path, "Accept", "application/json").Header
			if got.Get("Cache-Control") != want[i] || got.Get("Vary") != "Accept" || got.Get("Content-Type") != "application/json" {
				t.Errorf("--max-age %v, %s: got %v, want %s and Vary: Accept", maxAge, path, got, want[i])
			}
		}
	}
}

func TestHealth(t *testing.T) {
	o := start(t, Config{Originals: originals.Folder{FS: fstest.MapFS{}}})
	o.get("/healthz").want(t, 200, 0, 0)
	o.get("/readyz").want(t, 200, 0, 0)
	o.Drain()
	o.get("/healthz").want(t, 200, 0, 0)
	o.get("/readyz").want(t, 503, 0, 0)
	o.get("/elsewhere").want(t, 404, 0, 0)
}
