package server

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An input is what a batch is made from: the original, whose body is still to be read, or its mezzanine.
type input struct {
	header resize.Header // zero if it is longer than was looked at
	need   need
	etag   string // of the original
	read   func() ([]byte, error)

	release func([]byte) // of what was read; nil where others have it too

	isMezzanine bool
}

// covers tells of which other transforms the decode for some is enough, and the memory that it takes.
func (from *input) covers(ts []resize.Transform) func(resize.Transform) bool {
	memory := from.need(ts...)
	return func(t resize.Transform) bool { return from.need(t) <= memory && from.header.Covers(ts, t) }
}

// makeAll is the journey of a batch: open the original, probe its header, enter the gate by what the probe
// says, read the body, resize.
func (s *Server) makeAll(ctx context.Context, one *batch, legs *legs) error {
	if err := s.gate.Check(); err != nil { // before a look at the original, which would be for nothing
		return err
	}
	one.leg.Store("original")
	began := time.Now()
	o, err := s.originals.Open(ctx, one.original)
	if err != nil {
		return originals.Unreachable(err)
	}
	defer o.Body.Close()
	s.fresh.saw(one.original, sighting{o.ETag, began})
	if o.Size > s.config.MaxBytes {
		return errTooLong
	}
	if s.config.Quarantine != nil {
		if err := s.config.Quarantine.Fault(ctx, one.original, o.ETag); err != nil {
			return err
		}
	}
	var head bytes.Buffer
	from := input{etag: o.ETag}
	from.header, from.need, err = s.probe(io.TeeReader(o.Body, &head), o.Size)
	s.end(legs, "original", began)
	if err != nil {
		return err
	}
	from.read = func() ([]byte, error) {
		body, err := s.read(ctx, one.original, o, head.Bytes())
		from.etag = o.ETag
		return body, err
	}
	from.release = releaseBody
	if s.wantsMezzanine(from.header) {
		s.mezzanine(ctx, one, &from)
	}
	return s.makeFrom(ctx, one, &from, legs)
}

// makeFrom is the journey's second half, from the gate on.
func (s *Server) makeFrom(ctx context.Context, one *batch, from *input, legs *legs) error {
	one.leg.Store("gate")
	began := time.Now()
	waiting, cancel := context.WithTimeout(ctx, s.config.QueueTimeout)
	leave, err := s.gate.Enter(waiting, s.batches.bound(one, from.need, s.besides(from)...))
	cancel()
	s.end(legs, "gate", began)
	if err != nil {
		return err
	}
	defer leave()

	one.leg.Store("read")
	began = time.Now()
	body, err := from.read()
	s.end(legs, "read", began)
	if err != nil {
		return err
	}

	if from.release != nil {
		defer from.release(body)
	}

	// As many at once as there are processors: more would only take longer each.
	one.leg.Store("cpu")
	began = time.Now()
	release, err := s.gate.Processor(ctx)
	if err != nil {
		return err
	}
	defer release()
	s.end(legs, "cpu", began)
	one.leg.Store("resize")
	return s.resize(ctx, one, from, body, legs)
}

// run does the work of a batch. Whatever becomes of it, nobody waits for ever.
func (s *Server) run(ctx context.Context, one *batch, timeout time.Duration, legs *legs) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer s.batches.start(one)()
	err := errPanic // unless it returns
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack())
		}
		if err == nil || faultOf(err).status == unknown.status { // which says nothing of who only joined
			s.again(ctx, s.batches.leave(one), one)
		}
		for _, m := range s.batches.seal(one) {
			if !m.isDone() {
				m.end(nil, cmp.Or(err, errNotMade))
			}
		}
	}()
	err = s.makeAll(ctx, one, legs)
}

// resize runs the engine: those who asked first are answered first, then those who came while it ran, and what nobody
// asked for is made last.
func (s *Server) resize(ctx context.Context, one *batch, from *input, body []byte, legs *legs) error {
	all := s.batches.begin(one, from, halfway(ctx))
	began := time.Now()
	s.metrics.decodes.Inc()
	s.metrics.bytesIn.Add(float64(len(body)))
	more := s.batches.besides(one, from, s.more(ctx, one, from, all))
	all = slices.Concat(all, more)
	slices.SortStableFunc(all, slowLast)
	defer s.keepSiblings(ctx, one.original, more)
	engine := one.engine
	if engine == nil {
		engine = s.config.Engine
	}
	told, first := make(map[resize.Stage]bool), true // of what was asked first: others take longer, and nobody waits for them
	return engine.Each(ctx, body, resize.Job{
		Transforms: transformsOf(all),
		Stage: func(stage resize.Stage, began time.Time) {
			if first && !told[stage] {
				told[stage] = true
				s.end(legs, string(stage), began)
			}
		},
		More: func() []resize.Transform {
			late := s.batches.takeLate(one)
			all = append(all, late...)
			s.metrics.joined.Add(float64(len(late)))
			return transformsOf(late)
		},
		Spare: s.gate.Spare,
		Yield: func(i int, variant []byte, err error) {
			if first && len(told) == 0 {
				s.end(legs, "resize", began) // an engine that does not tell more
			}
			first = false
			if err != nil {
				all[i].end(nil, err)
				return
			}
			all[i].end(newVariant(variant, all[i].t.Format, from.etag), nil)
		},
	})
}

// again makes what joined a decode and got nothing of it: the engine did not ask any more, or the decode was lost.
func (s *Server) again(ctx context.Context, rest []*made, one *batch) {
	if len(rest) == 0 {
		return
	}
	for _, m := range rest {
		m.isLate, m.joined = false, false // once
	}
	next := &batch{original: one.original, made: rest, began: time.Now()}
	s.work.Go(func() { s.run(context.WithoutCancel(ctx), next, s.config.FillTimeout, newLegs(ctx)) })
}

// halfway returns when half of the time that ctx has left is over.
func halfway(ctx context.Context) time.Time {
	now := time.Now()
	end, ok := ctx.Deadline()
	if !ok {
		return now.Add(time.Hour)
	}
	return now.Add(end.Sub(now) / 2)
}

func newVariant(body []byte, f resize.Format, originalETag string) *cache.Variant {
	if f.IsPicture() {
		f = resize.Detect(body) // what auto came to
	}
	return &cache.Variant{
		Body:         body,
		MediaType:    f.MediaType(),
		ETag:         cache.ETag(body),
		OriginalETag: originalETag,
		Modified:     time.Now(),
	}
}
