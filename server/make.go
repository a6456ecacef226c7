package server

import (
	"bytes"
	"context"
	"io"
	"time"
)

// makeAll is the journey of a batch: open the original, probe its header, enter the gate by what the probe
// says, read the body, resize.
func (s *Server) makeAll(ctx context.Context, one *batch, legs *legs) error {
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
	var head bytes.Buffer
	need, width, err := s.probe(io.TeeReader(o.Body, &head), o.Size)
	one.width = width
	s.end(legs, "original", began)
	if err != nil {
		return err
	}

	began = time.Now()
	waiting, cancel := context.WithTimeout(ctx, s.config.QueueTimeout)
	leave, err := s.gate.Enter(waiting, s.batches.bound(one, need, s.siblings.transforms()...))
	cancel()
	s.end(legs, "gate", began)
	if err != nil {
		return err
	}
	defer leave()

	began = time.Now()
	body, err := s.read(ctx, one.original, o, head.Bytes())
	s.end(legs, "read", began)
	if err != nil {
		return err
	}

	// As many at once as there are processors: more would only take longer each.
	began = time.Now()
	if err := s.processors.Acquire(ctx, 1); err != nil {
		return errBusy
	}
	defer s.processors.Release(1)
	s.end(legs, "cpu", began)
	return s.resize(ctx, one, body, o.ETag, legs)
}
