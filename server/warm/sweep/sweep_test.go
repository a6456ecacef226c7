package sweep_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// A world is originals in a bucket, variants in some store, and a CDN.
type world struct {
	s3    *cachetest.S3
	store cache.Store
	sweep sweep.Sweep

	mu       sync.Mutex
	purged   map[string]int
	purge    func(original string) error
	findings []sweep.Finding
}

func newWorld(t *testing.T, store cache.Store) *world {
	t.Helper()
	w := &world{s3: cachetest.NewS3(t), store: store, purged: make(map[string]int), purge: func(string) error { return nil }}
	w.s3.CreateBucket("photos")
	if store == nil {
		w.s3.CreateBucket("variants")
		w.store = cache.NewS3(cache.S3Config{Client: w.s3.Client(), Bucket: "variants", Prefix: "v1/"})
	}
	origin, err := server.New(server.Config{
		Originals: originals.S3{Client: w.s3.Client(), Bucket: "photos"}, Store: w.store,
		Engine: resize.NewEngine(resize.EngineConfig{}), Load: server.Load{FillTimeout: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	warmer, err := warm.New(warm.Config{Target: origin, Transforms: warmtest.Ladder, CDN: w})
	if err != nil {
		t.Fatal(err)
	}
	w.sweep = sweep.Sweep{
		Originals: origin, Variants: w.store.(sweep.Store), Warmer: warmer, Metrics: sweep.NewMetrics(),
		Found: func(f sweep.Finding) { w.findings = append(w.findings, f) },
	}
	return w
}

// Invalidate implements [warm.Invalidator].
func (w *world) Invalidate(_ context.Context, original string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.purge(original); err != nil {
		return err
	}
	w.purged[original]++
	return nil
}

// original puts an original and returns its ETag.
func (w *world) original(key, body string) (etag string) {
	w.s3.PutObject("photos", key, []byte(body))
	o, _ := w.s3.Object("photos", key)
	return o.ETag()
}

// variants stores variants of an original that were made when it had some ETag.
func (w *world) variants(t *testing.T, key, etag string, transforms ...string) {
	t.Helper()
	for _, transform := range transforms {
		v := cachetest.NewVariant("v", 10)
		v.OriginalETag = etag
		if err := w.store.Put(t.Context(), cache.Key{Original: key, Transform: transform}, v); err != nil {
			t.Fatal(err)
		}
	}
}

// want checks which transforms are stored of an original.
func (w *world) want(t *testing.T, key string, want ...string) {
	t.Helper()
	stored, err := cache.List(t.Context(), w.store, key)
	var got []string
	for _, s := range stored {
		got = append(got, s.Transform)
	}
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: got %q stored, %v, want %q", key, got, err, want)
	}
}

func (w *world) found() []sweep.Finding {
	slices.SortFunc(w.findings, func(a, b sweep.Finding) int { return cmp.Compare(a.Original, b.Original) })
	return w.findings
}

// fill makes originals and variants of every kind.
func (w *world) fill(t *testing.T) {
	good := w.original("2026/good.jpg", "good")
	w.variants(t, "2026/good.jpg", good, "w=160.webp", "w=320.webp", render.MezzanineName)
	w.variants(t, "2026/gone.jpg", `"x"`, "w=160.webp", "w=320.webp", render.MezzanineName)
	replaced := w.original("2026/replaced.jpg", "new")
	w.variants(t, "2026/replaced.jpg", `"old"`, "w=160.webp", render.MezzanineName)
	w.variants(t, "2026/replaced.jpg", replaced, "w=320.webp")
	deeper := w.original("2026/gone.jpg/deeper.jpg", "deeper")
	w.variants(t, "2026/gone.jpg/deeper.jpg", deeper, "w=160.webp")
	w.original("2026/unseen.jpg", "x")
	w.variants(t, "2026/unseen.jpg", `"old"`, "w=160.webp")
	w.s3.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/photos/2026/unseen.jpg") {
			return false
		}
		rw.WriteHeader(http.StatusForbidden)
		return true
	})
}

func TestSweep(t *testing.T) {
	folder, err := cache.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	for name, store := range map[string]cache.Store{"S3": nil, "folder": folder, "map": new(cachetest.MapStore)} {
		t.Run(name, func(t *testing.T) { testSweep(t, newWorld(t, store)) })
	}
}

func testSweep(t *testing.T, w *world) {
	w.fill(t)
	dry := w.sweep
	dry.DryRun, dry.Warmer, dry.Metrics = true, nil, nil
	job := backfill.Job{Tries: 1}
	want := sweep.Summary{Clean: 2, Stale: 1, Gone: 1, Failed: 1, Variants: 5, Complete: true}
	wantFound := []sweep.Finding{
		{Original: "2026/gone.jpg", Result: sweep.Gone, Variants: 3},
		{Original: "2026/replaced.jpg", Result: sweep.Stale, Variants: 2},
		{Original: "2026/unseen.jpg", Result: sweep.Failed},
	}
	for _, s := range []sweep.Sweep{dry, w.sweep} {
		if s.DryRun {
			w.findings = nil
		}
		sum, err := s.Run(t.Context(), job)
		if err != nil || len(sum.Failures) != 1 || sum.Failures[0].Original != "2026/unseen.jpg" {
			t.Errorf("got %+v, %v, want that unseen.jpg failed", sum, err)
		}
		sum.Failures, sum.Seconds = nil, 0
		if fmt.Sprint(sum) != fmt.Sprint(want) {
			t.Errorf("dry run %v: got %+v, want %+v", s.DryRun, sum, want)
		}
		found := w.found()
		if len(found) == 3 {
			found[2].Error = ""
		}
		if !slices.Equal(found, wantFound) {
			t.Errorf("dry run %v: got %+v, want %+v", s.DryRun, found, wantFound)
		}
		w.findings = nil
		if s.DryRun {
			w.want(t, "2026/gone.jpg", "w=160.webp", "w=320.webp", render.MezzanineName)
			w.want(t, "2026/replaced.jpg", "w=160.webp", "w=320.webp", render.MezzanineName)
		}
	}
	w.want(t, "2026/good.jpg", "w=160.webp", "w=320.webp", render.MezzanineName)
	w.want(t, "2026/gone.jpg")
	w.want(t, "2026/gone.jpg/deeper.jpg", "w=160.webp")
	w.want(t, "2026/replaced.jpg", "w=320.webp")
	w.want(t, "2026/unseen.jpg", "w=160.webp")
	if fmt.Sprint(w.purged) != "map[2026/gone.jpg:1 2026/replaced.jpg:1]" {
		t.Errorf("got purged %v, want the two that were swept, once", w.purged)
	}
	for result, want := range map[sweep.Result]float64{sweep.Clean: 2, sweep.Stale: 1, sweep.Gone: 1, sweep.Failed: 1} {
		if got := warmtest.Count(t, w.sweep.Metrics, "swept_total", string(result)); got != want {
			t.Errorf("%s: got %v counted, want %v", result, got, want)
		}
	}
	for result, want := range map[string]float64{"failures": 1, "complete": 0, "incomplete": 0} {
		if got := warmtest.Count(t, w.sweep.Metrics, "sweeps_total", result); got != want {
			t.Errorf("%s: got %v sweeps, want %v", result, got, want)
		}
	}
	if got := warmtest.Count(t, w.sweep.Metrics, "swept_variants_total"); got != 5 {
		t.Errorf("got %v variants counted, want those that were dropped", got)
	}
	sum, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 1, Prefix: "2026/g"})
	if err != nil || sum.Clean != 2 || sum.Stale+sum.Gone+sum.Failed != 0 {
		t.Errorf("again, with a prefix: got %+v, %v, want 2 clean", sum, err)
	}
}

// When the bucket of the originals does not exist or does not answer, nothing is dropped.
func TestSweepKeepsWithoutOriginals(t *testing.T) {
	for _, code := range []string{"404 NoSuchBucket", "404", "403 AccessDenied", "503 SlowDown"} {
		w := newWorld(t, nil)
		for i := range 3 {
			w.variants(t, fmt.Sprintf("%d.jpg", i), `"x"`, "w=160.webp")
		}
		w.s3.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/photos") {
				return false
			}
			status, name, _ := strings.Cut(code, " ")
			rw.WriteHeader(map[string]int{"404": 404, "403": 403, "503": 503}[status])
			if name != "" && r.Method == http.MethodGet {
				fmt.Fprintf(rw, "<Error><Code>%s</Code></Error>", name)
			}
			return true
		})
		sum, err := w.sweep.Run(t.Context(), backfill.Job{Tries: 1})
		if err != nil || sum.Failed != 3 || len(w.s3.Keys("variants")) != 3 || len(w.purged) != 0 {
			t.Errorf("%s: got %+v, %v, %q left, want all 3 failed and kept", code, sum, err, w.s3.Keys("variants"))
		}
	}
}

// A change between the look and the list makes no good variant stale.
func TestSweepWhileOriginalsChange(t *testing.T) {
	store := new(cachetest.MapStore)
	w := newWorld(t, store)
	w.original("a.jpg", "old")
	now := ""
	store.Before = func(_ context.Context, operation, original string) error {
		if operation == "list" && now == "" {
			now = w.original("a.jpg", "new")
			w.variants(t, "a.jpg", now, "w=160.webp", "w=320.webp")
		}
		return nil
	}
	w.variants(t, "a.jpg", `"older"`, "w=640.webp")
	sum, err := w.sweep.Run(t.Context(), backfill.Job{})
	if err != nil || sum.Stale != 1 || sum.Variants != 1 {
		t.Errorf("got %+v, %v, want one stale variant", sum, err)
	}
	w.want(t, "a.jpg", "w=160.webp", "w=320.webp")

	now = "" // this time nothing is stale but by the first look
	store.Before = func(_ context.Context, operation, original string) error {
		if operation == "list" && now == "" {
			now = w.original("a.jpg", "newer")
			store.Before = nil
			must(t, store.Drop(t.Context(), "a.jpg"))
			w.variants(t, "a.jpg", now, "w=160.webp")
		}
		return nil
	}
	sum, err = w.sweep.Run(t.Context(), backfill.Job{})
	if err != nil || sum.Clean != 1 || w.purged["a.jpg"] != 1 {
		t.Errorf("got %+v, %v, %d purges, want it clean and no more than the first", sum, err, w.purged["a.jpg"])
	}
	w.want(t, "a.jpg", "w=160.webp")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// What another process drops meanwhile is not counted here.
func TestSweepCountsWhatItDrops(t *testing.T) {
	store, lists := new(cachetest.MapStore), 0
	w := newWorld(t, store)
	w.variants(t, "gone.jpg", `"x"`, "w=160.webp")
	store.Before = func(_ context.Context, operation, original string) error {
		if operation != "list" {
			return nil
		}
		if lists++; lists == 2 { // that of the drop
			return store.Delete(t.Context(), original, "w=160.webp")
		}
		return nil
	}
	sum, err := w.sweep.Run(t.Context(), backfill.Job{})
	if err != nil || sum.Gone+sum.Variants != 0 || sum.Clean != 1 {
		t.Errorf("got %+v, %v, want nothing dropped", sum, err)
	}
}

// Objects that are not variants stay, and so do variants of an original whose key is not known.
func TestSweepKeepsWhatIsUnknown(t *testing.T) {
	w := newWorld(t, nil)
	w.s3.PutObject("variants", "v1/states/state.json", []byte("{}"))
	sum, err := w.sweep.Run(t.Context(), backfill.Job{})
	if err != nil || sum.Unknown != 1 || len(w.s3.Keys("variants")) != 1 {
		t.Errorf("got %+v, %v, %q left, want one unknown and kept", sum, err, w.s3.Keys("variants"))
	}
	folder, err := cache.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	w = newWorld(t, folder)
	w.variants(t, "not UTF-8: \xff.jpg", `"x"`, "w=160.webp")
	w.variants(t, "gone.jpg", `"x"`, "w=160.webp")
	sum, err = w.sweep.Run(t.Context(), backfill.Job{})
	if err != nil || sum.Unknown != 1 || sum.Gone != 1 {
		t.Errorf("got %+v, %v, want one unknown, one gone", sum, err)
	}
	w.want(t, "not UTF-8: \xff.jpg", "w=160.webp")
}

// Two processes that sweep a part each, and are interrupted and continued, sweep every original once.
func TestSweepShardsAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, shards = 200, 2
		store, target := new(cachetest.MapStore), warmtest.NewTarget()
		looks := make(map[string]int)
		var mu sync.Mutex
		for i := range n {
			key := fmt.Sprintf("%03d.jpg", i)
			v := cachetest.NewVariant("v", 10)
			must(t, store.Put(t.Context(), cache.Key{Original: key, Transform: "w=1.webp"}, v))
			target.Originals[key] = 1
		}
		store.Before = func(_ context.Context, operation, original string) error {
			if operation == "list" {
				mu.Lock()
				looks[original]++
				mu.Unlock()
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		}
		dir, total := t.TempDir(), 0
		for shard := range shards {
			job := backfill.Job{
				Shard: shard, Shards: shards, AtOnce: 4, State: backfill.LocalState(filepath.Join(dir, fmt.Sprint(shard))),
			}
			for runs := 1; ; runs++ {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				sum, err := sweep.Sweep{Originals: target, Variants: store, DryRun: true}.Run(ctx, job)
				cancel()
				if sum.Complete {
					total += sum.Stale
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || runs > 10 {
					t.Fatalf("run %d: got %+v, %v", runs, sum, err)
				}
			}
		}
		repeated := 0
		for _, times := range looks {
			repeated += times - 1
		}
		if total != n || len(looks) != n || repeated > 2*4*4 {
			t.Errorf("got %d stale, %d looked at, %d repeated, want %d and few repeated", total, len(looks), repeated, n)
		}
	})
}
