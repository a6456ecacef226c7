package warm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Config says what a Warmer is made of. Target is needed; every other zero field has a default.
type Config struct {
	Target     Target
	Transforms []resize.Transform // made of every new original; none only forgets

	Bucket string // whose events are taken; "" takes any, as originals in a folder need
	Prefix string // of the original's objects in the bucket, not part of their keys; "" or ending in a slash

	Quarantine *quarantine.Cached // nil sets nothing aside
	CDN        Invalidator        // nil leaves the CDN to its own expiry

	AtOnce  int           // originals being worked on: this warmer's share of the machine; default the processors
	Timeout time.Duration // for one original; default 2 min

	Metrics *Metrics     // default NewMetrics()
	Log     *slog.Logger // default discards
}

// A Warmer settles originals: after Handle of an event, what is stored of its original is made from the newest
// bytes, and nothing is left of one that is gone. It is safe for concurrent use.
//
// It believes no event. An event only makes it look at the original; the look decides, before the work and again
// after it. So it does not matter how often an event comes, how late, or after which other one:
//
//	enter the key ─► look ─► settled since this event came?  ──yes──► done
//	                  ▲            │ no
//	                  │   changed: drop, then warm · gone: drop
//	                  └── look again: another one than before?
type Warmer struct {
	config Config
	keys   *keys
	share  *semaphore.Weighted
	log    *slog.Logger
}

// New returns a warmer that is ready. It starts nothing.
func New(c Config) (*Warmer, error) {
	if c.Target == nil {
		return nil, errors.New("warm: Target is needed")
	}
	c.AtOnce = cmp.Or(c.AtOnce, runtime.GOMAXPROCS(0))
	c.Timeout = cmp.Or(c.Timeout, 2*time.Minute)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	return &Warmer{config: c, keys: newKeys(), share: semaphore.NewWeighted(int64(c.AtOnce)), log: c.Log}, nil
}

// A Result says what was done about an original.
type Result struct {
	Made, Skipped int    // variants
	Fault         error  // why it will never decode; it was set aside. nil for all others
	Dropped       bool   // variants were forgotten
	outcome       string // for the metrics
}

// Handle does what an event asks for. No error means that the event is done with for good, be it that its
// original was set aside; after an error it should come again.
func (w *Warmer) Handle(ctx context.Context, ev s3event.Event) error {
	key, ok := w.original(ev)
	if !ok {
		w.config.Metrics.events.WithLabelValues(string(ev.Kind), "ignored").Inc()
		w.log.DebugContext(ctx, "event ignored", "bucket", ev.Bucket, "original", ev.Key)
		return nil
	}
	arrived := w.keys.Tick()
	r, err := w.work(ctx, key, func(ctx context.Context) (Result, error) { return w.settle(ctx, key, ev, arrived) })
	if r.Dropped || ev.Redelivered {
		err = errors.Join(err, w.invalidate(ctx, key))
	}
	if err != nil {
		r.outcome = "failed"
	}
	w.config.Metrics.events.WithLabelValues(string(ev.Kind), r.outcome).Inc()
	return err
}

// original returns the key of the original that an event is about, and whether it is one of ours. The variants
// are in another bucket or under another prefix: warming them would go round for ever.
func (w *Warmer) original(ev s3event.Event) (string, bool) {
	key, ok := strings.CutPrefix(ev.Key, w.config.Prefix)
	folder := strings.HasSuffix(key, "/") && ev.Size == 0 // the marker that consoles make for a folder
	return key, ok && key != "" && !folder && (w.config.Bucket == "" || w.config.Bucket == ev.Bucket)
}

// Warm makes what is missing of an original by hand, and forgets nothing. A fault of the original is in the
// result and has been set aside; the error matches [fs.ErrNotExist] when there is no original.
func (w *Warmer) Warm(ctx context.Context, original string) (Result, error) {
	return w.work(ctx, original, func(ctx context.Context) (Result, error) {
		etag, err := w.config.Target.Stat(ctx, original)
		if err != nil {
			return Result{}, err
		}
		r, err := w.warm(ctx, original, etag)
		if err == nil && r.Fault != nil && r.outcome != "quarantined" {
			err = w.setAside(ctx, original, etag, r.Fault, nil)
		}
		return r, err
	})
}

// Drop forgets every variant of an original by hand, here and in the CDN.
func (w *Warmer) Drop(ctx context.Context, original string) error {
	_, err := w.work(ctx, original, func(ctx context.Context) (Result, error) {
		w.keys.Forget(original)
		_, err := w.config.Target.Drop(ctx, original)
		return Result{}, err
	})
	if err != nil {
		return err
	}
	return w.invalidate(ctx, original) // whatever was stored: the edge may hold more
}

// work runs do when it is the key's turn and there is room. A panic in it is an error: the message that
// brought it here must count as tried, not end one worker after another.
func (w *Warmer) work(ctx context.Context, key string, do func(context.Context) (Result, error)) (r Result, err error) {
	leave, err := w.keys.Enter(ctx, key)
	if err != nil {
		return Result{}, err
	}
	defer leave()
	if err := w.share.Acquire(ctx, 1); err != nil {
		return Result{}, err
	}
	defer w.share.Release(1)
	ctx, cancel := context.WithTimeout(ctx, w.config.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	began := time.Now()
	r, err = do(ctx)
	w.config.Metrics.seconds.Observe(time.Since(began).Seconds())
	return r, err
}

func (w *Warmer) invalidate(ctx context.Context, original string) error {
	if w.config.CDN == nil {
		return nil
	}
	if err := w.config.CDN.Invalidate(ctx, original); err != nil {
		return &InvalidateError{original, err}
	}
	return nil
}

// look returns the original's ETag, "" when it is gone.
func (w *Warmer) look(ctx context.Context, key string) (string, error) {
	etag, err := w.config.Target.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return etag, err
}

// A PanicError is the error of work that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }
