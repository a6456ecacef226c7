// Package cdn makes CloudFront forget what it caches of originals that changed, by cache tag or by path.
//
// # By tag
//
// Every answer about an original carries its tag ([cache.Tag]). A distribution with a CacheTagConfig keeps the tags with
// what it caches, and the item #tag invalidates all of it, whatever the URLs are: one item an original, 3,000 in progress
// at a time.
//
// # By path
//
// Any distribution invalidates paths. The variants of an original are cached under every query that clients sent, so
// only paths that end in a wildcard invalidate all of them: /img/cat.jpg* and, for the paths that the edge function
// rewrites to, /v/cat.jpg/*. CloudFront processes 15 such paths at a time.
//
// [CloudFront] works within these quotas: it sends originals that change at the same time in one request. When too many
// wait, it invalidates more than them: the folders that they share, or at last all that is cached. A flood of changes then costs
// cache hits for other originals, but does not delay invalidations more and more.
//
// # Several processes
//
// The quotas are those of the distribution, and its processes do not know of each other. Each takes a share of them, which
// shrinks whenever CloudFront refuses it a request for lack of room, and recovers within minutes. What a process does at
// the quotas when it is alone, it does at its share when it is not: it has fewer items in progress, and it invalidates
// more than what waits when fewer wait.
package cdn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// An Invalidator is what a [CloudFront] needs of the API of CloudFront: a [Client].
type Invalidator interface {
	Create(ctx context.Context, distribution string, b Batch) (id string, err error)
	IsCompleted(ctx context.Context, distribution, id string) (bool, error)
}

// A Config configures a [CloudFront]. Client and Distribution are required.
type Config struct {
	Client Invalidator

	// Distribution is the ID of the distribution.
	Distribution string

	// Tags invalidates by cache tag. The distribution needs a CacheTagConfig with the header [cache.TagHeader]: one
	// without it accepts such invalidations, and they do nothing.
	Tags bool

	// EscapePaths is set if the edge function escapes the paths of variants by [cache.Escape].
	EscapePaths bool

	// IsMark, if not nil, reports whether variants of other originals may show an original, so that they have its tag. By path,
	// such an original invalidates everything.
	IsMark func(original string) bool

	// Wait is how long the first original waits for others to share its request. The default is 5 seconds, or 1 second
	// with Tags, where a request takes nothing from the quota but its items.
	Wait time.Duration

	// Patience is how long a call waits for CloudFront to accept an invalidation. The default is 10 minutes. A caller
	// that has nothing else to do meanwhile is better off with less.
	Patience time.Duration

	// Wildcards is CloudFront's quota of paths with a wildcard that are in progress at once. The default is 15.
	Wildcards int

	// Items is its quota of other paths and tags. The default is 3,000.
	Items int

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// A CloudFront invalidates originals in a distribution. It gathers originals, and sends one request at a time:
//
//	Invalidate ─► queue ─── Wait ──► originals, their items ──► CreateInvalidation ──► accepted: Invalidate returns
//	          ▲      │                                               │
//	          │      └─ over 28 originals: the folders that          └─ too many in progress: back to the queue,
//	          │         they share, in 14 paths;                        with a smaller share of the quotas
//	          │         by tag, over 9,000: their folders, or all       │
//	          └─────────────────────────────────────────────────────────┘
type CloudFront struct {
	config  Config
	working context.Context
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	queue   []*waiter          // in order of arrival
	waiters map[target]*waiter // those in the queue
	closed  bool

	wake    chan struct{} // has an element when the queue may not be empty
	closing chan struct{} // is closed when closed is set

	// used by the sending goroutine only
	progress []inProgress
	share    share
}

// A target is what to invalidate: an original, or all originals whose keys begin with a prefix.
type target struct {
	name     string
	isPrefix bool
}

// waiter is a target in the queue, and the calls that wait for it.
type waiter struct {
	target
	since time.Time
	done  chan struct{} // closed once err is set
	err   error

	joined []*waiter // came when this one was being sent, which was refused; they end with it
}

// NewCloudFront returns a CloudFront and starts its sender. Close ends it.
func NewCloudFront(c Config) *CloudFront {
	wait := 5 * time.Second
	if c.Tags {
		wait = time.Second
	}
	c.Wait = cmp.Or(c.Wait, wait)
	c.Patience = cmp.Or(c.Patience, 10*time.Minute)
	c.Wildcards = max(4, cmp.Or(c.Wildcards, 15)) // a prefix needs four
	c.Items = cmp.Or(c.Items, 3000)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.IsMark == nil {
		c.IsMark = func(string) bool { return false }
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	f := &CloudFront{
		config: c, waiters: make(map[target]*waiter), ended: make(chan struct{}),
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	f.working, f.stop = context.WithCancel(context.Background())
	go f.send()
	return f
}

var errClosed = errors.New("closed")

// ErrBusy is matched by the error for an invalidation that CloudFront has not accepted within [Config.Patience]. It is
// still in the queue of this process and will be sent unless the process ends, but nothing else remembers it: the caller
// has to repeat the call later.
var ErrBusy = errors.New("CloudFront has not accepted the invalidation yet")

// Invalidate returns nil once CloudFront has accepted the invalidation of an original, so that it can no longer be
// lost. No error is about the original: CloudFront is busy ([ErrBusy]), unreachable, or refuses the role.
func (f *CloudFront) Invalidate(ctx context.Context, original string) error {
	if !f.config.Tags && f.config.IsMark(original) {
		return f.InvalidatePrefix(ctx, "")
	}
	return f.invalidate(ctx, target{name: original})
}

// InvalidatePrefix is [CloudFront.Invalidate] for all originals whose keys begin with a prefix, in one request: for any
// number of them, four wildcards are less than a tag for each, and match nothing else.
func (f *CloudFront) InvalidatePrefix(ctx context.Context, prefix string) error {
	return f.invalidate(ctx, target{prefix, true})
}

func (f *CloudFront) invalidate(ctx context.Context, to target) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return errClosed
	}
	w := f.waiters[to]
	if w == nil {
		w = &waiter{target: to, since: time.Now(), done: make(chan struct{})}
		f.waiters[to] = w
		f.queue = append(f.queue, w)
		f.config.Metrics.waiting.Set(float64(len(f.queue)))
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
	patience := time.NewTimer(f.config.Patience)
	defer patience.Stop()
	select {
	case <-w.done:
		return w.err
	case <-patience.C:
		return ErrBusy
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
