package server

import (
	"slices"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// finals are the drafts that wait for their finals, by original: the finals of an original come from one decode. A worker
// makes them, one original after the other, which is started when there is something to do and ends when there is not.
//
// They are safe for concurrent use.
type finals struct {
	limit int // of drafts

	mu         sync.Mutex
	order      []string // of originals, the oldest first
	byOriginal map[string]*waitingDrafts
	drafts     int
	isRunning  bool
	retryAfter time.Time // when drafts are queued again that are found by requests

	closed chan struct{} // when no more finals are to be made
}

// waitingDrafts are those of an original.
type waitingDrafts struct {
	since      time.Time
	transforms []resize.Transform
}

func newFinals(limit int) *finals {
	return &finals{limit: limit, byOriginal: make(map[string]*waitingDrafts), closed: make(chan struct{})}
}

// add queues a draft, unless it waits already. isRefused reports that there is no place for it, isFirst that the caller has
// to start the worker.
func (f *finals) add(original string, t resize.Transform) (isRefused, isFirst bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.byOriginal[original]
	switch {
	case f.isClosed() || waiting != nil && slices.Contains(waiting.transforms, t):
		return false, false
	case f.drafts >= f.limit:
		return true, false
	case waiting == nil:
		waiting = &waitingDrafts{since: time.Now()}
		f.byOriginal[original] = waiting
		f.order = append(f.order, original)
	}
	waiting.transforms = append(waiting.transforms, t)
	f.drafts++
	isFirst = !f.isRunning
	f.isRunning = true
	return false, isFirst
}

// finalPixels is about the most that is made of an original at a time: a decoder, and what it has made, is not to hold memory
// for long.
const finalPixels = 8 << 20

// oldest returns since when the original waits that has waited longest. ok is false if none is left: then the worker has to
// end.
func (f *finals) oldest() (since time.Time, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.order) == 0 || f.isClosed() {
		f.isRunning = false
		return time.Time{}, false
	}
	return f.byOriginal[f.order[0]].since, true
}

// take returns the original that has waited longest, and some of its drafts, which wait no more. There is one, as only the
// worker takes.
func (f *finals) take() (original string, ts []resize.Transform) {
	f.mu.Lock()
	defer f.mu.Unlock()
	original = f.order[0]
	waiting := f.byOriginal[original]
	n, pixels := 0, 0
	for _, t := range waiting.transforms {
		pixels += estimatePixels(t)
		if n > 0 && pixels > finalPixels {
			break
		}
		n++
	}
	ts, waiting.transforms = waiting.transforms[:n:n], waiting.transforms[n:]
	f.drafts -= n
	if len(waiting.transforms) == 0 {
		f.order = f.order[1:]
		delete(f.byOriginal, original)
	}
	return original, ts
}

// len returns the number of drafts that wait.
func (f *finals) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drafts
}

// failed notes that a final could not be made for a reason that may pass, and is not its own.
func (f *finals) failed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retryAfter = time.Now().Add(briefAge)
}

// mayRetry reports whether a draft that a request has found may be queued.
func (f *finals) mayRetry() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !time.Now().Before(f.retryAfter)
}

// close ends the worker. What waits stays a draft.
func (f *finals) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isClosed() {
		close(f.closed)
	}
}

func (f *finals) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

// sleep waits for some time, or until the finals are closed. It reports whether they are not.
func (f *finals) sleep(d time.Duration) bool {
	if d <= 0 {
		return !f.isClosed()
	}
	select {
	case <-time.After(d):
		return true
	case <-f.closed:
		return false
	}
}
