package render

import (
	"context"
	"errors"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A decode is a run of the engine for a batch. The engine calls its functions one at a time.
type decode struct {
	renderer *Renderer
	batch    *batch
	jobs     []*job // numbered as the engine numbers them
	etag     string // of the original that is decoded
	isStill  bool   // see [Variant]
	began    time.Time
	observe  Observer

	stages   map[resize.Stage]bool // observed for the first variant
	hasFirst bool                  // the first variant is finished
}

// job returns what the engine is asked for.
func (d *decode) job() resize.Job {
	d.stages = make(map[resize.Stage]bool)
	job := resize.Job{Transforms: transformsOf(d.jobs), Marks: d.batch.marks, Stage: d.stage, More: d.more, Yield: d.yield}
	if !d.batch.isAside {
		job.Spare = d.renderer.config.Gate.Spare
	}
	return job
}

// endError returns the error of the jobs that are not done when the engine has ended with err. Where the time was up
// after some variants, those that are left may be made in a batch of their own: then it is not their error.
func (d *decode) endError(err error) error {
	isOutOfTime := errors.Is(err, context.DeadlineExceeded) && d.hasFirst
	if err == nil || isOutOfTime || errors.Is(err, context.Canceled) {
		return err
	}
	return d.workError(err)
}

// workError returns the error of work that the engine could not do. It is not a [WorkError] if the system was short of
// something that the engine needs, since the next attempt may find it.
func (d *decode) workError(err error) error {
	if errors.Is(err, resize.ErrUnavailable) {
		return err
	}
	return &WorkError{d.etag, err}
}

// stage observes the stages of the first variant only: its request waits for no other.
func (d *decode) stage(stage resize.Stage, began time.Time) {
	if !d.hasFirst && !d.stages[stage] {
		d.stages[stage] = true
		d.observe(string(stage), began)
	}
}

// more hands the engine the jobs of requests that joined meanwhile.
func (d *decode) more() []resize.Transform {
	late := d.renderer.batches.takeLate(d.batch)
	d.jobs = append(d.jobs, late...)
	d.renderer.metrics.joined.Add(float64(len(late)))
	return transformsOf(late)
}

// yield finishes a job.
func (d *decode) yield(i int, body []byte, err error) {
	if !d.hasFirst && len(d.stages) == 0 { // an engine that reports no stages
		d.observe("resize", d.began)
	}
	d.hasFirst = true
	job := d.jobs[i]
	if err != nil {
		job.finish(Variant{}, d.workError(err))
		return
	}
	format := job.transform.Format
	if format.IsImage() {
		format = resize.Detect(body)
	}
	job.finish(Variant{
		Transform: job.transform, Name: job.name, Body: body, Format: format, OriginalETag: d.etag, IsStill: d.isStill,
	}, nil)
}
