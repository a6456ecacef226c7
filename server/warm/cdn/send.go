package cdn

import (
	"math/rand/v2"
	"time"
)

// send sends requests until the CloudFront is closed and its queue is empty.
func (f *CloudFront) send() {
	defer close(f.ended)
	for {
		select {
		case <-f.wake:
		case <-f.closing:
		}
		select {
		case <-time.After(f.config.Wait):
		case <-f.closing:
		}
		f.sendQueue()
		select {
		case <-f.closing:
			return // nothing is added to the queue any more
		default:
		}
	}
}

// sendQueue sends requests until the queue is empty. A batch for which CloudFront has no room goes back to the queue, so
// that the next request is for all that waits by then, in fewer items.
func (f *CloudFront) sendQueue() {
	refusals := 0 // in a row
	for {
		batch := f.take()
		if len(batch) == 0 {
			return
		}
		err := f.create(batch)
		if codeOf(err) != tooMany {
			refusals = 0
			f.finish(batch, err)
			continue
		}
		f.share.refuse()
		refusals++
		f.putBack(batch)
		if !f.sleep(pauseAfter(refusals)) {
			f.finish(f.take(), err)
		}
	}
}

// finish ends the calls that wait for a batch.
func (f *CloudFront) finish(batch []*waiter, err error) {
	for _, w := range batch {
		w.err = err
		close(w.done)
		if err == nil {
			f.config.Metrics.waitSeconds.Observe(time.Since(w.since).Seconds())
		}
		f.finish(w.joined, err)
	}
}

// longestPause bounds the pause after a request for which there was no room, which is made all the time: other
// invalidations are completed. Any other error is a reason to ask less and less often.
const longestPause = 15 * time.Second

// pauseAfter returns the pause after so many refusals for lack of room in a row.
func pauseAfter(refusals int) time.Duration {
	pause := min(time.Second<<min(refusals-1, 20), longestPause)
	return pause/2 + rand.N(pause)
}
