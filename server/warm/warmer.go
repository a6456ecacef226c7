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

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Config configures a [Warmer]. Target is required; every other field has a default.
type Config struct {
	Target Target

	// Transforms are warmed for every original that is created. With none, events only drop variants.
	Transforms []resize.Transform

	// Bucket is the bucket whose events are handled; those of other buckets are ignored. "" handles the events of any
	// bucket, as originals in a folder require.
	Bucket string

	// Prefix is what the names of the originals' objects begin with in the bucket. It is not part of the originals'
	// keys. It is "" or ends in a slash.
	Prefix string

	// Key, if not nil, returns the key of the original that an object of a bucket is, in place of Bucket and Prefix. ok is false
	// for other objects.
	Key func(bucket, object string) (key string, ok bool)

	// Quarantine takes the originals that will never decode. Nil only logs and counts them.
	Quarantine *quarantine.Cached

	// CDN invalidates the originals whose variants were dropped. Nil leaves them to their expiry.
	CDN Invalidator

	// Overwritten, if not nil, reports whether an original that was created had an earlier state. It is asked when there are no
	// variants to drop, and the event names a version: then variants of the earlier state may have expired in the store, and
	// still be in the CDN. An upload under a new key has had none, and costs no purge. Without it, and without versions, the
	// CDN keeps such variants for their max-age.
	Overwritten func(ctx context.Context, original string) (bool, error)

	// IsMark, if not nil, reports whether variants of other originals may show an original. Caches are purged of it after every
	// change of it, whether or not it has variants of its own.
	IsMark func(original string) bool

	// Handled, if not nil, is called with what [Warmer.Handle] did about an event, or with its error.
	Handled func(ctx context.Context, ev s3event.Event, r Result, err error)

	// AtOnce is the number of originals that are decoded at once. The default is the number of processors. Looking at
	// originals and dropping variants, which only wait for buckets, are not bounded by it.
	AtOnce int

	// Timeout bounds the work on one original. The default is 2 minutes.
	Timeout time.Duration

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// A Warmer settles originals: once [Warmer.Handle] has handled an event, the stored variants of its original are made
// from the newest bytes, and an original that is gone has none. It is safe for concurrent use.
//
// An event only makes it look at the original. What it sees, before the work and again after it, decides what is done,
// so it does not matter how often an event arrives, how late, or after which other:
//
//	wait for the key's turn ─► stat ─► settled after the event arrived?  ──yes──► done
//	                            ▲            │ no
//	                            │      there: drop, then warm
//	                            │      gone:  drop
//	                            │            │
//	                            └──yes── stat: changed?  ──no──► settled
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

// A Result is what was done about an original.
type Result struct {
	Made, Skipped int // variants

	// DecodeError is why the original will never decode, nil if it does. The original is in quarantine then.
	DecodeError error

	// Gone reports that there is no such original.
	Gone bool

	// Dropped reports whether there were variants to drop, as far as the target knows.
	Dropped bool

	// cached reports that caches may have variants of an older state: there were variants before the work, or the
	// original is gone.
	cached bool

	outcome outcome
}

// Outcome returns how the event ended that this is the result of, as the label result of the metrics has it: ignored, coalesced,
// late, warmed, dropped, clean, stale, faulty, quarantined or failed. It is "" for work without an event.
func (r Result) Outcome() string { return string(r.outcome) }

// An outcome is how an event ended. It is also the value of the label result in the metrics.
type outcome string

const (
	ignored     outcome = "ignored"     // not about one of our originals
	coalesced   outcome = "coalesced"   // settled since the event arrived
	late        outcome = "late"        // superseded by an event that was handled before
	warmed      outcome = "warmed"      // variants are there
	dropped     outcome = "dropped"     // the original is gone
	clean       outcome = "clean"       // the second time: nothing was stale
	stale       outcome = "stale"       // the second time: variants were, and are dropped
	undecodable outcome = "faulty"      // this attempt found that the original will never decode
	quarantined outcome = "quarantined" // the quarantine knew that already
	failed      outcome = "failed"      // to be repeated
)

// Handle does what an event calls for. A nil error means that the event is done, even if its original was quarantined;
// after an error it has to be handled again. See [IsOutage] for errors that are not the event's own.
//
// An event that settled its original returns another one, second, which is to be handled when no process can still be
// working on what the original was before: it settles the original once more. It is nil where nothing was done.
func (w *Warmer) Handle(ctx context.Context, ev s3event.Event) (second *s3event.Event, err error) {
	r, second, err := w.handle(ctx, ev)
	if err != nil {
		r.outcome = failed
	}
	w.count(ev, r.outcome)
	if w.config.Handled != nil {
		w.config.Handled(ctx, ev, r, err)
	}
	return second, err
}

func (w *Warmer) handle(ctx context.Context, ev s3event.Event) (r Result, second *s3event.Event, err error) {
	key, ok := w.original(ev)
	if !ok {
		w.log.DebugContext(ctx, "event ignored", "bucket", ev.Bucket, "original", ev.Key)
		return Result{outcome: ignored}, nil, nil
	}
	arrived := w.keys.Tick()
	r, err = w.work(ctx, key, func(ctx context.Context) (Result, error) { return w.settle(ctx, key, ev, arrived) })
	if err != nil {
		return r, nil, err
	}
	purge, err := w.wantsPurge(ctx, key, ev, r)
	if purge && err == nil {
		err = w.invalidate(ctx, key)
	}
	if err != nil || ev.Second || r.outcome == coalesced || r.outcome == late {
		return r, nil, err
	}
	return r, &s3event.Event{
		Kind: ev.Kind, Name: ev.Name, Bucket: ev.Bucket, Key: ev.Key, Size: ev.Size, Second: true, Purge: purge,
	}, nil
}

// count counts how an event ended.
func (w *Warmer) count(ev s3event.Event, o outcome) {
	kind := string(ev.Kind)
	if ev.Second {
		kind = "second"
	}
	w.config.Metrics.events.WithLabelValues(kind, string(o)).Inc()
}

// original returns the key of the original that an event is about. ok is false for other objects: above all for
// variants, which are in another bucket or under another prefix, and whose events would be answered with more variants
// for ever.
func (w *Warmer) original(ev s3event.Event) (key string, ok bool) {
	if w.config.Key != nil {
		key, ok = w.config.Key(ev.Bucket, ev.Key)
	} else {
		key, ok = strings.CutPrefix(ev.Key, w.config.Prefix)
		ok = ok && (w.config.Bucket == "" || w.config.Bucket == ev.Bucket)
	}
	folder := strings.HasSuffix(key, "/") && ev.Size == 0 // consoles make such an object for a folder
	return key, ok && key != "" && !folder
}

// Warm makes the configured variants of an original that are missing, without an event, and drops none. An original
// that will never decode is quarantined, and the result says why. The error matches [fs.ErrNotExist] when there is no
// such original.
func (w *Warmer) Warm(ctx context.Context, original string) (Result, error) {
	return w.work(ctx, original, func(ctx context.Context) (Result, error) {
		etag, err := w.config.Target.Stat(ctx, original)
		if err != nil {
			return Result{}, err
		}
		r, err := w.warm(ctx, original, etag)
		if err == nil && r.outcome == undecodable {
			err = w.quarantine(ctx, original, etag, r.DecodeError, nil)
		}
		return r, err
	})
}

// Settle does for an original what [Warmer.Handle] does after an event, at the request of an operator: it drops what is
// stale, warms what is missing, and invalidates the CDN whatever it found. A DecodeError in the result means that the
// original is in quarantine.
func (w *Warmer) Settle(ctx context.Context, original string) (Result, error) {
	ev := s3event.Event{
		Kind: s3event.Created, Bucket: w.config.Bucket, Key: w.config.Prefix + original, Redelivered: true,
	}
	arrived := w.keys.Tick()
	r, err := w.work(ctx, original, func(ctx context.Context) (Result, error) {
		return w.settle(ctx, original, ev, arrived)
	})
	if err != nil {
		return r, err
	}
	return r, w.invalidate(ctx, original)
}

// Sweep drops the variants of an original that are not of its present state, all of them if it is gone, and then
// invalidates it in the CDN, whatever it found. It warms nothing. After an error it has to be called again. If the
// process is killed before that, the next call finds a trace of what was dropped, and invalidates it.
func (w *Warmer) Sweep(ctx context.Context, original string) (Result, error) {
	var done func(context.Context) error
	r, err := w.work(ctx, original, func(ctx context.Context) (r Result, err error) {
		r, done, err = w.sweep(ctx, original)
		return r, err
	})
	if err != nil {
		return r, err
	}
	if err := w.invalidate(ctx, original); err != nil {
		return r, err
	}
	return r, done(ctx)
}

// DropStored drops every stored variant of an original, without an event, and leaves the CDN to the caller, who may
// invalidate many originals at once. It reports whether there were any.
func (w *Warmer) DropStored(ctx context.Context, original string) (dropped bool, err error) {
	r, err := w.work(ctx, original, func(ctx context.Context) (Result, error) {
		w.keys.Forget(original)
		dropped, err := w.config.Target.Drop(ctx, original)
		return Result{Dropped: dropped}, err
	})
	return r.Dropped, err
}

// Drop is [Warmer.DropStored], and invalidates the original in the CDN.
func (w *Warmer) Drop(ctx context.Context, original string) (dropped bool, err error) {
	if dropped, err = w.DropStored(ctx, original); err != nil {
		return dropped, err
	}
	return dropped, w.invalidate(ctx, original) // even if there was nothing to drop: edges may cache what the store has lost
}

// errTimeout reports that the work on an original took longer than Config.Timeout. It is the original's own error, even
// if the work waited for a bucket in the end: another attempt may take as long.
var errTimeout = errors.New("the work took too long")

// work calls do when it is the key's turn. It returns a panic of do as an error: the message that leads to it is then
// retried, and ends in the dead-letter queue, instead of ending every process that receives it.
func (w *Warmer) work(ctx context.Context, key string, do func(context.Context) (Result, error)) (r Result, err error) {
	leave, err := w.keys.Enter(ctx, key)
	if err != nil {
		return Result{}, err
	}
	defer leave()
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
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", errTimeout, err)
	}
	return r, err
}

// IsOutage reports whether an error of [Warmer.Handle] says that a bucket or the CDN does not answer. It is not the fault
// of the event, which has to be handled later and must not run out of attempts.
func IsOutage(err error) bool {
	if err == nil || errors.Is(err, errTimeout) {
		return false
	}
	_, isPurge := errors.AsType[*InvalidateError](err) // throttled, unreachable or not permitted: never about the original
	return isPurge || errors.Is(err, admission.ErrOpen) || bucket.IsOutage(err)
}

// stat returns the original's ETag, or "" when it is gone.
func (w *Warmer) stat(ctx context.Context, key string) (string, error) {
	etag, err := w.config.Target.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return etag, err
}

// A PanicError is the error of work on an original that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }
