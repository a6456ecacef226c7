package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// batchTransforms bounds what one decode is made to yield: the last of them waits for all others.
const batchTransforms = 64

// A batch is one read and one decode of an original, for all transforms that were asked of it before the decode
// began, and those that came while it ran and for which it is enough.
type batch struct {
	original string
	made     []*made       // in the order in which they were asked for; siblings behind those of the start
	engine   resize.Engine // nil is the server's own

	late   []*made                     // of made: since the decode began, not yet given to the engine
	covers func(resize.Transform) bool // once the decode began: what it is enough for
	until  time.Time                   // who comes later might not be made in time

	fits   func(resize.Transform) bool // once it has its memory: what else that is enough for; nil is all
	serves func(resize.Transform) bool // made from a mezzanine: what that is enough for; nil is all

	began  time.Time
	leg    atomic.Value // of type string: where its journey is
	memory atomic.Int64 // bytes that it has, or waits for, at the gate
}

// made is what becomes of one transform.
type made struct {
	t    resize.Transform
	name string        // that it is kept under, if that is not the transform's
	done chan struct{} // closed when v and err are set
	v    *cache.Variant
	err  error

	joined bool // a sibling that somebody waits for
	isLate bool // asked for after the decode began
}

func (m *made) isDone() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

func (m *made) end(v *cache.Variant, err error) {
	m.v, m.err = v, err
	close(m.done)
}

// newBatch returns a batch that nobody can join.
func newBatch(original string, ts []resize.Transform) *batch {
	one := &batch{original: original, began: time.Now()}
	for _, t := range ts {
		one.made = append(one.made, &made{t: t, done: make(chan struct{})})
	}
	return one
}

// batches are the batches of a server.
type batches struct {
	mu      sync.Mutex
	open    map[string]*batch   // that can still be joined, by original
	running map[*batch]struct{} // all that are under way
}

// start notes that a batch is under way, until end is called.
func (bs *batches) start(one *batch) (end func()) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.running == nil {
		bs.running = make(map[*batch]struct{})
	}
	bs.running[one] = struct{}{}
	return func() {
		bs.mu.Lock()
		defer bs.mu.Unlock()
		delete(bs.running, one)
	}
}

// errNotMade says that an engine broke its word.
var errNotMade = errors.New("the engine made less than it was asked for")

// admits tells whether a batch can make t too. What takes long is not made while others wait for the processor.
func (one *batch) admits(t resize.Transform) bool {
	switch {
	case one.fits != nil && !one.fits(t), one.serves != nil && !one.serves(t):
		return false
	case one.covers != nil:
		return one.covers(t) && t.Format != resize.AVIF && time.Now().Before(one.until)
	}
	return true
}

// join adds t to the original's open batch, or opens one, which is then for the caller to run.
func (bs *batches) join(original string, t resize.Transform) (one *batch, mine *made, opened bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	one = bs.open[original]
	if one != nil && one.covers != nil {
		if i := slices.IndexFunc(one.made, func(m *made) bool { return m.t == t && m.name == "" }); i >= 0 {
			one.made[i].joined = true // a sibling
			return one, one.made[i], false
		}
	}
	if one == nil || !one.admits(t) {
		one, opened = &batch{original: original, began: time.Now()}, true
		if bs.open == nil {
			bs.open = make(map[string]*batch)
		}
		bs.open[original] = one
	}
	mine = &made{t: t, done: make(chan struct{})}
	one.made = append(one.made, mine)
	if one.covers != nil {
		mine.isLate = true
		one.late = append(one.late, mine)
	}
	if len(one.made) >= batchTransforms {
		delete(bs.open, original)
	}
	return one, mine, opened
}

// bound returns the memory that a batch needs so far, and may need for more; from now on only those may join for
// whom it is enough.
func (bs *batches) bound(one *batch, need need, more ...resize.Transform) int64 {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	memory := need(slices.Concat(transformsOf(one.made), more)...)
	one.memory.Store(memory)
	one.fits = func(t resize.Transform) bool { return need(t) <= memory }
	return memory
}

// begin says that the decode begins: from now on only those may join for whom it is enough, and before half of the
// time is over. It returns what was asked so far.
func (bs *batches) begin(one *batch, from *input, until time.Time) []*made {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	one.covers, one.until = from.covers(transformsOf(one.made)), until
	return slices.Clone(one.made)
}

// besides adds what nobody asked for, and returns it but for what somebody has asked for meanwhile.
func (bs *batches) besides(one *batch, from *input, more []*made) []*made {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	more = slices.DeleteFunc(more, func(m *made) bool { return asked(one.late, m.t) })
	one.made = append(one.made, more...)
	one.covers = from.covers(transformsOf(one.made))
	return more
}

// takeLate returns those who joined since the decode began, or since the last call.
func (bs *batches) takeLate(one *batch) []*made {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	late := one.late
	one.late = nil
	return late
}

// leave lets nobody else join, and takes those from the batch who joined after its decode began and got nothing of it.
func (bs *batches) leave(one *batch) (rest []*made) {
	bs.seal(one)
	bs.mu.Lock()
	defer bs.mu.Unlock()
	one.late = nil
	one.made = slices.DeleteFunc(one.made, func(m *made) bool {
		if (m.isLate || m.joined) && !m.isDone() {
			rest = append(rest, m)
			return true
		}
		return false
	})
	return rest
}

// close lets nobody else join what is being made of an original, which may have changed.
func (bs *batches) close(original string) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	delete(bs.open, original)
}

// seal lets nobody else join, and returns what is asked of the batch.
func (bs *batches) seal(one *batch) []*made {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.open[one.original] == one {
		delete(bs.open, one.original)
	}
	return one.made
}

func transformsOf(all []*made) []resize.Transform {
	ts := make([]resize.Transform, len(all))
	for i, m := range all {
		ts[i] = m.t
	}
	return ts
}

// make makes a variant, from one decode with others of the same original that are asked for at the same time.
func (s *Server) make(ctx context.Context, k cache.Key, t resize.Transform, legs *legs) (*cache.Variant, error) {
	one, mine, opened := s.batches.join(k.Original, t)
	if opened {
		s.work.Go(func() { s.run(context.WithoutCancel(ctx), one, s.config.FillTimeout, legs) })
	} else {
		defer s.end(legs, "joined", time.Now())
	}
	select {
	case <-mine.done:
		return mine.v, mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
