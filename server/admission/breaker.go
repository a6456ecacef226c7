package admission

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	breakerFailures = 5                      // in a row, which open a breaker
	breakerPause    = 500 * time.Millisecond // between two probes of an open breaker
	retryBurst      = 5                      // retries that may be saved up
	retryShare      = 0.1                    // of a retry, that a success adds to the budget
)

// A Breaker keeps requests from a bucket that does not answer. It opens after several failures in a row. While it is
// open, requests fail at once, except for a probe twice a second, whether or not the probe before has ended. The first
// success closes it. Breakers that await the end of each probe, as sony/gobreaker does, would stay open for as long as
// one that hangs.
//
// It also holds a budget of retries, which successes fill: in a steady failure there are none.
//
// It is safe for concurrent use.
type Breaker struct {
	bucket   string
	isOutage func(error) bool
	log      *slog.Logger

	mu         sync.Mutex
	failures   int // in a row
	isOpen     bool
	cause      error // why it is open
	nextProbe  time.Time
	generation int // grows whenever the breaker opens or closes
	trips      int
	retries    float64 // the budget
}

// NewBreaker returns a closed breaker for a bucket, whose name is for logs and metrics. An outage is an error for which
// isOutage reports true: it speaks of the bucket, not of the key that was asked for.
func NewBreaker(bucket string, isOutage func(error) bool, log *slog.Logger) *Breaker {
	return &Breaker{bucket: bucket, isOutage: isOutage, log: log, retries: retryBurst}
}

// ErrOpen is the error of a request that an open breaker did not let through.
var ErrOpen = errors.New("the bucket did not answer a moment ago")

// A Call is a request that a breaker let through.
type Call struct {
	breaker    *Breaker
	generation int
}

// Allow lets a request through, or returns [ErrOpen]. The caller reports the outcome to the call; a call without an
// outcome counts for nothing.
func (b *Breaker) Allow() (Call, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.isOpen && now.Before(b.nextProbe) {
		return Call{}, ErrOpen
	}
	b.nextProbe = now.Add(breakerPause)
	return Call{b, b.generation}, nil
}

// Done reports the outcome of a call.
func (c Call) Done(err error) {
	if c.breaker.IsOutage(err) {
		c.Failed(err)
	} else {
		c.Succeeded()
	}
}

// Succeeded reports that the bucket answered.
func (c Call) Succeeded() {
	b := c.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retries = min(b.retries+retryShare, retryBurst)
	if c.generation == b.generation {
		b.failures = 0
		b.set(nil)
	}
}

// Failed reports that the bucket did not answer, or refused whoever asks. The error is not nil. A call that began before the
// breaker last opened or closed says nothing new and is not counted.
func (c Call) Failed(err error) {
	b := c.breaker
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.generation != b.generation || b.isOpen {
		return
	}
	if b.failures++; b.failures >= breakerFailures {
		b.set(err)
	}
}

// set opens the breaker for a cause, or closes it for none.
func (b *Breaker) set(cause error) {
	isOpen := cause != nil
	if b.isOpen == isOpen {
		return
	}
	b.isOpen, b.cause, b.failures = isOpen, cause, 0
	b.generation++
	if isOpen {
		b.trips++
		b.nextProbe = time.Now().Add(breakerPause)
		b.log.Error("bucket can't be used, breaker opened", "bucket", b.bucket, "err", cause)
	} else {
		b.log.Info("bucket answers again, breaker closed", "bucket", b.bucket)
	}
}

// IsOutage reports whether err is an outage of the bucket. The end of the caller's context is not, nor is [ErrOpen].
func (b *Breaker) IsOutage(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrOpen) && b.isOutage(err)
}

// TakeRetry takes a retry from the budget and reports whether there was one. There is none while the breaker is open.
func (b *Breaker) TakeRetry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isOpen || b.retries < 1 {
		return false
	}
	b.retries--
	return true
}

// Bucket returns the bucket's name.
func (b *Breaker) Bucket() string { return b.bucket }

// IsOpen reports whether the breaker is open.
func (b *Breaker) IsOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isOpen
}

// Cause returns the error that opened the breaker; nil if it is closed.
func (b *Breaker) Cause() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cause
}

// Trips returns how often the breaker has opened.
func (b *Breaker) Trips() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trips
}
