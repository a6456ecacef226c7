package server

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

var red, blue = color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 255}

// A look that fails after a put proves nothing: the variant is answered and not kept, neither here nor in a bucket that
// CloudFront reads without asking.
func TestUnverifiedVariantsAreNotKept(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, red))
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never, Prefetch: Prefetch{Widths: []int{160, 320}}})
	a.onStat = func() { a.fail(errors.New("out")) }
	o.get("/img/cat.jpg?w=480").want(t, http.StatusOK, 400, 400)
	o.settle()
	if len(variantsIn(store)) != 0 || o.memory.Len() != 0 {
		t.Errorf("got %d variants in the store and %d in memory, want none", len(variantsIn(store)), o.memory.Len())
	}
	if got := o.metric(`imgorigin_fills_total{result="unverified"}`); got != 1 {
		t.Errorf("got %v unverified fills, want 1", got)
	}
	a.onStat = nil
	a.fail(nil)
	o.get("/img/cat.jpg?w=480").want(t, http.StatusOK, 400, 400)
	if len(variantsIn(store)) == 0 {
		t.Error("nothing is kept when originals can be looked at again")
	}
}

// A look that fails once is repeated: a moment's failure costs no variant.
func TestVerificationIsRetried(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, red))
	o := start(t, Config{Originals: a, Store: store, Revalidate: Never})
	var looks atomic.Int64
	a.onStat = func() {
		if looks.Add(1) == 1 {
			a.fail(errors.New("out"))
		} else {
			a.fail(nil)
		}
	}
	o.get("/img/cat.jpg?w=480").want(t, http.StatusOK, 400, 400)
	if len(variantsIn(store)) != 1 {
		t.Errorf("got %d variants, want the one that was verified at the second look", len(variantsIn(store)))
	}
}

// A read of the store that a drop overtakes does not bring the old variant back into memory, where it would be served
// for good if nothing ever looks.
func TestSlowStoreReadIsOvertakenByADrop(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, red))
	first := start(t, Config{Originals: a, Store: store, Revalidate: Never})
	first.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 160)

	slow := &slowReads{MapStore: store}
	o := start(t, Config{Originals: a, Store: slow, Memory: 1 << 20, Revalidate: Never})
	slow.overtake = func() {
		a.put("cat.jpg", flat(400, 400, blue))
		if _, err := o.Drop(t.Context(), "cat.jpg"); err != nil {
			t.Error(err)
		}
	}
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 160) // of the old bytes, rightly: it began before the drop
	if got := average(t, o.get("/img/cat.jpg?w=160").body); got.R > 10 {
		t.Errorf("after the drop: got %v, of the old original", got)
	}
}

// slowReads is a store whose next Open is overtaken by something after it has read.
type slowReads struct {
	*cachetest.MapStore
	overtake func()
}

func (s *slowReads) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	opened, err := s.MapStore.Open(ctx, k, offset)
	if overtake := s.overtake; overtake != nil {
		s.overtake = nil
		overtake()
	}
	return opened, err
}

// Another process has made variants of a newer state than this one has seen: they are served and stay.
func TestNewerVariantsSurviveAnOldSighting(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, red))
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: time.Hour})
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 160) // sees the original for an hour
	a.put("cat.jpg", flat(400, 400, blue))
	worker := start(t, Config{Originals: a, Store: store, Revalidate: Never})
	if _, err := worker.Drop(t.Context(), "cat.jpg"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/img/cat.jpg?w=320", "/img/cat.jpg?w=480"} {
		worker.get(path)
	}
	opens := a.opens.Load()
	if got := average(t, o.get("/img/cat.jpg?w=320").body); got.B < 190 {
		t.Errorf("got %v, want the newer image", got)
	}
	if len(variantsIn(store)) != 2 || a.opens.Load() != opens {
		t.Errorf("got %d variants in the store and %d more decodes, want the two of the newer state untouched",
			len(variantsIn(store)), a.opens.Load()-opens)
	}
}

// A fill that is overtaken takes back its own variant, and not those that a worker has made of the new state meanwhile.
func TestOvertakenFillSparesNewerVariants(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, red))
	worker := start(t, Config{Originals: a, Store: store, Revalidate: Never})
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	var looks atomic.Int64
	a.onStat = func() {
		if looks.Add(1) == 1 { // that of the slow fill
			a.put("cat.jpg", flat(400, 400, blue))
			worker.get("/img/cat.jpg?w=160")
			worker.get("/img/cat.jpg?w=320")
		}
	}
	if got := average(t, o.get("/img/cat.jpg?w=480").body); got.B < 190 {
		t.Errorf("got %v, want the newer image", got)
	}
	if len(variantsIn(store)) != 3 {
		t.Errorf("got %d variants in the store, want the worker's two and that of the fill", len(variantsIn(store)))
	}
	for k, v := range variantsIn(store) {
		if got := average(t, v.Body); got.R > 10 {
			t.Errorf("%v is %v: of the old original", k, got)
		}
	}
}

// A bucket that does not exist says nothing about originals: their variants stay, and are served.
func TestMissingBucketDropsNothing(t *testing.T) {
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	s3.PutObject("photos", "cat.jpg", photo(200, 100, 1))
	store := newStore()
	config := Config{Originals: originals.S3{Client: s3.Client(), Bucket: "photos"}, Store: store, Memory: 1 << 20}
	o := start(t, config)
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)

	config.Originals = originals.S3{Client: s3.Client(), Bucket: "fotos"}
	misspelt := start(t, config)
	for range 3 {
		misspelt.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
		misspelt.get("/img/dog.jpg?w=160").want(t, http.StatusBadGateway, 0, 0)
	}
	if len(variantsIn(store)) != 1 {
		t.Errorf("got %d variants in the store, want the one", len(variantsIn(store)))
	}
	s3.DeleteObject("photos", "cat.jpg")
	o.get("/img/cat.jpg?w=160").want(t, http.StatusNotFound, 0, 0)
	if len(variantsIn(store)) != 0 {
		t.Errorf("got %d variants of an original that is gone", len(variantsIn(store)))
	}
}

// A damaged object is a fault of its own, however often it is requested: other images are served.
func TestDamagedObjectOpensNoBreaker(t *testing.T) {
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	for i := range 12 {
		s3.PutObject("photos", fmt.Sprintf("%d.jpg", i), photo(200, 100, uint8(i)))
	}
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/photos/0.jpg" || r.Method != http.MethodGet {
			return false
		}
		body := photo(200, 100, 0)
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`) // not of this body
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
		return true
	})
	o := start(t, Config{Originals: originals.S3{Client: s3.Client(), Bucket: "photos"}})
	for range 12 {
		o.get("/img/0.jpg?w=160").want(t, http.StatusBadGateway, 0, 0)
	}
	for i := 1; i < 12; i++ {
		o.get(fmt.Sprintf("/img/%d.jpg?w=160", i)).want(t, http.StatusOK, 160, 80)
	}
}

// A client that leaves is not a failure of the server.
func TestClientThatLeavesIsNoServerError(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(200, 100, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	opened, release := make(chan struct{}), make(chan struct{})
	a.onOpen = func(context.Context, string) { close(opened); <-release }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://x/img/cat.jpg?w=160", nil)
		o.Handler().ServeHTTP(&nowhere{header: make(http.Header)}, r)
	}()
	<-opened
	cancel()
	<-done
	close(release)
	if got := o.metric(`imgorigin_requests_total{source="none",status="500"}`); got != 0 {
		t.Errorf("got %v requests with status 500", got)
	}
	if got := o.metric(`imgorigin_requests_total{source="none",status="499"}`); got != 1 {
		t.Errorf("got %v requests with status 499, want 1", got)
	}
}

// Every call of the store has a deadline and stands behind the breaker.
func TestStoreThatHangsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := newOriginals(), newStore()
		a.put("cat.jpg", flat(400, 400, red))
		s, err := New(Config{
			Originals: a, Store: store, Memory: 1 << 20, Engine: resize.NewEngine(resize.EngineConfig{}),
			Load: Load{FillTimeout: 8 * time.Second},
		})
		if err != nil {
			t.Fatal(err)
		}
		get := func() int {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/img/cat.jpg?w=160", nil))
			return w.Code
		}
		if got := get(); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
		var calls atomic.Int64
		store.Before = func(ctx context.Context, operation, original string) error {
			calls.Add(1)
			<-ctx.Done()
			return ctx.Err()
		}
		a.put("cat.jpg", flat(400, 400, blue))
		began := time.Now()
		get() // finds memory stale, and a store that can't be told
		if took := time.Since(began); took > 16*time.Second || calls.Load() == 0 {
			t.Errorf("a request took %v while the store hung, which was called %d times", took, calls.Load())
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The error about a corrupt original is kept by caches for a day. When the original is replaced, the event finds that there
// is something to purge, although nothing was ever stored.
func TestErrorsAboutAnOriginalLeaveATrace(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("bad.jpg", photo(200, 100, 1)[:500])
	o := start(t, Config{Originals: a, Store: store, Revalidate: Never})
	o.get("/img/bad.jpg?w=160").want(t, http.StatusUnprocessableEntity, 0, 0)
	o.get("/img/none.jpg?w=160").want(t, http.StatusNotFound, 0, 0)
	a.put("bad.jpg", photo(200, 100, 1))
	etag, err := o.Stat(t.Context(), "bad.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if dropped, kept, err := o.DropStale(t.Context(), "bad.jpg", etag); dropped != 1 || kept != 0 || err != nil {
		t.Errorf("got %d dropped, %d kept, %v, want the trace", dropped, kept, err)
	}
	if dropped, kept, err := o.DropStale(t.Context(), "none.jpg", etag); dropped != 0 || kept != 0 || err != nil {
		t.Errorf("none.jpg: got %d dropped, %d kept, %v, want none: its 404 is short", dropped, kept, err)
	}
}
