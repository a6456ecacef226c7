package render

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/originals"
)

// run takes a batch through its life. Whatever becomes of it, every job is finished or in another batch at the end.
func (r *Renderer) run(ctx context.Context, b *batch, timeout time.Duration, observe Observer) {
	defer r.batches.start(b)()
	err := r.makeAll(ctx, b, timeout, observe)

	joined, unfinished := r.batches.seal(b)
	if err == nil || !isOfOriginal(err) {
		r.retry(ctx, b.original, joined, observe)
	} else {
		unfinished = append(unfinished, joined...)
	}
	if err == nil {
		err = errNotMade
	}
	for _, job := range unfinished {
		job.finish(Variant{}, err)
	}
	r.deliver(ctx, b)
}

// deliver hands what no request has asked for to the cache. A panic in there costs those variants, not the process.
func (r *Renderer) deliver(ctx context.Context, b *batch) {
	variants := r.batches.unclaimed(b)
	if len(variants) == 0 {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			r.config.Log.ErrorContext(ctx, "prefetched variants not kept", "original", b.original, "err", panicError(p))
		}
	}()
	b.leg.Store("put")
	r.config.Cache.Put(context.WithoutCancel(ctx), b.original, variants)
}

// isOfOriginal reports whether an error that ended a batch would end another batch of the same original too: it is of
// the image, of the bucket, of the system, or of the load. A decode that was lost, by a panic or with the process that ran it, says
// nothing of the requests that only joined it.
func isOfOriginal(err error) bool {
	return isOfImage(err) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, originals.ErrUnreachable) ||
		errors.Is(err, admission.ErrBusy) || errors.Is(err, resize.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// retry makes the jobs of requests that joined a decode and got nothing of it: the engine ended before it asked for
// more, or the decode was lost.
func (r *Renderer) retry(ctx context.Context, original string, jobs []*job, observe Observer) {
	if len(jobs) == 0 {
		return
	}
	b := r.batches.retry(original, jobs)
	r.work.Go(func() { r.run(context.WithoutCancel(ctx), b, r.config.Timeout, observe) })
}

// makeAll is the journey of a batch: fetch, admit, compute. To be at a processor it has timeout, and then timeout again
// to compute: however long it waited, an image that could be made in the time is made.
func (r *Renderer) makeAll(ctx context.Context, b *batch, timeout time.Duration, observe Observer) (err error) {
	var etag string // of the original, once it was read
	defer func() {
		if p := recover(); p != nil {
			err = &WorkError{etag, panicError(p)}
		}
	}()
	beforeWork, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	src, plan, err := r.fetch(beforeWork, b, observe)
	if err != nil {
		return err
	}
	var body []byte
	var leave func()
	body, etag, leave, err = r.admit(beforeWork, b, src, observe)
	if err != nil {
		return err
	}
	defer leave()
	defer src.release(body)
	release, err := r.awaitProcessor(beforeWork, b, observe)
	if err != nil {
		return err
	}
	defer release()
	work, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return r.compute(work, b, src, body, etag, plan, observe)
}

// fetch finds out what to make a batch from, and what else to make of it. It asks buckets, and holds nothing.
func (r *Renderer) fetch(ctx context.Context, b *batch, observe Observer) (src *source, plan *prefetchPlan, err error) {
	if err := r.mayEnter(b); err != nil { // before a look at the original, which would be in vain
		return nil, nil, err
	}
	b.leg.Store("original")
	began := time.Now()
	src, err = r.open(ctx, b.original, r.engineOf(b))
	if err == nil || isOfImage(err) {
		observe("original", began)
	}
	if err != nil {
		return nil, nil, err
	}
	r.readMarks(ctx, b)
	if b.isAside {
		return src, nil, nil
	}
	if mezzanine := r.mezzanine(ctx, b, src); mezzanine != nil {
		return mezzanine, nil, nil
	}
	return src, r.planPrefetch(ctx, b, src), nil
}

// admit waits at the gate for the memory of a batch and reads the body of its source. The caller leaves the gate.
func (r *Renderer) admit(ctx context.Context, b *batch, src *source, observe Observer) (body []byte, etag string, leave func(), err error) {
	b.leg.Store("gate")
	began := time.Now()
	leaveGate, err := r.enter(ctx, b, src)
	observe("gate", began)
	if err != nil {
		src.close()
		return nil, "", nil, err
	}
	r.batches.enter(b, r.config.Gate.Extend)
	leave = func() {
		r.batches.leave(b)
		leaveGate()
	}
	b.leg.Store("read")
	began = time.Now()
	body, etag, err = src.read(ctx)
	observe("read", began)
	if err != nil {
		leave()
		if isOfImage(err) {
			err = &WorkError{etag, err}
		}
		return nil, "", nil, err
	}
	return body, etag, leave, nil
}

// mayEnter returns an error if the gate would not admit a batch.
func (r *Renderer) mayEnter(b *batch) error {
	if !b.isAside {
		return r.config.Gate.Check()
	}
	if !r.config.Gate.HasRoomAside() {
		return admission.ErrBusy
	}
	return nil
}

// enter enters the gate with the memory of a batch.
func (r *Renderer) enter(ctx context.Context, b *batch, src *source) (leave func(), err error) {
	if b.isAside {
		return r.config.Gate.EnterAside(r.batches.admit(b, src.need, nil))
	}
	ctx, cancel := context.WithTimeout(ctx, r.config.QueueTimeout)
	defer cancel()
	prefetch := r.mostPrefetch(src, r.batches.transforms(b)[0].Format)
	return r.config.Gate.Enter(ctx, r.batches.admit(b, src.need, prefetch))
}

func (r *Renderer) awaitProcessor(ctx context.Context, b *batch, observe Observer) (release func(), err error) {
	if b.isAside {
		return func() {}, nil
	}
	b.leg.Store("cpu")
	began := time.Now()
	release, err = r.config.Gate.Processor(ctx)
	if err == nil {
		observe("cpu", began)
	}
	return release, err
}

// compute runs the engine: requests are answered in the order in which they came, before what is prefetched.
func (r *Renderer) compute(
	ctx context.Context, b *batch, src *source, body []byte, etag string, plan *prefetchPlan, observe Observer,
) error {
	b.leg.Store("resize")
	var prefetch []*job
	if plan != nil && r.prefetch.begin(r.config.Gate, plan.key) {
		prefetch = plan.jobs
	}
	jobs := r.batches.beginDecode(b, prefetch, src, halfway(ctx))
	slices.SortStableFunc(jobs, slowFormatsLast)
	r.metrics.decodes.Inc()
	r.metrics.bytesRead.Add(float64(len(body)))
	d := decode{renderer: r, batch: b, jobs: jobs, etag: etag, isStill: r.losesFrames(body), began: time.Now(), observe: observe}
	return d.endError(r.engineOf(b).Each(ctx, body, d.job()))
}

// losesFrames reports whether variants of a whole file show only the first frame of an animation. The header that the batch began
// with has only the frames of the file's beginning.
func (r *Renderer) losesFrames(body []byte) bool {
	h, err := resize.ProbeBytes(body)
	return err == nil && h.LosesFrames(r.config.Limits)
}

// engineOf returns the engine that makes the variants of a batch.
func (r *Renderer) engineOf(b *batch) resize.Engine { return cmp.Or(b.engine, r.config.Engine) }

// slowFormatsLast orders jobs so that no request waits for an AVIF but those that want it.
func slowFormatsLast(a, b *job) int {
	rank := func(j *job) int {
		if j.transform.Format == resize.AVIF {
			return 1
		}
		return 0
	}
	return rank(a) - rank(b)
}

// halfway returns the time at which half of what ctx has left is over.
func halfway(ctx context.Context) time.Time {
	end, ok := ctx.Deadline()
	if !ok {
		return time.Now().Add(time.Hour)
	}
	return time.Now().Add(time.Until(end) / 2)
}
