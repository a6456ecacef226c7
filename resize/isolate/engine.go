package isolate

import (
	"context"
	"fmt"

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
// matches [resize.ErrCorrupt]; variants that were made before are yielded.
func (e *Engine) Each(ctx context.Context, src []byte, ts []resize.Transform, yield func(int, []byte, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := resize.ProbeBytes(src)
	if err == nil {
		err = h.Check(e.config.Limits)
	}
	if err != nil {
		// Nothing to start a worker for. The local engine has the words for it, and will look no further.
		return e.Portable.Each(ctx, src, ts, yield)
	}
	return e.pool.run(ctx, job{
		Engine: settingsOf(e.config), Transforms: ts, Size: int64(len(src)), Memory: h.Memory(int64(len(src)), e.config.Limits, ts...),
		Stages: resize.StagesOf(ctx) != nil, More: resize.AsksMore(ctx),
	}, src, yield)
}

// checked tells whether a variant is what was asked for: of a worker that was taken over anything may come.
func checked(variant []byte, t resize.Transform) error {
	want := t.Normal().Format
	if !want.IsPicture() {
		return nil
	}
	got := resize.Detect(variant)
	if isRaster := got == resize.JPEG || got == resize.PNG || got == resize.GIF; got != want && !(want == resize.Auto && isRaster) {
		return fmt.Errorf("%w: a variant that is no %s", errFrame, want)
	}
	return nil
}
