package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// batchTransforms bounds what one decode is made to yield: those who asked first wait for the last.
const batchTransforms = 64

// A batch is one read and one decode of an original, for all transforms that were asked of it before the decode
// began. Who opens a batch leads it; the others wait.
type batch struct {
	ts   []resize.Transform
	done chan struct{} // closed when made and err are set
	made []made
	err  error // of all of them

	fits func(resize.Transform) bool // once it has its memory: what else that is enough for; nil is all
}

// made is what became of one transform.
type made struct {
	v   *cache.Variant
	err error
}

// batches are the batches that can still be joined, by original.
type batches struct {
	mu   sync.Mutex
	open map[string]*batch
}

// join adds t to the original's open batch, or opens one, which the caller leads then. The variant will be
// one.made[at].
func (bs *batches) join(original string, t resize.Transform) (one *batch, at int, leads bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	one = bs.open[original]
	if one == nil || one.fits != nil && !one.fits(t) {
		one, leads = &batch{done: make(chan struct{})}, true
		if bs.open == nil {
			bs.open = make(map[string]*batch)
		}
		bs.open[original] = one
	}
	one.ts = append(one.ts, t)
	if len(one.ts) == batchTransforms {
		delete(bs.open, original)
	}
	return one, len(one.ts) - 1, leads
}

// bound returns the memory that a batch needs so far; from now on only those may join for whom it is enough.
func (bs *batches) bound(one *batch, need need) int64 {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	memory := need(one.ts...)
	one.fits = func(t resize.Transform) bool { return need(t) <= memory }
	return memory
}

// seal lets nobody else join, and returns what is asked of the batch.
func (bs *batches) seal(original string, one *batch) []resize.Transform {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.open[original] == one {
		delete(bs.open, original)
	}
	return one.ts
}

// make makes a variant, from one decode with others of the same original that are asked for at the same time.
func (s *Server) make(ctx context.Context, k cache.Key, t resize.Transform, legs *legs) (*cache.Variant, error) {
	one, at, leads := s.batches.join(k.Original, t)
	if leads {
		s.lead(ctx, k.Original, one, legs)
	}
	select {
	case <-one.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if one.err != nil {
		return nil, one.err
	}
	return one.made[at].v, one.made[at].err
}

// lead does the work of a batch. Whatever becomes of it, nobody waits for ever.
func (s *Server) lead(ctx context.Context, original string, one *batch, legs *legs) {
	one.err = errPanic // unless it returns
	defer func() {
		s.batches.seal(original, one)
		close(one.done)
	}()
	one.made, one.err = s.makeAll(ctx, original, one, legs)
}

// makeAll is the journey of a batch: open the original, probe its header, enter the gate by what the probe
// says, read the body, resize.
func (s *Server) makeAll(ctx context.Context, original string, one *batch, legs *legs) ([]made, error) {
	began := time.Now()
	o, err := s.config.Originals.Open(ctx, original)
	if err != nil {
		return nil, upstream(err)
	}
	defer o.Body.Close()
	s.fresh.saw(original, sighting{o.ETag, began})
	if o.Size > s.config.MaxBytes {
		return nil, errTooLong
	}
	var head bytes.Buffer
	need, err := s.probe(io.TeeReader(o.Body, &head), o.Size)
	s.end(legs, "original", began)
	if err != nil {
		return nil, err
	}

	began = time.Now()
	waiting, cancel := context.WithTimeout(ctx, s.config.QueueTimeout)
	leave, err := s.gate.Enter(waiting, s.batches.bound(one, need))
	cancel()
	s.end(legs, "gate", began)
	if err != nil {
		return nil, err
	}
	defer leave()

	began = time.Now()
	body, err := s.read(ctx, original, o, head.Bytes())
	s.end(legs, "read", began)
	if err != nil {
		return nil, err
	}

	// As many at once as there are processors: more would only take longer each.
	began = time.Now()
	if err := s.processors.Acquire(ctx, 1); err != nil {
		return nil, errBusy
	}
	defer s.processors.Release(1)
	s.end(legs, "cpu", began)
	return s.resize(ctx, body, o.ETag, s.batches.seal(original, one), legs)
}

// resize runs the engine once for all transforms, unless one of them asks for a rectangle that misses the
// picture: that is no reason to refuse the others.
func (s *Server) resize(ctx context.Context, body []byte, etag string, ts []resize.Transform, legs *legs) ([]made, error) {
	defer s.end(legs, "resize", time.Now())
	s.metrics.decodes.Inc()
	s.metrics.bytesIn.Add(float64(len(body)))
	all := make([]made, len(ts))
	out, err := s.config.Engine.Resize(ctx, body, ts...)
	switch {
	case errors.Is(err, resize.ErrRect) && len(ts) > 1:
		for i, t := range ts {
			each, err := s.resize(ctx, body, etag, []resize.Transform{t}, legs)
			if all[i].err = err; err == nil {
				all[i] = each[0]
			}
		}
	case err != nil:
		return nil, err
	}
	for i, b := range out {
		all[i].v = newVariant(b, etag)
	}
	return all, nil
}

func newVariant(body []byte, originalETag string) *cache.Variant {
	return &cache.Variant{
		Body:         body,
		MediaType:    resize.Detect(body).MediaType(),
		ETag:         cache.ETag(body),
		OriginalETag: originalETag,
		Modified:     time.Now(),
	}
}
