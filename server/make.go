package server

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/imgorigin/imgorigin/resize"
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
	if s.gate.IsBehind() { // a look at the original would be for nothing
		s.gate.refusals.Add(1)
		return errBusy
	}
	one.leg.Store("original")
	began := time.Now()
	o, err := s.config.Originals.Open(ctx, one.original)
	if err != nil {
		return upstream(err)
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
	if err := s.processors.Acquire(ctx, 1); err != nil {
		return errBusy
	}
	defer s.processors.Release(1)
	s.end(legs, "cpu", began)
	one.leg.Store("resize")
	began = time.Now()
	defer func() { s.gate.Worked(time.Since(began)) }()
	return s.resize(ctx, one, from, body, legs)
}
