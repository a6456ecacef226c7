package intake

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"
)

// A place is that of a message among those that a [Consumer] or a [Lambda] handles at once.
type place struct {
	places  *semaphore.Weighted // all places of the consumer, or of the batch
	waiting *semaphore.Weighted // one for each message that may wait without its place
	isHeld  bool                // used by the message's goroutine only
}

type placeKey struct{}

// WithoutPlace calls wait, which waits for something that is not of this process, such as a CDN that has no room for an
// invalidation. Meanwhile the message whose handling ctx belongs to gives its place to another. It stays leased, so
// that the queue delivers it again if the process ends.
//
// A message of a Consumer keeps its place while [Consumer.Waiting] others wait without theirs. Where ctx is of neither a
// Consumer nor a Lambda, there is no place to give away.
func WithoutPlace(ctx context.Context, wait func() error) error {
	p, ok := ctx.Value(placeKey{}).(*place)
	if !ok || !p.isHeld || !p.waiting.TryAcquire(1) {
		return wait()
	}
	p.release()
	err := wait()
	p.waiting.Release(1)
	// Also when ctx has ended: what is left to do, such as returning messages to the queue, is not done for all at once.
	if errPlace := p.places.Acquire(context.WithoutCancel(ctx), 1); errPlace != nil {
		return errors.Join(err, errPlace)
	}
	p.isHeld = true
	return err
}

func (p *place) release() {
	if p.isHeld {
		p.isHeld = false
		p.places.Release(1)
	}
}
