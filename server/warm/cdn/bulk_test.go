package cdn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A bulk is many originals that are deleted at once, and the processes that handle their events: consumers of a queue
// with 64 places each, or Lambda functions that handle ten messages and return. All share one distribution.
//
// An event takes a place for a tenth of a second, in which the variants are dropped. Until the invalidation is accepted,
// the event of a consumer waits without its place, and 10,000 do so at most; that of a Lambda function keeps it. An
// invalidation that CloudFront is too busy for is tried again after a pause that doubles, from 5 seconds to a minute. Any
// other error is a dead letter. Every original is invalidated twice, the second time after 90 seconds. Uploads, one a
// second, take a place for half a second.
type bulk struct {
	deletes   int
	processes int
	batch     int           // messages of a Lambda's batch; 0 is a consumer
	over      time.Duration // in which the deletes arrive; 0 is all at the beginning
	tags      bool
}

// The defaults of an intake.Consumer, and the patience that a Lambda function has.
const (
	bulkPlaces   = 64
	bulkWaiting  = 10_000
	bulkPatience = 30 * time.Second
)

type bulkEvent struct {
	original  string
	isUpload  bool
	isSecond  bool
	deferrals int
	arrived   time.Time
}

// bulkResult is what a bulk came to, in simulated time.
type bulkResult struct {
	took        time.Duration // until the first invalidation of the last original was accepted
	deadLetters int64
	deferrals   int64
	requests    int
	refused     int
	uploadP99   time.Duration // from its event to the end of its work
}

// runBulk simulates a bulk. It has to be called in a bubble.
func runBulk(t testing.TB, b bulk) bulkResult {
	e := newFakeClient(t)
	e.shared, e.latency, e.time = true, 300*time.Millisecond, 25*time.Second
	var r bulkResult
	queue := make(chan bulkEvent, 4*b.deletes+100_000)
	ctx, stop := context.WithCancel(t.Context())
	began := time.Now()
	var first, both sync.WaitGroup
	first.Add(b.deletes)
	both.Add(2 * b.deletes)
	var mu sync.Mutex
	var uploads []time.Duration
	handle := func(f *CloudFront, ev bulkEvent, without func(func() error) error) {
		if ev.isUpload {
			time.Sleep(500 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			uploads = append(uploads, time.Since(ev.arrived))
			return
		}
		time.Sleep(100 * time.Millisecond)
		err := without(func() error { return f.Invalidate(ctx, ev.original) })
		if errors.Is(err, ErrBusy) {
			atomic.AddInt64(&r.deferrals, 1)
			pause := min(5*time.Second<<min(ev.deferrals, 4), time.Minute)
			ev.deferrals++
			time.AfterFunc(pause, func() { queue <- ev })
			return
		}
		if err != nil {
			atomic.AddInt64(&r.deadLetters, 1)
		}
		both.Done()
		if !ev.isSecond {
			first.Done()
			time.AfterFunc(90*time.Second, func() { queue <- bulkEvent{original: ev.original, isSecond: true} })
		}
	}
	var processes sync.WaitGroup
	var cdns []*CloudFront
	for range b.processes {
		patience := time.Duration(0)
		if b.batch > 0 {
			patience = bulkPatience
		}
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: b.tags, Patience: patience})
		cdns = append(cdns, f)
		if b.batch == 0 {
			places := make(chan struct{}, bulkPlaces)
			processes.Go(func() { consumeBulk(ctx, queue, places, f, handle) })
			continue
		}
		processes.Go(func() { functionBulk(ctx, queue, b.batch, f, handle) })
	}
	processes.Go(func() {
		for ctx.Err() == nil {
			queue <- bulkEvent{isUpload: true, arrived: time.Now()}
			time.Sleep(time.Second)
		}
	})
	for i := range b.deletes {
		if b.over > 0 {
			time.Sleep(b.over / time.Duration(b.deletes))
		}
		queue <- bulkEvent{original: fmt.Sprintf("%d.jpg", i)}
	}
	first.Wait()
	r.took = time.Since(began)
	both.Wait()
	stop()
	processes.Wait()
	for _, f := range cdns {
		if err := f.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	r.requests, r.refused = len(e.requests), e.refused
	slices.Sort(uploads)
	r.uploadP99 = uploads[len(uploads)*99/100]
	return r
}

type bulkHandler func(f *CloudFront, ev bulkEvent, without func(func() error) error)

// consumeBulk handles messages as a consumer does, each in a place, until ctx ends.
func consumeBulk(ctx context.Context, queue <-chan bulkEvent, places chan struct{}, f *CloudFront, handle bulkHandler) {
	waiting := make(chan struct{}, bulkWaiting)
	without := func(wait func() error) error {
		select {
		case waiting <- struct{}{}:
			<-places
			err := wait()
			<-waiting
			places <- struct{}{}
			return err
		default:
			return wait()
		}
	}
	var all sync.WaitGroup
	defer all.Wait()
	for {
		places <- struct{}{}
		select {
		case ev := <-queue:
			all.Go(func() {
				handle(f, ev, without)
				<-places
			})
		case <-ctx.Done():
			<-places
			return
		}
	}
}

// functionBulk handles messages as a Lambda function does, so many at once, until ctx ends.
func functionBulk(ctx context.Context, queue <-chan bulkEvent, batch int, f *CloudFront, handle bulkHandler) {
	with := func(wait func() error) error { return wait() }
	for {
		var events []bulkEvent
		select {
		case ev := <-queue:
			events = append(events, ev)
		case <-ctx.Done():
			return
		}
		for len(events) < batch && len(queue) > 0 {
			select {
			case ev := <-queue:
				events = append(events, ev)
			default:
			}
		}
		var all sync.WaitGroup
		for _, ev := range events {
			all.Go(func() { handle(f, ev, with) })
		}
		all.Wait()
	}
}

// Deletes in bulk are invalidated within minutes, and none is lost, by any kind of process.
func TestBulk(t *testing.T) {
	for name, b := range map[string]bulk{
		"worker":  {deletes: 1000, processes: 1, tags: true},
		"more":    {deletes: 20_000, processes: 1, over: time.Minute, tags: true}, // more than may wait without a place
		"workers": {deletes: 1000, processes: 10, tags: true},
		"Lambda":  {deletes: 1000, processes: 10, batch: 10, tags: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := runBulk(t, b)
				if r.took > 3*time.Minute || r.deadLetters > 0 || r.uploadP99 > 30*time.Second {
					t.Errorf("got %+v, want at most 3 minutes, no dead letter, and uploads in 30s", r)
				}
			})
		})
	}
}

// BenchmarkBulk reports the simulated minutes until all deletes are accepted, the dead letters, the events that were put
// off because CloudFront was busy, the requests and their refusals, and the seconds in which 99 % of the uploads
// meanwhile were done.
func BenchmarkBulk(b *testing.B) {
	kinds := []struct {
		name             string
		processes, batch int
	}{{"worker", 1, 0}, {"workers=10", 10, 0}, {"Lambda=10", 10, 10}}
	for _, n := range []int{1000, 100_000} {
		for _, over := range []time.Duration{0, time.Hour} {
			for _, kind := range kinds {
				for _, tags := range []bool{true, false} {
					if n == 1000 && over > 0 || n > 1000 && !tags {
						continue // a thousand come at once, and paths take days for more
					}
					b.Run(fmt.Sprintf("%d/over=%v/%s/tags=%t", n, over, kind.name, tags), func(b *testing.B) {
						for b.Loop() {
							var r bulkResult
							test := bulk{n, kind.processes, kind.batch, over, tags}
							inBubble(b, func(t *testing.T) { r = runBulk(t, test) })
							b.ReportMetric(r.took.Minutes(), "min")
							b.ReportMetric(float64(r.deadLetters), "dead")
							b.ReportMetric(float64(r.deferrals), "deferred")
							b.ReportMetric(float64(r.requests), "requests")
							b.ReportMetric(float64(r.refused), "refused")
							b.ReportMetric(r.uploadP99.Seconds(), "upload-p99-s")
							b.ReportMetric(0, "ns/op")
						}
					})
				}
			}
		}
	}
}

// inBubble runs f in a bubble, which needs a *testing.T.
func inBubble(b *testing.B, f func(*testing.T)) {
	b.Helper()
	matchAll := func(string, string) (bool, error) { return true, nil }
	test := testing.InternalTest{Name: b.Name(), F: func(t *testing.T) { synctest.Test(t, f) }}
	if !testing.RunTests(matchAll, []testing.InternalTest{test}) {
		b.Fatal("the simulation failed")
	}
}
