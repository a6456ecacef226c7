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
// it waits without its place; 10,000 of a consumer do so at most. An invalidation that CloudFront is too busy for is
// tried again after a pause that doubles, from 5 seconds to a minute. Any other error is a dead letter. Every original is
// invalidated twice, the second time after 90 seconds. Uploads, one a second, take a place for half a second.
//
// With a queue of their own for removals, a process consumes both queues, each with places of its own. In Lambda, two more
// functions handle that queue, in larger batches: see RemovalsSource in deploy/cloudformation.yaml.
type bulk struct {
	deletes   int
	processes int
	batch     int           // messages of a Lambda's batch; 0 is a consumer
	over      time.Duration // in which the deletes arrive; 0 is all at the beginning
	tags      bool
	removals  bool // have a queue of their own
}

// The defaults of an intake.Consumer and an intake.Lambda, the patience that a Lambda function has, and what the template
// sets for the functions that handle removals.
const (
	bulkPlaces   = 64
	bulkWaiting  = 10_000
	bulkPatience = 30 * time.Second

	bulkRemovers       = 2
	bulkRemovalsBatch  = 100
	bulkRemovalsWindow = time.Second
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
	both        time.Duration // until the second was
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
	removals := queue
	if b.removals {
		removals = make(chan bulkEvent, cap(queue))
	}
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
			time.AfterFunc(pause, func() { removals <- ev })
			return
		}
		if err != nil {
			atomic.AddInt64(&r.deadLetters, 1)
		}
		both.Done()
		if !ev.isSecond {
			first.Done()
			time.AfterFunc(90*time.Second, func() { removals <- bulkEvent{original: ev.original, isSecond: true} })
		}
	}
	var processes sync.WaitGroup
	var cdns []*CloudFront
	start := func(patience time.Duration, consumers ...func(*CloudFront)) {
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: b.tags, Patience: patience})
		cdns = append(cdns, f)
		for _, consume := range consumers {
			processes.Go(func() { consume(f) })
		}
	}
	consumer := func(queue <-chan bulkEvent) func(*CloudFront) {
		return func(f *CloudFront) { consumeBulk(ctx, queue, f, handle) }
	}
	function := func(queue <-chan bulkEvent, batch int, window time.Duration) func(*CloudFront) {
		return func(f *CloudFront) { functionBulk(ctx, queue, batch, window, f, handle) }
	}
	for range b.processes {
		switch {
		case b.batch > 0:
			start(bulkPatience, function(queue, b.batch, 0))
		case b.removals:
			start(0, consumer(queue), consumer(removals))
		default:
			start(0, consumer(queue))
		}
	}
	if b.batch > 0 && b.removals {
		for range bulkRemovers {
			start(bulkPatience, function(removals, bulkRemovalsBatch, bulkRemovalsWindow))
		}
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
		removals <- bulkEvent{original: fmt.Sprintf("%d.jpg", i)}
	}
	first.Wait()
	r.took = time.Since(began)
	both.Wait()
	r.both = time.Since(began)
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

// Deletes in bulk are invalidated within minutes, and none is lost, by any kind of process.
func TestBulk(t *testing.T) {
	for name, b := range map[string]bulk{
		"worker":  {deletes: 1000, processes: 1, tags: true},
		"more":    {deletes: 20_000, processes: 1, over: time.Minute, tags: true}, // more than may wait without a place
		"workers": {deletes: 1000, processes: 10, tags: true},
		"Lambda":  {deletes: 1000, processes: 10, batch: 10, tags: true},
		"crowd":   {deletes: 20_000, processes: 10, tags: true}, // more than the quota: the processes refuse each other

		"worker, two queues": {deletes: 5000, processes: 1, tags: true, removals: true},
		"Lambda, two queues": {deletes: 5000, processes: 10, batch: 10, tags: true, removals: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := runBulk(t, b)
				uploads := 30 * time.Second
				if b.removals {
					uploads = time.Second // as without any deletes
				}
				// The crowd is refused 66 to 106 times, by the order in which its processes run, and 240 times and more if none takes a
				// smaller share then.
				if r.took > 2*time.Minute || r.deadLetters > 0 || r.uploadP99 > uploads || r.refused > 150 {
					t.Errorf("got %+v, want at most 2 minutes, no dead letter, 150 refusals, and uploads in %v", r, uploads)
				}
			})
		})
	}
}
