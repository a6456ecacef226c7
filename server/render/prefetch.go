package render

import (
	"context"
	"sync"

	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
)

// A prefetch makes common widths of an original from the decode of the first width that a request asks for: the decode
// is most of the work, and a client that shows one size of an image soon asks for others.
type prefetch struct {
	widths []int

	mu    sync.Mutex
	tried *lru.Cache[prefetchKey, struct{}] // by this process
}

// A prefetchKey names what is prefetched once.
type prefetchKey struct {
	original, etag string
	format         resize.Format
}

func newPrefetch(widths []int) *prefetch {
	const originals = 1 << 14
	return &prefetch{widths: widths, tried: lru.New[prefetchKey, struct{}](originals, nil)}
}

// transforms returns the prefetched widths in a format.
func (p *prefetch) transforms(f resize.Format) []resize.Transform {
	ts := make([]resize.Transform, len(p.widths))
	for i, width := range p.widths {
		ts[i] = resize.Transform{Width: width, Format: f}.Normal()
	}
	return ts
}

func (p *prefetch) wasTried(k prefetchKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tried.Contains(k)
}

// begin reports whether k may be prefetched now: it was not tried before and the gate has room. Then it counts as
// tried.
func (p *prefetch) begin(gate *admission.Gate, k prefetchKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tried.Contains(k) || !gate.HasRoom() {
		return false
	}
	p.tried.Add(k, struct{}{})
	return true
}

// mostPrefetch returns the most that may be prefetched from a source, along with a transform in some format, for the
// memory to ask the gate for.
func (r *Renderer) mostPrefetch(src *source, format resize.Format) []resize.Transform {
	if r.config.Cache == nil || src.isMezzanine {
		return nil
	}
	if !format.IsImage() {
		format = resize.Auto
	}
	ts := r.prefetch.transforms(format)
	if r.wantsMezzanine(src.header) {
		ts = append(ts, r.mezzanineTransform())
	}
	return ts
}

// A prefetchPlan is what may be prefetched by a batch.
type prefetchPlan struct {
	key  prefetchKey
	jobs []*job
}

// planPrefetch returns a plan for what to make of a source beside what is asked for: the widths that the original has,
// in the format of the batch's first transform, unless they are kept already, and a mezzanine. Nil means no plan.
func (r *Renderer) planPrefetch(ctx context.Context, b *batch, src *source) *prefetchPlan {
	if r.config.Cache == nil {
		return nil
	}
	format := r.batches.transforms(b)[0].Format
	plan := &prefetchPlan{key: prefetchKey{b.original, src.etag, format}}
	if !format.IsImage() || r.prefetch.wasTried(plan.key) {
		return nil
	}
	width, _ := src.header.Displayed()
	var within []resize.Transform
	for _, t := range r.prefetch.transforms(format) {
		if t.Width <= width {
			within = append(within, t)
		}
	}
	for _, t := range r.config.Cache.Missing(ctx, b.original, within) {
		plan.jobs = append(plan.jobs, newJob(t, prefetched))
	}
	if r.wantsMezzanine(src.header) {
		mezzanine := newJob(r.mezzanineTransform(), prefetched)
		mezzanine.name = MezzanineName
		plan.jobs = append(plan.jobs, mezzanine)
	}
	return plan
}
