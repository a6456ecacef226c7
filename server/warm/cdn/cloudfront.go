// Package cdn makes CloudFront forget the variants of originals that changed.
package cdn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
)

// A Client is what a CloudFront needs of its API; a *cloudfront.Client is one.
type Client interface {
	CreateInvalidation(context.Context, *cloudfront.CreateInvalidationInput, ...func(*cloudfront.Options)) (*cloudfront.CreateInvalidationOutput, error)
	GetInvalidation(context.Context, *cloudfront.GetInvalidationInput, ...func(*cloudfront.Options)) (*cloudfront.GetInvalidationOutput, error)
}

// A Config says which distribution forgets what was dropped. Client and Distribution are needed.
type Config struct {
	Client       Client
	Distribution string

	Wait      time.Duration // for more originals to go into one request; default 5 s
	Wildcards int           // paths with one that may be in progress at once, CloudFront's quota; default 15

	Metrics *Metrics     // default NewMetrics()
	Log     *slog.Logger // default discards
}

// A CloudFront is an [Invalidator]. It gathers originals and sends one request at a time:
//
//	Invalidate ─► waiting ──5 s──► 7 originals are 14 paths ──► CreateInvalidation ──► accepted: Invalidate returns
//	                 │                                                  │
//	                 └─ far more than that: the folders they share      └─ too many in progress: look, wait
//
// Every path ends in a wildcard, since the query is part of what CloudFront keeps, and of those it takes 15 at a
// time. A flood of changed originals costs more of the edge's memory rather than ever more time.
type CloudFront struct {
	config  Config
	working context.Context
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	waiting []*ticket // in order of arrival
	tickets map[string]*ticket
	wake    chan struct{} // has room for one
	closing chan struct{}
	closed  bool

	progress []inProgress // of the sending goroutine only
}

// ticket is one original that waits for its invalidation.
type ticket struct {
	original string
	done     chan struct{} // closed when err is set
	err      error
}

// NewCloudFront returns an invalidator at work. Close ends it.
func NewCloudFront(c Config) *CloudFront {
	c.Wait = cmp.Or(c.Wait, 5*time.Second)
	c.Wildcards = max(2, cmp.Or(c.Wildcards, 15))
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	f := &CloudFront{
		config: c, tickets: make(map[string]*ticket), ended: make(chan struct{}),
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	f.working, f.stop = context.WithCancel(context.Background())
	go f.send()
	return f
}

var errClosed = errors.New("closed")

// Invalidate implements [Invalidator]: it returns once CloudFront has accepted the original's paths.
func (f *CloudFront) Invalidate(ctx context.Context, original string) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errClosed
	}
	one := f.tickets[original]
	if one == nil {
		one = &ticket{original: original, done: make(chan struct{})}
		f.tickets[original] = one
		f.waiting = append(f.waiting, one)
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
	select {
	case <-one.done:
		return one.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close sends what still waits, without waiting for more, and ends the work. When ctx ends first, those who wait
// get an error.
func (f *CloudFront) Close(ctx context.Context) error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.closing)
	}
	f.mu.Unlock()
	interrupt := context.AfterFunc(ctx, f.stop)
	<-f.ended
	interrupt()
	defer f.stop()
	if f.working.Err() != nil {
		return fmt.Errorf("invalidations not all sent: %w", context.Cause(ctx))
	}
	return nil
}

// send is the one goroutine that talks to CloudFront.
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
		for {
			batch, paths := f.take()
			if len(batch) == 0 {
				break
			}
			err := f.create(paths)
			for _, one := range batch {
				one.err = err
				close(one.done)
			}
		}
		select {
		case <-f.closing:
			return // nobody comes any more
		default:
		}
	}
}

// patience is how many requests may wait for CloudFront before paths are widened so that one is enough.
const patience = 10

// take takes the originals of the next request, and its paths.
func (f *CloudFront) take() (batch []*ticket, paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	room := f.config.Wildcards / 2
	n := min(len(f.waiting), room)
	if len(f.waiting) > patience*room {
		n = len(f.waiting)
	}
	batch, f.waiting = f.waiting[:n:n], f.waiting[n:]
	keys := make([]string, 0, n)
	for _, one := range batch {
		delete(f.tickets, one.original)
		keys = append(keys, one.original)
	}
	return batch, pathsOf(keys, room)
}
