package server

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/resize"
)

// siblings are the common sizes of an original, that are made from the decode of the first size that anybody asks
// for: most of the time of that is the decode, and who wants one size of a picture soon wants others.
type siblings struct {
	widths []int

	mu   sync.Mutex
	seen *lru.Cache[sibling, struct{}] // tried by this process
}

// A sibling names what is tried once.
type sibling struct {
	original, etag string
	format         resize.Format
}

func newSiblings(widths []int) *siblings {
	const originals = 1 << 14
	return &siblings{widths: widths, seen: lru.New[sibling, struct{}](originals, nil)}
}

// transforms returns the siblings in any format.
func (s *siblings) transforms() []resize.Transform {
	ts := make([]resize.Transform, len(s.widths))
	for i, width := range s.widths {
		ts[i].Width = width
	}
	return ts
}

// first tells whether nobody tried s before.
func (s *siblings) first(one sibling) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.Contains(one) {
		return false
	}
	s.seen.Add(one, struct{}{})
	return true
}

// besides returns the most that may be made of it beside what is asked for, to be counted at the gate.
func (s *Server) besides(from *input) []resize.Transform {
	if s.store == nil || from.isMezzanine {
		return nil
	}
	ts := s.siblings.transforms()
	if s.wantsMezzanine(from.header) {
		ts = append(ts, s.mezzanineOf())
	}
	return ts
}

// more returns what to make beside what is asked for: nothing if there is no store to keep it, no room, or it was
// done before. It is the widths that the original has, in the format of the first who asked, and a mezzanine.
func (s *Server) more(ctx context.Context, one *batch, from *input, all []*made) (more []*made) {
	if s.store == nil || from.isMezzanine || !s.gate.HasRoom() {
		return nil
	}
	format := all[0].t.Format
	if !format.IsPicture() || !s.siblings.first(sibling{one.original, from.etag, format}) {
		return nil
	}
	width, _ := from.header.Displayed()
	for _, t := range s.siblings.transforms() {
		t.Format = format
		t = t.Normal()
		if t.Width <= width && one.fits(t) && !asked(all, t) && !s.holds(ctx, one.original, t) {
			more = append(more, &made{t: t, done: make(chan struct{})})
		}
	}
	if s.wantsMezzanine(from.header) {
		more = append(more, &made{t: s.mezzanineOf(), name: mezzanineName, done: make(chan struct{})})
	}
	return more
}

func asked(all []*made, t resize.Transform) bool {
	for _, m := range all {
		if m.t == t {
			return true
		}
	}
	return false
}

// holds tells whether a variant is kept already, by another process perhaps.
func (s *Server) holds(ctx context.Context, original string, t resize.Transform) bool {
	k := cache.Key{Original: original, Transform: t.String()}
	if _, ok := s.memory.Get(k); ok {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	_, err := s.store.Get(ctx, k)
	return err == nil
}

// alone returns those that nobody waits for, and who would keep them.
func (bs *batches) alone(more []*made) []*made {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(more), func(m *made) bool { return m.joined })
}

// keepSiblings keeps what nobody waited for, unless the original changed meanwhile.
func (s *Server) keepSiblings(ctx context.Context, original string, more []*made) {
	more = s.batches.alone(more)
	var last *cache.Variant
	for _, m := range more {
		if m.isDone() && m.err == nil { // else the engine gave up before it, or on it
			last = m.v
			s.put(ctx, cache.Key{Original: original, Transform: cmp.Or(m.name, m.t.String())}, m.v, newLegs(ctx))
			s.metrics.fills.WithLabelValues("sibling").Inc()
		}
	}
	if last != nil && !s.stillCurrent(ctx, cache.Key{Original: original}, last) {
		s.forget(ctx, original)
	}
}
