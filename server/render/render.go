// Package render makes variants of originals: one read and one decode for all transforms that are asked for at the
// same time.
//
//	Render(cat.jpg, w=480)   Render(cat.jpg, w=320)   Render(cat.jpg, w=640)
//	        │ opens a batch          │ joins it               │ joins its decode, if that covers it
//	        ▼                        ▼                        ▼
//	┌──────────────────────────────── batch ────────────────────────────────┐
//	│ fetch     open the original, probe its header; read marks; look for   │
//	│           what is kept                                                │
//	│ admit     wait at the gate for the memory that the probe predicts     │
//	│           read the body                                               │
//	│ compute   wait for a processor; decode, resize, encode                │
//	│ deliver   hand over what was prefetched                               │
//	└───────────────────────────────────────────────────────────────────────┘
//
// A batch goes through phases that say what may join it:
//
//	open      anything: nothing is known of the original yet
//	admitted  what fits into the memory that the batch has at the gate, or that the gate can add at once
//	decoding  the same, if the decode covers it, except slow formats, in the first half of the batch's time
//	sealed    nothing
//
// Only computing holds a processor, and nothing but the read of the body happens between the gate and the processor:
// no bucket is asked while others could compute.
//
// [Renderer.RenderAll] runs a batch of its own that nothing joins, with another engine, and beside the others if nobody waits
// for it.
//
// The package knows originals, the gate and the engine. It knows nothing of memory, stores or HTTP: what it makes in
// advance goes to a [Cache].
package render

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/originals"
)

// A Config says what a Renderer works with. All fields are needed, except those that name a default.
type Config struct {
	Originals *originals.Guarded
	Engine    resize.Engine
	Gate      *admission.Gate

	// Limits bound an original's pixels, MaxBytes its bytes.
	Limits   resize.Limits
	MaxBytes int64

	// QueueTimeout bounds the wait at the gate, Timeout the time until a batch begins to compute, and then the time
	// that it computes.
	QueueTimeout time.Duration
	Timeout      time.Duration

	// Quarantine, if not nil, is asked about an original before it is decoded.
	Quarantine KnownErrors

	// Saw is called with the ETag of an original that was opened, and the time just before. The default does nothing.
	Saw func(original, etag string, at time.Time)

	// Cache receives what is made in advance. Nil makes nothing in advance.
	Cache Cache

	// PrefetchWidths are the widths that are made along with the first variant of an original.
	PrefetchWidths []int

	// Log receives panics of the cache.
	Log *slog.Logger

	// MezzanineSide is the longer side of the mezzanines of slow originals, in pixels; 0 makes none.
	MezzanineSide int
}

// KnownErrors remembers originals that will never decode.
type KnownErrors interface {
	// DecodeError returns the error that decoding the original, with this ETag, ended with, or nil if there is none.
	DecodeError(ctx context.Context, original, etag string) error
}

// A Cache keeps what is made in advance.
type Cache interface {
	// Missing returns those of ts that are not kept of an original.
	Missing(ctx context.Context, original string, ts []resize.Transform) []resize.Transform

	// Mezzanine returns the mezzanine of an original with this ETag, or nil if there is none, or no memory for it. The
	// caller calls release when it no longer needs the body; it is not nil if body is not.
	Mezzanine(ctx context.Context, original, etag string) (body []byte, release func())

	// Put keeps variants, all of the same original and ETag.
	Put(ctx context.Context, original string, variants []Variant)
}

// A Variant is a finished image.
type Variant struct {
	Transform    resize.Transform
	Name         string // the normal form of Transform, or [MezzanineName]
	Body         []byte
	Format       resize.Format // of Body: what [resize.Auto] became
	OriginalETag string

	// IsStill reports that the image is the first frame of an animation, see [resize.Header.LosesFrames].
	IsStill bool
}

// An Observer receives the name of a leg of a batch's journey when it ends, with the time at which it began: original,
// gate, read, cpu, decode, resize and encode, or joined for a request that joined a batch. Its calls may come from
// several goroutines, and after Render has returned.
type Observer func(leg string, began time.Time)

// A Renderer makes variants. It is safe for concurrent use.
type Renderer struct {
	config   Config
	batches  batches
	work     sync.WaitGroup // of batches
	prefetch *prefetch
	marks    *marks
	metrics  *metrics
}

// New returns a renderer. Wait waits for the batches that it runs.
func New(c Config) *Renderer {
	if c.Saw == nil {
		c.Saw = func(string, string, time.Time) {}
	}
	return &Renderer{config: c, prefetch: newPrefetch(c.PrefetchWidths), marks: newMarks(c.Originals, c.Saw), metrics: newMetrics()}
}

// Render makes a variant, from one decode with others of the same original that are asked for at the same time. The
// work goes on when ctx ends, for the others and for the cache. The error matches [fs.ErrNotExist] when there is no
// such original, what the engine's errors match when it will never decode, [originals.ErrUnreachable],
// [admission.ErrBusy], or ctx's error. It is a [WorkError] if another attempt would likely end the same way.
func (r *Renderer) Render(ctx context.Context, original string, t resize.Transform, observe Observer) (Variant, error) {
	batch, job, isNew := r.batches.join(original, t)
	if isNew {
		r.work.Go(func() { r.run(context.WithoutCancel(ctx), batch, r.config.Timeout, observe) })
	} else {
		defer observe("joined", time.Now())
	}
	select {
	case <-job.done:
		return job.variant, job.err
	case <-ctx.Done():
		return Variant{}, ctx.Err()
	}
}

// An Outcome is a variant, or what is wrong with its transform.
type Outcome struct {
	Variant
	Err error
}

// Work is how [Renderer.RenderAll] works.
type Work struct {
	// Engine makes the variants. Nil is the renderer's.
	Engine resize.Engine

	// Timeout is that of [Config].
	Timeout time.Duration

	// Aside keeps the work from delaying that of others, see [admission.Gate.EnterAside]. If the gate does not admit it at
	// once, its error is [admission.ErrBusy]. It makes nothing in advance, and nothing from a mezzanine.
	Aside bool
}

// RenderAll makes several variants in a batch of their own, with an engine of their own, and returns when all are done,
// in the order of ts. Nothing joins the batch, so the engine may take its time.
func (r *Renderer) RenderAll(ctx context.Context, original string, ts []resize.Transform, w Work, observe Observer) []Outcome {
	batch := newBatch(original, ts...)
	batch.engine, batch.isAside = w.Engine, w.Aside
	r.run(ctx, batch, w.Timeout, observe)
	outcomes := make([]Outcome, len(ts))
	for i, job := range batch.jobs[:len(ts)] {
		outcomes[i] = Outcome{job.variant, job.err}
		outcomes[i].Transform = ts[i]
	}
	return outcomes
}

// Seal keeps further requests from joining the batches of an original, which may have changed since it was read.
func (r *Renderer) Seal(original string) { r.batches.sealOriginal(original) }

// Wait waits for the batches whose callers have left, until ctx ends.
func (r *Renderer) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { r.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A BatchState describes a batch that is under way.
type BatchState struct {
	Original   string
	Phase      string
	Leg        string // of its journey: original, gate, read, cpu, resize or put
	Began      time.Time
	Memory     int64 // bytes that it has, or waits for, at the gate; 0 before
	Transforms []resize.Transform
	Late       int                // of Transforms: joined the decode and were not given to the engine yet
	Prefetched []resize.Transform // of Transforms: no request has asked for them
}

// State returns the batches that are under way, in no order.
func (r *Renderer) State() []BatchState { return r.batches.state() }

func transformsOf(jobs []*job) []resize.Transform {
	ts := make([]resize.Transform, len(jobs))
	for i, job := range jobs {
		ts[i] = job.transform
	}
	return ts
}

func hasTransform(jobs []*job, t resize.Transform) bool {
	return slices.ContainsFunc(jobs, func(j *job) bool { return j.transform == t })
}
