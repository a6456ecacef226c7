// Package simulation has no code, but a test: a world of serving processes, workers, buckets, a queue and a CDN, all in
// one process and in virtual time, in which everything fails that can. See TestWorld.
package simulation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// A world is the outside of all processes. Its random decisions depend on the seed, on what they are about, for which process,
// and on the virtual time, not on the order in which goroutines ask. Times are in nanoseconds, so that hardly ever two things
// happen at the same: a seed replays.
type world struct {
	seed     uint64
	queue    intaketest.SQS
	url      string
	removals string // the queue of removals; "" in every other world, where url is that of all events
	dead     string
	store    cachetest.MapStore
	edges    []*edge
	outages  map[string][]interval // by part: originals, variants, queue, cdn

	mu         sync.Mutex
	states     map[string][]state // of each original, in order
	changes    int
	disturbed  time.Time // end of the last kill, with the lease of what the killed process had received
	violations []string
	history    []string // accesses, with their time and whether they succeeded

	decodes, finals, purges, deliveries atomic.Int64
}

// A state is what an original is from some time on.
type state struct {
	etag      string // "" is no original
	version   int    // that a version deletion goes back to
	at        time.Time
	delivered time.Time // when its event was sent to the queue; zero before, and for an event that is lost
	lost      bool
}

type interval struct{ from, to time.Time }

// chance returns a random number below n for a decision.
func (w *world) chance(about string, n int) int {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, w.seed))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())))
	io.WriteString(h, about)
	return rand.New(rand.NewPCG(h.Sum64(), w.seed)).IntN(n)
}

// jitter returns a source of random durations for a decision.
func (w *world) jitter(about string) func(time.Duration) time.Duration {
	return func(d time.Duration) time.Duration { return time.Duration(w.chance("jitter of "+about, int(d))) }
}

// latency returns how long an access takes: some milliseconds, and one in twenty some seconds.
func (w *world) latency(about string) time.Duration {
	d := time.Duration(1_000_000 + w.chance(about, 60_000_000))
	if w.chance(about+" slow", 20) == 0 {
		d *= 60
	}
	return d
}

// hasDrafts reports whether the serving processes answer drafts at first: in every third world.
func (w *world) hasDrafts() bool { return w.seed%3 == 1 }

// drafts returns the names of the stored drafts.
func (w *world) drafts() (names []cache.Key) {
	for k, v := range w.store.Variants() {
		if v.Draft {
			names = append(names, k)
		}
	}
	return names
}

func (w *world) isOut(part string) bool {
	now := time.Now()
	for _, outage := range w.outages[part] {
		if !now.Before(outage.from) && now.Before(outage.to) {
			return true
		}
	}
	return false
}

// access is an access of a process to a part: it takes time, and fails in an outage, when the process is killed, or when
// ctx ends first.
func (w *world) access(ctx context.Context, p *process, part, about string) (err error) {
	about = p.name + ": " + part + " " + about
	began := time.Since(start)
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.history = append(w.history, fmt.Sprintf("%13d: %s: %13d, %t", began, about, time.Since(start), err == nil))
	}()
	d := w.latency(about)
	hangs := w.isOut(part) && w.chance(about+" hangs", 3) == 0
	if hangs {
		d = time.Minute
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.killed.Load() {
		return errKilled
	}
	if hangs || w.isOut(part) {
		return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(part + " are out")}
	}
	return ctx.Err()
}

var errKilled = errors.New("the process was killed")

// current returns the present state of an original.
func (w *world) current(key string) state {
	w.mu.Lock()
	defer w.mu.Unlock()
	if states := w.states[key]; len(states) > 0 {
		return states[len(states)-1]
	}
	return state{}
}

// change changes an original: it is put, deleted, or its newest version is deleted by its id, and the event is sent.
func (w *world) change(ctx context.Context, key string) {
	w.mu.Lock()
	states := w.states[key]
	w.changes++
	next := state{etag: fmt.Sprintf(`"%d"`, w.changes), version: w.changes, at: time.Now()}
	kind := s3event.Created
	exists := len(states) > 0 && states[len(states)-1].etag != ""
	switch w.chance("change "+key, 6) {
	case 0, 1:
		if exists {
			next.etag, kind = "", s3event.Removed
		}
	case 2:
		if exists && len(states) > 1 { // back to what it was before, which may have been nothing
			next.etag, kind = states[len(states)-2].etag, s3event.Removed
		}
	}
	next.lost = w.chance("lost "+key, 40) == 0
	w.states[key] = append(states, next)
	index, sequencer := len(states), s3event.Sequencer(fmt.Sprintf("%06x", w.changes))
	w.mu.Unlock()
	if next.lost {
		return
	}
	message := warmtest.Message(s3event.Event{Kind: kind, Bucket: "photos", Key: key, Size: 1, Sequencer: sequencer, VersionID: "v"})
	for copies := 1 + w.chance("duplicate "+key, 6)/5; copies > 0; copies-- {
		delay := time.Duration(w.chance(fmt.Sprint("delay ", key, copies), 3000)) * time.Millisecond
		if w.chance(fmt.Sprint("late ", key, copies), 8) == 0 {
			delay *= 20
		}
		url := w.url
		if isOther := w.chance(fmt.Sprint("misdirected ", key, copies), 10) == 0; w.removals != "" && isOther != (kind == s3event.Removed) {
			url = w.removals
		}
		time.AfterFunc(delay, func() { w.deliver(ctx, url, key, index, message) })
	}
}

// deliver sends an event to a queue, as S3 does: until it is accepted.
func (w *world) deliver(ctx context.Context, url, key string, index int, message string) {
	for w.isOut("queue") {
		time.Sleep(time.Second)
	}
	w.deliveries.Add(1)
	if _, err := w.queue.SendMessage(ctx, messageTo(url, message)); err != nil {
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := &w.states[key][index]; s.delivered.IsZero() {
		s.delivered = time.Now()
	}
}

// check records an answer that is older than the bound allows: it is not of the present state, and the event of the state
// after it was delivered longer ago than bound, with nothing out or killed since.
func (w *world) check(who, key, etag string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	states, now := w.states[key], time.Now()
	i := len(states) - 1
	for ; i >= 0 && states[i].etag != etag; i-- {
	}
	if i < 0 && etag == "" || i == len(states)-1 {
		return
	}
	if i < 0 {
		w.violations = append(w.violations, fmt.Sprintf("%s answered %s with %s, which it never was", who, key, etag))
		return
	}
	after := states[i+1]
	if after.delivered.IsZero() {
		return
	}
	calm := after.delivered
	for _, outages := range w.outages {
		for _, outage := range outages {
			if outage.from.Before(now) && outage.to.After(calm) {
				calm = outage.to
			}
		}
	}
	if w.disturbed.After(calm) {
		calm = w.disturbed
	}
	if now.Sub(calm) > bound {
		w.violations = append(w.violations, fmt.Sprintf("%v: %s answered %s with %q, which ended at %v; delivered at %v, calm since %v",
			now.Sub(start), who, key, etag, after.at.Sub(start), after.delivered.Sub(start), calm.Sub(start)))
	}
}
