package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
)

// tornOriginals are originals whose bodies break off after some bytes, as those of a bucket whose connection is lost.
type tornOriginals struct {
	*fakeOriginals
	torn  atomic.Int64 // bodies that are still to break off
	after int
	stall bool // bodies have no bytes until their context ends
}

func (a *tornOriginals) Open(ctx context.Context, key string) (*originals.Original, error) {
	original, err := a.fakeOriginals.Open(ctx, key)
	if err == nil && a.stall {
		original.Body = io.NopCloser(readerFunc(func([]byte) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}))
		return original, nil
	}
	if err != nil || a.torn.Add(-1) < 0 {
		return original, err
	}
	lost := readerFunc(func([]byte) (int, error) { return 0, errors.New("connection reset by peer") })
	original.Body = io.NopCloser(io.MultiReader(io.LimitReader(original.Body, int64(a.after)), lost))
	return original, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// newTorn returns a server with a store, and an original of which after bytes can be read.
func newTorn(t *testing.T, after int) (*tornOriginals, *cachetest.MapStore, *origin) {
	t.Helper()
	a := &tornOriginals{fakeOriginals: newOriginals(), after: after}
	a.put("cat.jpg", photo(400, 300, 1))
	store := newStore()
	return a, store, start(t, Config{
		Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never, MaxAge: time.Hour, URLs: URLs{SignKeys: []string{"secret"}},
	})
}

// limited returns a URL with a limit of bytes.
func limited(key string) string {
	const query = "fm=jpeg&max-bytes=3000&w=320"
	return "/img/" + key + "?" + query + "&s=" + grammar.Sign("secret", "/img/"+key, query)
}

// An original that breaks off while it is read for a limit of bytes is read again, once. If that breaks off too, the answer is an
// error that no cache keeps, and nothing is kept here.
func TestMaxBytesOfTornOriginal(t *testing.T) {
	for _, after := range []int{0, 100, 5000} {
		a, store, o := newTorn(t, after)
		a.torn.Store(10)
		got := o.get(limited("cat.jpg"))
		if got.StatusCode < 500 || got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("ETag") != "" {
			t.Errorf("after %d bytes: got %s, %v", after, got.Status, got.Header)
		}
		if n := len(variantsIn(store)); n != 0 || o.memory.Len() != 0 {
			t.Errorf("after %d bytes: got %d variants stored and %d in memory", after, n, o.memory.Len())
		}
		a.torn.Store(1)
		if after < 5000 { // the header was not read, and that is not tried again
			a.torn.Store(0)
		}
		got = o.get(limited("cat.jpg"))
		got.want(t, http.StatusOK, 320, 240)
		if len(got.body) > 3000 {
			t.Errorf("after %d bytes: got %d bytes, want at most 3000", after, len(got.body))
		}
	}
}

// An original is overwritten between the look at its header and the reads of its body, or while it is made. What is answered
// later is of the new one, and within the limit.
func TestMaxBytesOfChangedOriginal(t *testing.T) {
	a, store, o := newTorn(t, 5000)
	whole, _, err := a.get("cat.jpg")
	if err != nil {
		t.Fatal(err)
	}
	changed := paintedPhoto(600, 300, 2)
	a.torn.Store(1) // the first body breaks off, and the second is that of another original
	opens := 0
	a.onOpen = func(context.Context, string) {
		if opens++; opens == 1 {
			a.put("cat.jpg", changed)
		}
	}
	first := o.get(limited("cat.jpg"))
	first.want(t, http.StatusOK, 320, 160)
	if got := o.metric("imgorigin_decodes_total"); got != 1 {
		t.Errorf("got %v decodes, want 1: it is known which original was read", got)
	}
	for k, v := range variantsIn(store) {
		if _, now, _ := a.get("cat.jpg"); v.OriginalETag != now.ETag {
			t.Errorf("%s is stored as of %s, want %s", k, v.OriginalETag, now.ETag)
		}
	}
	again := o.get(limited("cat.jpg"))
	if again.want(t, http.StatusOK, 320, 160); len(again.body) > 3000 || !bytes.Equal(first.body, again.body) {
		t.Errorf("got %d bytes at first and %d later, want the same, at most 3000", len(first.body), len(again.body))
	}

	a.onOpen = func(context.Context, string) { a.put("dog.jpg", changed) } // after it was opened
	a.put("dog.jpg", whole)
	o.get(limited("dog.jpg"))
	o.get(limited("dog.jpg")).want(t, http.StatusOK, 320, 160)
}

// A part of an original is never taken for the whole: the connection ends before its Content-Length, and nothing is kept. An
// original that can't be opened is an error that no cache keeps.
func TestRawOfTornOriginal(t *testing.T) {
	a, store, o := newTorn(t, 5000)
	a.put("cat.jpg", append(photo(400, 300, 1), strings.Repeat("metadata", 20_000)...))
	for _, header := range [][]string{nil, {"Range", "bytes=100-150000"}} {
		a.after = sniffBytes + 5000
		a.torn.Store(1)
		got, err := o.try(t.Context(), http.MethodGet, signedRaw("cat.jpg", ""), header...)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v: got %d bytes, %v, want an unexpected end", header, len(got.body), err)
		}
		a.after = 5000
		a.torn.Store(1)
		early := o.get(signedRaw("cat.jpg", ""), header...)
		if early.StatusCode < 500 || early.Header.Get("Cache-Control") != "no-store" || early.Header.Get("ETag") != "" {
			t.Errorf("%v: got %s, %v, want an error before the first byte", header, early.Status, early.Header)
		}
	}
	if n := len(variantsIn(store)); n != 0 || o.memory.Len() != 0 {
		t.Errorf("got %d variants stored and %d in memory", n, o.memory.Len())
	}
	whole := o.get(signedRaw("cat.jpg", ""))
	if want, _, _ := a.get("cat.jpg"); !bytes.Equal(whole.body, want) {
		t.Errorf("got %s of %d bytes, want %d", whole.Status, len(whole.body), len(want))
	}
}

// A client that goes on with a download gets the rest of the same original, or all of the one that has taken its place.
func TestRawOfChangedOriginal(t *testing.T) {
	a, _, o := newTorn(t, 0)
	old := o.get(signedRaw("cat.jpg", ""), "Range", "bytes=0-999")
	tag := old.Header.Get("ETag")
	rest := o.get(signedRaw("cat.jpg", ""), "Range", "bytes=1000-", "If-Range", tag)
	if whole, _, _ := a.get("cat.jpg"); rest.StatusCode != http.StatusPartialContent || !bytes.Equal(append(old.body, rest.body...), whole) {
		t.Errorf("got %s, and %d and %d bytes, want the %d of the original", rest.Status, len(old.body), len(rest.body), len(whole))
	}
	changed := photo(300, 200, 2)
	a.put("cat.jpg", changed)
	got := o.get(signedRaw("cat.jpg", ""), "Range", "bytes=1000-", "If-Range", tag)
	if got.StatusCode != http.StatusOK || !bytes.Equal(got.body, changed) || got.Header.Get("ETag") == tag {
		t.Errorf("after a change: got %s of %d bytes, %s, want all %d of the new one",
			got.Status, len(got.body), got.Header.Get("ETag"), len(changed))
	}
	// One that changes after it was opened is sent as it was, under its own tag.
	_, before, _ := a.get("cat.jpg")
	a.onOpen = func(context.Context, string) { a.put("cat.jpg", photo(100, 100, 3)) }
	got = o.get(signedRaw("cat.jpg", ""))
	if !bytes.Equal(got.body, changed) || got.Header.Get("ETag") != before.ETag {
		t.Errorf("changed while it is sent: got %d bytes of %s, want %d of %s", len(got.body), got.Header.Get("ETag"), len(changed), before.ETag)
	}
}

// A bucket that does not answer, or stops in the first bytes, holds no request for longer than an image may take. A limit of bytes
// and an original as it is end the same way, and once bytes have come the latter may take its time.
func TestSlowReads(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	for _, url := range []string{signedRaw("cat.jpg", ""), limited("cat.jpg")} {
		for _, slow := range []string{"open", "first bytes"} {
			synctest.Test(t, func(t *testing.T) {
				a := &tornOriginals{fakeOriginals: newOriginals()}
				a.put("cat.jpg", photo(400, 300, 1))
				s, err := New(Config{
					Originals: a, Engine: engine, Memory: 1 << 20, Load: Load{FillTimeout: 20 * time.Second}, URLs: URLs{SignKeys: []string{"secret"}},
				})
				if err != nil {
					t.Fatal(err)
				}
				if slow == "open" {
					a.onOpen = func(ctx context.Context, _ string) { <-ctx.Done() }
				} else {
					a.stall = true
				}
				began := time.Now()
				w := httptest.NewRecorder()
				s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
				// At that moment the work for an image ends as well, and may be what its request hears of.
				isLate := w.Code == http.StatusGatewayTimeout || w.Code == http.StatusServiceUnavailable && url == limited("cat.jpg")
				if took := time.Since(began); !isLate || took != 20*time.Second || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%s, slow %s: got %d, Cache-Control %q after %v", url, slow, w.Code, w.Header().Get("Cache-Control"), took)
				}
				time.Sleep(time.Hour) // the fill of an image ends after its request
			})
		}
	}
}

// An original whose rest comes late is whole.
func TestRawTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newOriginals()
		cat := append(photo(400, 300, 1), strings.Repeat("metadata", 20_000)...)
		a.put("cat.jpg", cat)
		s, err := New(Config{
			Originals: lateOriginals{a}, Engine: resize.NewEngine(resize.EngineConfig{}), Load: Load{FillTimeout: 20 * time.Second}, URLs: URLs{SignKeys: []string{"secret"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := wantStatus(t, s, signedRaw("cat.jpg", ""), http.StatusOK)
		if body, err := io.ReadAll(got.Body); err != nil || !bytes.Equal(body, cat) {
			t.Errorf("got %d bytes, %v, want %d", len(body), err, len(cat))
		}
	})
}

// lateOriginals are originals whose bodies stop for a minute after their first bytes, unless nobody waits for them any more.
type lateOriginals struct{ *fakeOriginals }

func (a lateOriginals) Open(ctx context.Context, key string) (*originals.Original, error) {
	original, err := a.fakeOriginals.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	wait := readerFunc(func([]byte) (int, error) {
		select {
		case <-time.After(time.Minute):
			return 0, io.EOF
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	original.Body = io.NopCloser(io.MultiReader(io.LimitReader(original.Body, sniffBytes), wait, original.Body))
	return original, nil
}
