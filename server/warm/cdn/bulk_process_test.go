package cdn

import (
	"context"
	"sync"
	"time"
)

type bulkHandler func(f *CloudFront, ev bulkEvent, without func(func() error) error)

// consumeBulk handles messages as a consumer does, each in a place, until ctx ends.
func consumeBulk(ctx context.Context, queue <-chan bulkEvent, f *CloudFront, handle bulkHandler) {
	p := newBulkPlaces(bulkWaiting)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		p.places <- struct{}{}
		select {
		case ev := <-queue:
			all.Go(func() {
				handle(f, ev, p.without)
				<-p.places
			})
		case <-ctx.Done():
			<-p.places
			return
		}
	}
}

// bulkPlaceCount are the places of a consumer or of a batch, and of the messages that wait without one.
type bulkPlaceCount struct{ places, waiting chan struct{} }

func newBulkPlaces(waiting int) bulkPlaceCount {
	return bulkPlaceCount{make(chan struct{}, bulkPlaces), make(chan struct{}, waiting)}
}

// without is intake.WithoutPlace.
func (p bulkPlaceCount) without(wait func() error) error {
	select {
	case p.waiting <- struct{}{}:
		<-p.places
		err := wait()
		<-p.waiting
		p.places <- struct{}{}
		return err
	default:
		return wait()
	}
}

// functionBulk handles messages as a Lambda function does, a batch at a time, until ctx ends. A batch begins with the
// first message, and is complete with so many, or at the end of the window.
func functionBulk(
	ctx context.Context, queue <-chan bulkEvent, batch int, window time.Duration, f *CloudFront, handle bulkHandler,
) {
	for ctx.Err() == nil {
		p := newBulkPlaces(batch)
		var all sync.WaitGroup
		for _, ev := range gatherBulk(ctx, queue, batch, window) {
			all.Go(func() {
				p.places <- struct{}{}
				handle(f, ev, p.without)
				<-p.places
			})
		}
		all.Wait()
	}
}

// gatherBulk returns the messages of a batch, none when ctx has ended.
func gatherBulk(ctx context.Context, queue <-chan bulkEvent, batch int, window time.Duration) (events []bulkEvent) {
	select {
	case ev := <-queue:
		events = append(events, ev)
	case <-ctx.Done():
		return nil
	}
	// Not a channel of time: under the race detector, Go 1.26 crashes now and then at one whose time is over (maybeRunChan).
	filling, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	for len(events) < batch {
		select {
		case ev := <-queue:
			events = append(events, ev)
			continue
		default:
		}
		select {
		case ev := <-queue:
			events = append(events, ev)
		case <-filling.Done():
			return events
		}
	}
	return events
}
