package warm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func newWarmer(t testing.TB, c Config) *Warmer {
	t.Helper()
	if c.Transforms == nil {
		c.Transforms = warmtest.Ladder
	}
	w, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// recordingCDN is an Invalidator that counts its calls, by original.
type recordingCDN struct {
	mu    sync.Mutex
	calls map[string]int
}

func (c *recordingCDN) Invalidate(ctx context.Context, original string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = make(map[string]int)
	}
	c.calls[original]++
	return nil
}

func handleAll(t *testing.T, w *Warmer, events ...s3event.Event) {
	t.Helper()
	for _, ev := range events {
		if _, err := w.Handle(t.Context(), ev); err != nil {
			t.Errorf("%s %s: %v", ev.Kind, ev.Key, err)
		}
	}
}

func TestHandle(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, Bucket: "photos", CDN: edge})
	want := func(stage string, decodes, invalidations int) {
		t.Helper()
		err, gotDecodes, gotInvalidations := target.Check(warmtest.Ladder), target.Decodes["a.jpg"], edge.calls["a.jpg"]
		if err != nil || gotDecodes != decodes || gotInvalidations != invalidations {
			t.Errorf("%s: got %d decodes, %d invalidations, %v, want %d, %d",
				stage, gotDecodes, gotInvalidations, err, decodes, invalidations)
		}
	}

	target.Put("a.jpg")
	handleAll(t, w, target.Events[0])
	want("new", 1, 0)
	handleAll(t, w, target.Events[0], target.Events[0])
	want("twice more", 1, 0)

	target.Request("a.jpg", "w=77.auto")
	target.Put("a.jpg")
	handleAll(t, w, target.Events[1])
	want("replaced", 2, 1)
	handleAll(t, w, target.Events[0])
	want("late", 2, 1)

	target.Remove("a.jpg")
	handleAll(t, w, target.Events[2], target.Events[0], target.Events[1])
	want("removed", 2, 2)

	target.Put("a.jpg")
	target.Remove("a.jpg")
	target.Put("a.jpg")
	handleAll(t, w, target.Events[5], target.Events[4], target.Events[3])
	want("put, removed, put", 3, 2)

	target.Put("a.jpg") // whose event is lost
	handleAll(t, w, target.Events[3])
	want("an old event, a new original", 4, 3)
	handleAll(t, w, target.Events[5], target.Events[4])
	want("other old events", 4, 3)
}

// The original was settled by another process, or before this one was restarted: Warm makes no variants that are there,
// and a redelivered event invalidates the CDN, although there may be nothing left to drop.
func TestHandleRedelivered(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	target.Put("a.jpg")
	handleAll(t, newWarmer(t, Config{Target: target}), target.Events...)
	w := newWarmer(t, Config{Target: target, CDN: edge})
	if r, err := w.Warm(t.Context(), "a.jpg"); err != nil || r.Made != 0 || r.Skipped != len(warmtest.Ladder) {
		t.Errorf("got %+v, %v, want all skipped", r, err)
	}
	redelivered := target.Events[0]
	redelivered.Redelivered = true
	handleAll(t, w, redelivered, redelivered)
	if err := target.Check(warmtest.Ladder); err != nil || edge.calls["a.jpg"] != 2 {
		t.Errorf("got %d invalidations, %v, want 2", edge.calls["a.jpg"], err)
	}
	if dropped, err := w.Drop(t.Context(), "a.jpg"); err != nil || !dropped || len(target.Variants) != 0 || edge.calls["a.jpg"] != 3 {
		t.Errorf("drop: got %v stored, %d invalidations, %v", target.Variants, edge.calls["a.jpg"], err)
	}
}

// An attempt of another process dropped the variants and was killed. The event is redelivered to a process that
// remembers the original as settled.
func TestHandleAfterInterruption(t *testing.T) {
	target := warmtest.NewTarget()
	target.Put("a.jpg")
	w := newWarmer(t, Config{Target: target})
	handleAll(t, w, target.Events[0])
	delete(target.Variants, "a.jpg")
	redelivered := target.Events[0]
	redelivered.Redelivered = true
	handleAll(t, w, redelivered)
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
}

// changingTarget replaces an original just after warming it, as often as changes says.
type changingTarget struct {
	*warmtest.Target
	changes int
}

func (t *changingTarget) Warm(ctx context.Context, key string, ts []resize.Transform) (int, int, error) {
	made, skipped, err := t.Target.Warm(ctx, key, ts)
	if t.changes--; t.changes >= 0 {
		t.Put(key)
	}
	return made, skipped, err
}

func TestHandleChangesDuringWork(t *testing.T) {
	target := &changingTarget{Target: warmtest.NewTarget(), changes: settleAttempts - 1}
	w := newWarmer(t, Config{Target: target})
	target.Put("a.jpg")
	handleAll(t, w, target.Events[0])
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
	target.changes = settleAttempts
	if _, err := w.Handle(t.Context(), target.Events[len(target.Events)-1]); !errors.Is(err, errChanging) {
		t.Errorf("got %v, want an error, so that it is redelivered", err)
	}
}

func TestHandleIgnores(t *testing.T) {
	tests := []struct {
		ev   s3event.Event
		want string
	}{
		{s3event.Event{Bucket: "photos", Key: "in/a.jpg", Size: 1}, "a.jpg"},
		{s3event.Event{Bucket: "photos", Key: "in/in/a.jpg"}, "in/a.jpg"},
		{s3event.Event{Bucket: "photos", Key: "in/odd/", Size: 1}, "odd/"},
		{s3event.Event{Bucket: "variants", Key: "in/a.jpg"}, ""},
		{s3event.Event{Bucket: "photos", Key: "out/a.jpg/w=320.webp"}, ""},
		{s3event.Event{Bucket: "photos", Key: "a.jpg"}, ""},
		{s3event.Event{Bucket: "photos", Key: "in/"}, ""},
		{s3event.Event{Bucket: "photos", Key: "in/2026/"}, ""}, // a console's object for a folder
	}
	for _, test := range tests {
		target := warmtest.NewTarget()
		for _, bucket := range []string{"photos", ""} {
			w := newWarmer(t, Config{Target: target, Bucket: bucket, Prefix: "in/"})
			got, ok := w.original(test.ev)
			if bucket == "" && test.ev.Bucket == "variants" {
				test.want = "a.jpg" // without a bucket to compare, events of any bucket are taken
			}
			if ok != (test.want != "") || ok && got != test.want {
				t.Errorf("%q in %q: got %q, %t, want %q", test.ev.Key, test.ev.Bucket, got, ok, test.want)
			}
		}
	}
	target := warmtest.NewTarget()
	w := newWarmer(t, Config{Target: target, Bucket: "photos"})
	handleAll(t, w, s3event.Event{Kind: s3event.Created, Bucket: "variants", Key: "a.jpg/w=320.webp"})
	if got := warmtest.Count(t, w.config.Metrics, "events_total", "created", "ignored"); got != 1 {
		t.Errorf("got %v ignored, want 1", got)
	}
}

// The promise of this package: originals are created, replaced and removed while clients request variants. The events
// arrive in any order, some twice, at two processes that are interrupted in the middle of work. In the end, the
// variants that are stored are those of the originals that are there.
func TestHandleAnyOrder(t *testing.T) {
	for seed := range uint64(500) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			target := warmtest.NewTarget()
			target.DelayAtRandom(rand.New(rand.NewPCG(seed, 2)))
			workers := []*Warmer{
				newWarmer(t, Config{Target: target, AtOnce: 3}), newWarmer(t, Config{Target: target, AtOnce: 8}),
			}
			var deliveries sync.WaitGroup
			for range 40 {
				key := fmt.Sprintf("%c.jpg", 'a'+random.IntN(2))
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				switch random.IntN(5) {
				case 0:
					target.Remove(key)
				case 1, 2:
					deliveries.Go(func() { target.Request(key, "w=77.auto") })
					continue
				default:
					target.Put(key)
				}
				ev := target.Events[len(target.Events)-1]
				if seed%2 == 0 {
					ev.Sequencer = "" // as of a sender without sequencers
				}
				for range 1 + random.IntN(2) {
					late, patience := random.IntN(6_000), random.IntN(30_000)
					worker := workers[random.IntN(2)]
					deliveries.Go(func() { deliver(worker, ev, late, patience) })
				}
			}
			deliveries.Wait()
			if err := target.Check(warmtest.Ladder); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
	}
}

// deliver delivers an event until it was handled. An attempt that takes longer than patience is interrupted, as if the
// process was killed; the next has more time.
func deliver(w *Warmer, ev s3event.Event, lateMillis, patienceMillis int) {
	time.Sleep(time.Duration(lateMillis) * time.Millisecond)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(patienceMillis)*time.Millisecond)
		_, err := w.Handle(ctx, ev)
		cancel()
		if err == nil {
			return
		}
		patienceMillis += 2000
		ev.Redelivered = true
		time.Sleep(time.Second)
	}
}

// All events of an original that arrive while it is worked on lead to a single repetition of the work.
func TestHandleCoalesces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := warmtest.NewTarget()
		target.Delay = func() { time.Sleep(time.Second) }
		w := newWarmer(t, Config{Target: target, AtOnce: 64})
		var all sync.WaitGroup
		for range 30 {
			target.Put("a.jpg")
			ev := target.Events[len(target.Events)-1]
			all.Go(func() { handleAll(t, w, ev) })
			synctest.Wait()
		}
		all.Wait()
		if err := target.Check(warmtest.Ladder); err != nil || target.Decodes["a.jpg"] > 2 {
			t.Errorf("got %d decodes, %v, want 2 at most", target.Decodes["a.jpg"], err)
		}
		if len(w.keys.turns) != 0 {
			t.Errorf("got %d locks kept, want none", len(w.keys.turns))
		}
	})
}

// Every original is worked on once at a time, and no more than AtOnce originals are.
func TestHandleShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gauge := &gaugingTarget{Target: warmtest.NewTarget(), runningByKey: make(map[string]int)}
		w := newWarmer(t, Config{Target: gauge, AtOnce: 3})
		var all sync.WaitGroup
		for i := range 60 {
			key := fmt.Sprint(i % 10)
			gauge.Put(key)
			ev := gauge.Events[i]
			ev.Sequencer = ""
			all.Go(func() { handleAll(t, w, ev) })
		}
		all.Wait()
		if gauge.most != 3 || gauge.mostByKey != 1 {
			t.Errorf("got %d at once, %d of one original, want 3 and 1", gauge.most, gauge.mostByKey)
		}
	})
}

// gaugingTarget measures how many calls of Warm run at once.
type gaugingTarget struct {
	*warmtest.Target

	mu              sync.Mutex
	running         int            // calls now
	runningByKey    map[string]int // calls now
	most, mostByKey int
}

func (t *gaugingTarget) Warm(ctx context.Context, key string, ts []resize.Transform) (int, int, error) {
	t.mu.Lock()
	t.running++
	t.runningByKey[key]++
	t.most, t.mostByKey = max(t.most, t.running), max(t.mostByKey, t.runningByKey[key])
	t.mu.Unlock()
	time.Sleep(time.Second)
	t.mu.Lock()
	t.running--
	t.runningByKey[key]--
	t.mu.Unlock()
	return t.Target.Warm(ctx, key, ts)
}

func TestHandleFailures(t *testing.T) {
	target := warmtest.NewTarget()
	w := newWarmer(t, Config{Target: target})
	target.Put("a.jpg")
	target.Unreachable["a.jpg"] = errors.New("throttled")
	if _, err := w.Handle(t.Context(), target.Events[0]); !errors.Is(err, target.Unreachable["a.jpg"]) {
		t.Errorf("got %v, want an error, so that it is redelivered", err)
	}
	delete(target.Unreachable, "a.jpg")
	handleAll(t, w, target.Events[0])
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}

	target.Put("b.jpg")
	target.DecodeErrors["b.jpg"] = resize.ErrRect
	handleAll(t, w, target.Events[1])

	w = newWarmer(t, Config{Target: panickingTarget{target}})
	_, err := w.Handle(t.Context(), target.Events[0])
	if _, ok := errors.AsType[*PanicError](err); !ok {
		t.Errorf("got %v, want a PanicError", err)
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a warmer without a target")
	}
}

// panickingTarget is a Target whose Warm panics.
type panickingTarget struct{ *warmtest.Target }

func (panickingTarget) Warm(context.Context, string, []resize.Transform) (int, int, error) {
	panic("index out of range")
}

// An event is not done when the CDN can't be invalidated, and its original is not quarantined for that.
func TestHandleCDNDown(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil), CDN: refusingCDN{}})
	target.Put("a.jpg")
	target.Request("a.jpg", "w=77.auto")
	target.Put("a.jpg")
	_, err := w.Handle(t.Context(), target.Events[1])
	if !errors.Is(err, errRefused) || !IsOutage(err) {
		t.Errorf("got %v, want the CDN's error", err)
	}
	if got := w.Exhausted(t.Context(), target.Events[0], err); got != err || len(m.Cases) != 0 {
		t.Errorf("got %v, %v quarantined, want the error back and none", got, m.Cases)
	}
}

var errRefused = errors.New("the CDN refused")

// refusingCDN is an Invalidator that fails.
type refusingCDN struct{}

func (refusingCDN) Invalidate(context.Context, string) error { return errRefused }
