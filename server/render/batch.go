package render

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// maxJobs bounds what a single decode has to make: the last job waits for all others.
const maxJobs = 64

// A phase of a batch says what may join it. See the package doc.
type phase int

const (
	open phase = iota
	admitted
	decoding
	sealed
)

func (p phase) String() string { return [...]string{"open", "admitted", "decoding", "sealed"}[p] }

// A batch is one read and one decode of an original. All its fields are guarded by the mutex of batches, except for the
// first five, which do not change.
type batch struct {
	original string
	engine   resize.Engine // nil is the renderer's
	isAside  bool          // see [Work]
	began    time.Time
	leg      atomic.Value      // of type string
	marks    map[string][]byte // see [resize.Job]; set before the batch enters the gate, by its own goroutine

	phase    phase
	rules    []rule // all of which a transform must pass to join
	jobs     []*job // in the order in which they were asked for, prefetch jobs after those of the start
	late     []*job // of jobs: joined since the decode began, and not given to the engine yet
	reserved reservation
}

// A rule reports whether a batch can make a transform too.
type rule func(resize.Transform) bool

// A job is a transform of a batch and what becomes of it.
type job struct {
	transform resize.Transform
	name      string // see [Variant]
	kind      kind

	done    chan struct{} // closed when variant and err are set
	variant Variant
	err     error
}

// A kind says why a job is in its batch.
type kind int

const (
	requested  kind = iota
	late            // a request joined the decode
	prefetched      // no request has asked for it
	claimed         // a prefetched job that a request has joined
)

func newJob(t resize.Transform, k kind) *job {
	return &job{transform: t, name: t.String(), kind: k, done: make(chan struct{})}
}

func (j *job) isDone() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

func (j *job) finish(v Variant, err error) {
	j.variant, j.err = v, err
	close(j.done)
}

// newBatch returns a batch that nothing can join until it is among the joinable ones.
func newBatch(original string, ts ...resize.Transform) *batch {
	b := &batch{original: original, began: time.Now()}
	for _, t := range ts {
		b.jobs = append(b.jobs, newJob(t, requested))
	}
	return b
}

// mayJoin reports whether a batch can make t too.
func (b *batch) mayJoin(t resize.Transform) bool {
	if b.phase == sealed || len(b.jobs) >= maxJobs {
		return false
	}
	return !slices.ContainsFunc(b.rules, func(passes rule) bool { return !passes(t) })
}

// claim returns the job of a decode under way that makes t already, for another request to wait for.
func (b *batch) claim(t resize.Transform) *job {
	if b.phase != decoding {
		return nil
	}
	for _, job := range b.jobs {
		if job.transform == t && job.name != MezzanineName {
			job.kind = claimed
			return job
		}
	}
	return nil
}

// batches are the batches of a renderer.
type batches struct {
	mu       sync.Mutex
	joinable map[string]*batch   // by original
	running  map[*batch]struct{} // all that are under way
}

// join adds a job for t to the original's joinable batch. If that can't take it, the job is in a new batch, which the
// caller runs.
func (bs *batches) join(original string, t resize.Transform) (b *batch, j *job, isNew bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b = bs.joinable[original]
	if b != nil {
		if j := b.claim(t); j != nil {
			return b, j, false
		}
	}
	if b == nil || !b.mayJoin(t) || !b.reserved.makeRoom(append(transformsOf(b.jobs), t)) {
		b = newBatch(original, t)
		if bs.joinable == nil {
			bs.joinable = make(map[string]*batch)
		}
		bs.joinable[original] = b
		return b, b.jobs[0], true
	}
	j = newJob(t, requested)
	if b.phase == decoding {
		j.kind = late
		b.late = append(b.late, j)
	}
	b.jobs = append(b.jobs, j)
	return b, j, false
}

// start notes that a batch is under way, until end is called.
func (bs *batches) start(b *batch) (end func()) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.running == nil {
		bs.running = make(map[*batch]struct{})
	}
	bs.running[b] = struct{}{}
	return func() {
		bs.mu.Lock()
		defer bs.mu.Unlock()
		delete(bs.running, b)
	}
}

// advanceLocked is the only function that moves a batch from one phase to another. It adds a rule, if there is one, for
// what may join from now on. The rule is made from the transforms of the batch while nothing can join. A batch that is
// sealed stays sealed.
func (bs *batches) advanceLocked(b *batch, to phase, makeRule func(ts []resize.Transform) rule) {
	b.phase = max(b.phase, to)
	if makeRule != nil {
		b.rules = append(b.rules, makeRule(transformsOf(b.jobs)))
	}
	if to == sealed && bs.joinable[b.original] == b {
		delete(bs.joinable, b.original)
	}
}

// restrict adds a rule to a batch, unless one of its transforms does not pass it.
func (bs *batches) restrict(b *batch, passes rule) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, job := range b.jobs {
		if !passes(job.transform) {
			return false
		}
	}
	b.rules = append(b.rules, passes)
	return true
}

// transforms returns the transforms of a batch so far.
func (bs *batches) transforms(b *batch) []resize.Transform {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return transformsOf(b.jobs)
}

// admit sets the memory of a batch: what its transforms need, and what prefetch may need in addition. From now on only
// those may join for which there is memory.
func (bs *batches) admit(b *batch, need need, prefetch []resize.Transform) (memory int64) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b.reserved = reservation{need: need, memory: need(append(transformsOf(b.jobs), prefetch...)...)}
	bs.advanceLocked(b, admitted, nil)
	return b.reserved.memory
}

// enter notes that a batch has its memory, which extend can add to, until leave is called.
func (bs *batches) enter(b *batch, extend func(bytes int64) (giveBack func(), ok bool)) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b.reserved.extend = extend
}

// leave gives back what was added to the memory of a batch.
func (bs *batches) leave(b *batch) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b.reserved.close()
}

// beginDecode adds those prefetch jobs that there is memory for and that no request has asked for, and begins the
// decode of a batch: from now on only what covers passes may join, and only until some time, and no slow format, since
// other batches wait for the processor. It returns the jobs to make, requests first.
func (bs *batches) beginDecode(b *batch, prefetch []*job, src *source, until time.Time) []*job {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, job := range prefetch {
		isMezzanine := job.name == MezzanineName // which is not of a client's transform, and has its memory
		isWanted := isMezzanine || b.mayJoin(job.transform) && !hasTransform(b.jobs, job.transform)
		if isWanted && b.reserved.makeRoom(append(transformsOf(b.jobs), job.transform)) {
			b.jobs = append(b.jobs, job)
		}
	}
	bs.advanceLocked(b, decoding, func(ts []resize.Transform) rule {
		covers := src.covers(ts)
		return func(t resize.Transform) bool {
			return t.Format != resize.AVIF && time.Now().Before(until) && covers(t)
		}
	})
	return slices.Clone(b.jobs)
}

// takeLate returns the jobs that joined since the decode began, or since the last call.
func (bs *batches) takeLate(b *batch) []*job {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	jobs := b.late
	b.late = nil
	return jobs
}

// seal ends a batch. It returns the jobs that are not done: those of requests that joined after its decode began, and
// the others.
func (bs *batches) seal(b *batch) (joined, others []*job) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	bs.advanceLocked(b, sealed, nil)
	b.late = nil
	for _, job := range b.jobs {
		switch {
		case job.isDone():
		case job.kind == late || job.kind == claimed:
			joined = append(joined, job)
		default:
			others = append(others, job)
		}
	}
	return joined, others
}

// retry returns a new batch for the jobs of one that is sealed. They are requested like any others there: they are
// retried once.
func (bs *batches) retry(original string, jobs []*job) *batch {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, job := range jobs {
		job.kind = requested
	}
	return &batch{original: original, jobs: jobs, began: time.Now()}
}

// unclaimed returns the prefetched variants of a batch that no request waits for. A request keeps its own.
func (bs *batches) unclaimed(b *batch) (variants []Variant) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, job := range b.jobs {
		if job.kind == prefetched && job.isDone() && job.err == nil {
			variants = append(variants, job.variant)
		}
	}
	return variants
}

// sealOriginal seals the joinable batch of an original.
func (bs *batches) sealOriginal(original string) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if b := bs.joinable[original]; b != nil {
		bs.advanceLocked(b, sealed, nil)
	}
}

func (bs *batches) state() []BatchState {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	states := make([]BatchState, 0, len(bs.running))
	for b := range bs.running {
		leg, _ := b.leg.Load().(string)
		state := BatchState{
			Original: b.original, Phase: b.phase.String(), Leg: leg, Began: b.began, Memory: b.reserved.memory,
			Transforms: transformsOf(b.jobs), Late: len(b.late),
		}
		for _, job := range b.jobs {
			if job.kind == prefetched {
				state.Prefetched = append(state.Prefetched, job.transform)
			}
		}
		states = append(states, state)
	}
	return states
}
