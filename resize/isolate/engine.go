package isolate

import (
	"context"

	"github.com/imgorigin/imgorigin/resize"
)

// An Engine is an engine whose pictures are decoded and encoded by the workers of a pool. It is safe for concurrent
// use; as many pictures as there are workers are in the making, others wait.
type Engine struct {
	*resize.Portable // for what it says of itself; it never sees a picture

	pool   *Pool
	config resize.EngineConfig
}

var _ resize.Engine = (*Engine)(nil)

// Engine returns an engine of the pool. Codecs of the configuration say what the workers have.
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

// Each implements [resize.Engine]. Of a picture that crashed its worker, or outlasted the deadline, the error
// matches [resize.ErrCorrupt]; variants that were made before are yielded. All functions of the job are called on the
// goroutine that calls Each. A processor that Spare lends is one that the worker uses; it is given back when the worker
// says so, or ends.
func (e *Engine) Each(ctx context.Context, src []byte, job resize.Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := resize.ProbeBytes(src)
	if err == nil {
		err = h.Check(e.config.Limits)
	}
	if err != nil {
		// Nothing to start a worker for. The local engine has the words for it, and will look no further.
		return e.Portable.Each(ctx, src, job)
	}
	return e.pool.run(ctx, message{
		Engine: settingsOf(e.config), Transforms: job.Transforms, Size: int64(len(src)),
		Memory: h.Memory(int64(len(src)), e.config.Limits, job.Transforms...),
		Stage:  job.Stage != nil, More: job.More != nil, Spare: job.Spare != nil,
	}, src, job)
}
