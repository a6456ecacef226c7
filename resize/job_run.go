package resize

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// A run is a job in progress. It hands out transforms in order; it encodes variants, on the goroutine that made their
// pixels or on a processor that the job has lent; and it calls the functions of the job one at a time.
type run struct {
	job  Job
	mu   sync.Mutex     // held while a function of the job other than Spare is called
	lent sync.WaitGroup // of goroutines on processors that were lent

	transforms []Transform // of the job, followed by those that More has returned
	next       []int       // transforms that are not begun, in order
}

func newRun(job Job) *run {
	r := &run{job: job.withDefaults(), transforms: slices.Clone(job.Transforms)}
	for i := range job.Transforms {
		r.next = append(r.next, i)
	}
	return r
}

// pop returns the next transform, after it has asked More. It reports false if there is none.
func (r *run) pop() (i int, t Transform, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	late := r.job.More()
	next := make([]int, len(late), len(late)+len(r.next))
	for i := range late {
		next[i] = len(r.transforms) + i
	}
	r.transforms, r.next = append(r.transforms, late...), append(next, r.next...)
	if len(r.next) == 0 {
		return 0, Transform{}, false
	}
	i, r.next = r.next[0], r.next[1:]
	return i, r.transforms[i], true
}

// encode encodes variant i and yields it. If more transforms are waiting and the job lends a processor and the memory
// that encoding takes, it does so on another goroutine and returns at once.
func (r *run) encode(i int, encode func() ([]byte, error), bytes int64) {
	if len(r.next) == 0 {
		r.deliver(i, encode)
		return
	}
	done, ok := r.job.Spare(bytes)
	if !ok {
		r.deliver(i, encode)
		return
	}
	r.lent.Go(func() {
		defer done()
		r.deliver(i, func() (variant []byte, err error) {
			defer func() {
				if p := recover(); p != nil { // Each recovers only from panics of its own goroutine
					err = fmt.Errorf("%w: panic: %v", ErrCorrupt, p)
				}
			}()
			return encode()
		})
	})
}

// deliver encodes variant i and yields it, on the goroutine of the caller.
func (r *run) deliver(i int, encode func() ([]byte, error)) {
	began := time.Now()
	variant, err := encode()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.job.Stage(Writing, began)
	}
	r.job.Yield(i, variant, err)
}

// refuse yields the error of transform i.
func (r *run) refuse(i int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job.Yield(i, nil, err)
}

// endStage reports a stage that has just ended.
func (r *run) endStage(s Stage, began time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.job.Stage(s, began)
}
