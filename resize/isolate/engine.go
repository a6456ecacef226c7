package isolate

import (
	"context"

	"github.com/imgorigin/imgorigin/resize"
)

// An Engine decodes and encodes in the workers of a pool. It is safe for concurrent use. A worker does one job at a time;
// further jobs wait for a worker.
type Engine struct {
	*resize.Portable // for its name and formats; it decodes nothing

	pool   *Pool
	config resize.EngineConfig
}

var _ resize.Engine = (*Engine)(nil)

// Engine returns an engine that uses the pool. The codecs in c must be those that the workers have.
func (p *Pool) Engine(c resize.EngineConfig) *Engine {
	e := &Engine{Portable: resize.NewEngine(c), pool: p, config: c}
	e.config.Codecs = nil
	e.config.Limits = e.config.Limits.WithDefaults()
	return e
}

// Resize implements [resize.Engine].
func (e *Engine) Resize(ctx context.Context, src []byte, ts ...resize.Transform) ([][]byte, error) {
	return resize.Gather(ctx, e, src, ts)
}

// Each implements [resize.Engine]. If the image crashes its worker, or is not decoded by the deadline, the error matches
// [resize.ErrCorrupt]; if a variant is not made by the deadline, [context.DeadlineExceeded]. Variants that were finished
// before are yielded. All functions of the job are called on the goroutine that calls Each. The worker uses the processor
// that Spare lends; done is called when the worker reports that it is finished with it, or when the job ends.
func (e *Engine) Each(ctx context.Context, src []byte, job resize.Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := resize.ProbeBytes(src)
	if err == nil {
		err = h.Check(e.config.Limits)
	}
	if err != nil {
		// The local engine returns the same error that a worker would, and does so before it decodes.
		return e.Portable.Each(ctx, src, job)
	}
	return e.pool.run(ctx, message{
		Engine: settingsOf(e.config), Transforms: job.Transforms, Marks: job.Marks, Size: int64(len(src)),
		Memory: h.Memory(int64(len(src)), e.config, job.Transforms...),
		Stage:  job.Stage != nil, More: job.More != nil, Spare: job.Spare != nil,
	}, src, job)
}
