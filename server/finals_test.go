package server

import (
	"bytes"
	"context"
	"errors"
	"image"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
)

// A finalWorld is an original of 800 × 600 pixels, a store, and engines that write something with the signature of WebP: a
// draft of 2000 bytes, and a final of finalBytes.
type finalWorld struct {
	t          *testing.T
	originals  *fakeOriginals
	store      *cachetest.MapStore
	finalBytes int
	finals     atomic.Int64
	onFinal    func() // called before each final
}

func newFinalWorld(t *testing.T) *finalWorld {
	w := &finalWorld{t: t, originals: newOriginals(), store: newStore(), finalBytes: 1500, onFinal: func() {}}
	w.originals.put("cat.jpg", photo(800, 600, 1))
	return w
}

func (w *finalWorld) engine(thorough bool) resize.Engine {
	return resize.NewEngine(resize.EngineConfig{Thorough: thorough, Codecs: []resize.Codec{{
		Format: resize.WebP,
		Encode: func(m image.Image, o resize.Encoding) ([]byte, error) {
			if !o.Thorough {
				return fakeWebP("draft", 2000), nil
			}
			w.finals.Add(1)
			w.onFinal()
			return fakeWebP("final", w.finalBytes), nil
		},
	}}})
}

func fakeWebP(word string, n int) []byte {
	return []byte("RIFF\x00\x00\x00\x00WEBPVP8 " + strings.Repeat(word, n))[:n]
}

// start starts another process on the same originals and the same store.
func (w *finalWorld) start(d Drafts) *origin {
	w.t.Helper()
	d.Formats = []resize.Format{resize.WebP}
	return start(w.t, Config{
		Originals: w.originals, Store: w.store, Memory: 1 << 20, Revalidate: 0, MaxAge: time.Hour,
		Engine: w.engine(false), WarmEngine: w.engine(true), Drafts: d,
	})
}

const (
	draftAge = "public, max-age=10"
	finalAge = "public, max-age=3600, stale-while-revalidate=604800"
)

// want requests a variant and checks that it is a draft or a final.
func (o *origin) wantFinal480(word, age string) answer {
	o.t.Helper()
	got := o.get("/img/cat.jpg?w=480&fm=webp")
	if got.StatusCode != http.StatusOK || !bytes.Contains(got.body, []byte(word)) || got.Header.Get("Cache-Control") != age {
		o.t.Errorf("got %s, %.24q, %s, want a %s with %s", got.Status, got.body, got.Header.Get("Cache-Control"), word, age)
	}
	return got
}

// wantStored checks whether a draft or a final is stored.
func (w *finalWorld) wantStored(isDraft bool) *cache.Variant {
	w.t.Helper()
	v, err := w.store.Get(w.t.Context(), cache.Key{Original: "cat.jpg", Transform: "w=480.webp"})
	if err != nil {
		w.t.Fatal(err)
	}
	if v.Draft != isDraft {
		w.t.Errorf("a draft is stored: %t, want %t", v.Draft, isDraft)
	}
	return v
}

// fillGate takes so much of the memory that requests are answered, but no final is made until leave is called.
func (o *origin) fillGate() (leave func()) {
	o.t.Helper()
	leave, err := o.gate.Enter(o.t.Context(), o.gate.Stats().Budget*2/3)
	if err != nil {
		o.t.Fatal(err)
	}
	return leave
}

// age makes what is stored older than what is left to the process that has made it.
func (w *finalWorld) age() {
	for k, v := range w.store.Variants() {
		aged := *v
		aged.Modified = v.Modified.Add(-2 * draftGrace)
		if err := w.store.Put(w.t.Context(), k, &aged); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A request is answered with a draft at once, and later ones with the final, which has another ETag.
func TestDraftThenFinal(t *testing.T) {
	w := newFinalWorld(t)
	goOn := make(chan struct{})
	w.onFinal = func() { <-goOn }
	o := w.start(Drafts{})
	draft := o.wantFinal480("draft", draftAge)
	o.wantFinal480("draft", draftAge) // from memory
	w.wantStored(true)
	close(goOn)
	o.settle()
	final := o.wantFinal480("final", finalAge)
	w.wantStored(false)
	etag, old := final.Header.Get("ETag"), draft.Header.Get("ETag")
	for _, test := range []struct {
		header []string
		status int
	}{
		{[]string{"If-None-Match", old}, http.StatusOK},
		{[]string{"If-None-Match", etag}, http.StatusNotModified},
		{[]string{"Range", "bytes=5-9", "If-Range", old}, http.StatusOK}, // else a client joins parts of two files
		{[]string{"Range", "bytes=5-9", "If-Range", etag}, http.StatusPartialContent},
	} {
		if got := o.get("/img/cat.jpg?w=480&fm=webp", test.header...); got.StatusCode != test.status {
			t.Errorf("%v: got %s, want %d", test.header, got.Status, test.status)
		}
	}
	for series, want := range map[string]float64{
		"imgorigin_drafts_total": 1, `imgorigin_finals_total{result="made"}`: 1, "imgorigin_finals_saved_bytes_total": 500,
		"imgorigin_finals_waiting": 0, `imgorigin_fills_total{result="ok"}`: 1, "imgorigin_decodes_total": 2,
	} {
		if got := o.metric(series); got != want {
			t.Errorf("%s: got %v, want %v", series, got, want)
		}
	}
}

// A final that is not smaller is thrown away. The draft is as good, and is kept for long; nobody tries again.
func TestLargerFinalIsThrownAway(t *testing.T) {
	w := newFinalWorld(t)
	w.finalBytes = 2000
	o := w.start(Drafts{})
	draft := o.get("/img/cat.jpg?w=480&fm=webp")
	o.settle()
	kept := o.wantFinal480("draft", finalAge)
	if kept.Header.Get("ETag") != draft.Header.Get("ETag") {
		t.Error("the ETag has changed, and the bytes have not")
	}
	w.wantStored(false)
	w.age()
	other := w.start(Drafts{})
	other.wantFinal480("draft", finalAge)
	other.settle()
	if got := w.finals.Load(); got != 1 {
		t.Errorf("got %d finals made, want 1", got)
	}
	if kept, saved := o.metric(`imgorigin_finals_total{result="kept"}`), o.metric("imgorigin_finals_saved_bytes_total"); kept != 1 || saved != 0 {
		t.Errorf("got %v drafts kept, %v bytes saved, want 1 and 0", kept, saved)
	}
}

// A process that is shut down does not wait for finals. What it leaves is finished by another that finds it: not at once, as
// the process that made it is likely about to.
func TestRestartBetweenDraftAndFinal(t *testing.T) {
	w := newFinalWorld(t)
	first := w.start(Drafts{Delay: time.Hour})
	first.wantFinal480("draft", draftAge)
	if err := first.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantStored(true)
	second := w.start(Drafts{})
	second.wantFinal480("draft", draftAge)
	second.settle()
	if got := w.finals.Load(); got != 0 {
		t.Errorf("got %d finals, want that a fresh draft is left to its process", got)
	}
	w.age()
	third := w.start(Drafts{})
	third.wantFinal480("draft", draftAge)
	third.settle()
	third.wantFinal480("final", finalAge)
	w.wantStored(false)
}

// A final that is under way at a shutdown is kept, and what waits is not begun.
func TestShutdownEndsFinals(t *testing.T) {
	w := newFinalWorld(t)
	w.originals.put("dog.jpg", photo(800, 600, 2))
	begun, goOn := make(chan struct{}), make(chan struct{})
	w.onFinal = sync.OnceFunc(func() { close(begun); <-goOn })
	o := w.start(Drafts{})
	leave := o.fillGate()
	o.wantFinal480("draft", draftAge)
	o.get("/img/cat.jpg?w=320&fm=webp") // whose final comes from the same decode
	o.get("/img/dog.jpg?w=480&fm=webp")
	leave()
	<-begun
	go func() {
		<-o.finals.closed
		time.Sleep(finalPause / 2) // until the context of the worker has ended
		close(goOn)
	}()
	if err := o.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantStored(false)
	if got := w.finals.Load(); got != 1 {
		t.Errorf("got %d finals, want the first only", got)
	}
}

// Two processes have the same draft. The one that comes later finds the final of the other.
func TestTwoProcessesMakeOneFinal(t *testing.T) {
	w := newFinalWorld(t)
	first := w.start(Drafts{Delay: time.Hour})
	first.wantFinal480("draft", draftAge)
	w.age()
	second := w.start(Drafts{})
	second.wantFinal480("draft", draftAge)
	second.settle()
	w.wantStored(false)
	if _, err := first.draftsOf(t.Context(), "cat.jpg", []resize.Transform{{Width: 480, Format: resize.WebP}}); err != nil {
		t.Fatal(err)
	}
	first.wantFinal480("final", finalAge) // it has forgotten its draft
	if got := first.metric(`imgorigin_finals_total{result="elsewhere"}`); got != 1 || w.finals.Load() != 1 {
		t.Errorf("got %v found elsewhere, %d finals made, want 1 and 1", got, w.finals.Load())
	}
}

// Warming finishes drafts, by the same rule: the smaller one stays.
func TestWarmFinishesDrafts(t *testing.T) {
	ts := []resize.Transform{{Width: 480, Format: resize.WebP}}
	for _, bytes := range []int{1500, 2500} {
		w := newFinalWorld(t)
		w.finalBytes = bytes
		w.start(Drafts{Delay: time.Hour}).get("/img/cat.jpg?w=480&fm=webp")
		w.wantStored(true)
		made, _, err := w.start(Drafts{}).Warm(t.Context(), "cat.jpg", ts)
		if err != nil || made != 1 {
			t.Errorf("got %d made, %v", made, err)
		}
		if got, want := len(w.wantStored(false).Body), min(bytes, 2000); got != want {
			t.Errorf("got a variant of %d bytes, want %d", got, want)
		}
		made, skipped, err := w.start(Drafts{}).Warm(t.Context(), "cat.jpg", ts)
		if made != 0 || skipped != 1 || err != nil {
			t.Errorf("a second time: got %d made, %d skipped, %v", made, skipped, err)
		}
	}
}

// Without formats, and where nothing is kept, there are no drafts.
func TestDraftsAreOff(t *testing.T) {
	w := newFinalWorld(t)
	c := Config{
		Originals: w.originals, Store: w.store, Memory: 1 << 20, MaxAge: time.Hour, Engine: w.engine(false), WarmEngine: w.engine(true),
	}
	off := start(t, c)
	off.wantFinal480("draft", finalAge)
	off.settle()
	w.wantStored(false)
	c.Store, c.Memory, c.Drafts.Formats = nil, 0, []resize.Format{resize.WebP}
	nothingKept := start(t, c)
	nothingKept.wantFinal480("draft", finalAge)
	nothingKept.settle()
	if got := w.finals.Load(); got != 0 {
		t.Errorf("got %d finals", got)
	}
}

// A large final takes the place of a draft whose description another process holds: that one reads what is there now.
func TestLargeDraftIsReplacedElsewhere(t *testing.T) {
	w := newFinalWorld(t)
	reader := w.start(Drafts{Delay: time.Hour})
	reader.wantFinal480("draft", draftAge)
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	draft := *w.wantStored(true)
	described := describe(&draft)
	reader.memory.Put(k, described, reader.memory.Begin())
	final := draft
	final.Draft = false
	final.Body = fakeWebP("final", len(draft.Body))
	final.ETag = cache.ETag(final.Body)
	if err := w.store.Put(t.Context(), k, &final); err != nil {
		t.Fatal(err)
	}
	if got := reader.wantFinal480("final", finalAge); got.Header.Get("ETag") != final.ETag {
		t.Errorf("got the bytes of the final with the ETag %s", got.Header.Get("ETag"))
	}
	w.wantStored(false)
}

// While nothing can be stored, a draft is replaced in memory.
func TestFinalReplacesAnUnstoredDraft(t *testing.T) {
	w := newFinalWorld(t)
	w.store.Before = func(_ context.Context, op, _ string) error {
		if op == "put" {
			return errors.New("access denied")
		}
		return nil
	}
	o := w.start(Drafts{})
	leave := o.fillGate()
	if got := o.get("/img/cat.jpg?w=480&fm=webp"); !bytes.Contains(got.body, []byte("draft")) {
		t.Errorf("got %.24q, want a draft", got.body)
	}
	leave()
	o.settle()
	if got := o.get("/img/cat.jpg?w=480&fm=webp"); !bytes.Contains(got.body, []byte("final")) || w.finals.Load() != 1 {
		t.Errorf("got %.24q, %d finals, want one", got.body, w.finals.Load())
	}
}
