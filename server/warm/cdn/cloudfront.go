// Package cdn makes CloudFront forget what it caches of originals that changed.
//
// The variants of an original are cached under every query that clients sent, so only paths that end in a wildcard
// invalidate all of them: /img/cat.jpg* and, for the paths that the edge function rewrites to, /v/cat.jpg/*. CloudFront
// processes 15 such paths at a time. [CloudFront] works within that quota: it sends originals that change at the same
// time in one request. When too many wait, it invalidates the folders that they share. A flood of changes then costs
// cache hits for other originals in those folders, but does not delay invalidations more and more.
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

// A Client is the part of a *cloudfront.Client that a [CloudFront] needs.
type Client interface {
	CreateInvalidation(
		context.Context, *cloudfront.CreateInvalidationInput, ...func(*cloudfront.Options),
	) (*cloudfront.CreateInvalidationOutput, error)
	GetInvalidation(
		context.Context, *cloudfront.GetInvalidationInput, ...func(*cloudfront.Options),
	) (*cloudfront.GetInvalidationOutput, error)
}

// A Config configures a [CloudFront]. Client and Distribution are required.
type Config struct {
	Client Client

	// Distribution is the ID of the distribution.
	Distribution string

	// Wait is how long the first original waits for others to share its request. The default is 5 seconds.
	Wait time.Duration

	// Wildcards is CloudFront's quota of paths with a wildcard that are in progress at once. The default is 15.
	Wildcards int

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// A CloudFront invalidates originals in a distribution. It gathers originals, and sends one request at a time:
//
//	Invalidate ─► queue ─── 5 s ──► 7 originals, 14 paths ──► CreateInvalidation ──► accepted: Invalidate returns
//	                 │                                               │
//	                 └─ over 70 originals: the folders that          └─ too many in progress: wait until some
//	                    they share, in 14 paths                         are completed
type CloudFront struct {
	config  Config
	working context.Context
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	queue   []*waiter          // in order of arrival
	waiters map[string]*waiter // those in the queue, by original
	closed  bool

	wake    chan struct{} // has an element when the queue may not be empty
	closing chan struct{} // is closed when closed is set

	progress []inProgress // used by the sending goroutine only
}

// waiter is an original in the queue, and the calls of Invalidate that wait for it.
type waiter struct {
	original string
	done     chan struct{} // closed once err is set
	err      error
}

// NewCloudFront returns a CloudFront and starts its sender. Close ends it.
func NewCloudFront(c Config) *CloudFront {
	c.Wait = cmp.Or(c.Wait, 5*time.Second)
	c.Wildcards = max(2, cmp.Or(c.Wildcards, 15))
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	f := &CloudFront{
		config: c, waiters: make(map[string]*waiter), ended: make(chan struct{}),
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	f.working, f.stop = context.WithCancel(context.Background())
	go f.send()
	return f
}

var errClosed = errors.New("closed")

// Invalidate returns nil once CloudFront has accepted the invalidation of an original, so that it can no longer be
// lost.
func (f *CloudFront) Invalidate(ctx context.Context, original string) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errClosed
	}
	w := f.waiters[original]
	if w == nil {
		w = &waiter{original: original, done: make(chan struct{})}
		f.waiters[original] = w
		f.queue = append(f.queue, w)
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close sends what is in the queue at once, and ends the sender. When ctx ends first, Close returns an error, and so do
// the calls of Invalidate that wait.
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
		for {
			batch, paths := f.take()
			if len(batch) == 0 {
				break
			}
			err := f.create(paths)
			for _, w := range batch {
				w.err = err
				close(w.done)
			}
		}
		select {
		case <-f.closing:
			return // nothing is added to the queue any more
		default:
		}
	}
}

// widenAfter is the length of the queue, in requests, above which all of it goes into one request, whose paths are
// those of folders.
const widenAfter = 10

// take removes the originals of the next request from the queue, and returns them with the paths to invalidate.
func (f *CloudFront) take() (batch []*waiter, paths []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	room := f.config.Wildcards / 2
	n := min(len(f.queue), room)
	if len(f.queue) > widenAfter*room {
		n = len(f.queue)
	}
	batch, f.queue = f.queue[:n:n], f.queue[n:]
	keys := make([]string, 0, n)
	for _, w := range batch {
		delete(f.waiters, w.original)
		keys = append(keys, w.original)
	}
	return batch, pathsOf(keys, room)
}
