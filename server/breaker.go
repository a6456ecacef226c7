package server

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache/bucket"
)

const (
	breakerFailures = 5                      // in a row that open a breaker
	breakerPause    = 500 * time.Millisecond // between two probes of an open one
	retryBurst      = 5                      // retries that may be saved up
	retryShare      = 0.1                    // of the successes that may be spent on them
)

// A breaker keeps requests from a bucket that does not answer. After some failures in a row it is open: what is asked
// fails at once, but for a probe twice a second, whatever became of the one before it. The first that succeeds closes
// it. Breakers that await the end of each probe, as sony/gobreaker does, would stay open for as long as one that hangs.
//
// It also holds the budget of retries, which successes fill: in a steady failure there are none.
type breaker struct {
	bucket string // originals or variants
	log    *slog.Logger

	mu       sync.Mutex
	failures int // in a row
	open     bool
	probe    time.Time // when the next may go
	era      int       // grows whenever it opens or closes
	trips    int
	budget   float64 // retries
}

func newBreaker(bucket string, log *slog.Logger) *breaker {
	return &breaker{bucket: bucket, log: log, budget: retryBurst}
}

// errPaused is the error of what an open breaker did not let through.
var errPaused = errors.New("it did not answer a moment ago")

// allow lets a request through, or not. What it returns is for done.
func (b *breaker) allow() (era int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.open && now.Before(b.probe) {
		return 0, errPaused
	}
	b.probe = now.Add(breakerPause)
	return b.era, nil
}

// done tells how a request ended. Those that began before the breaker last opened or closed tell nothing new.
func (b *breaker) done(era int, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !failed:
		b.budget = min(b.budget+retryShare, retryBurst)
		if era == b.era {
			b.failures = 0
			b.set(false)
		}
	case era == b.era && !b.open:
		if b.failures++; b.failures >= breakerFailures {
			b.set(true)
		}
	}
}

func (b *breaker) set(open bool) {
	if b.open == open {
		return
	}
	b.open, b.failures = open, 0
	b.era++
	if open {
		b.trips++
		b.probe = time.Now().Add(breakerPause)
		b.log.Error("bucket does not answer, left in peace", "bucket", b.bucket)
	} else {
		b.log.Info("bucket answers again", "bucket", b.bucket)
	}
}

// retry takes one retry from the budget, if there is one.
func (b *breaker) retry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open || b.budget < 1 {
		return false
	}
	b.budget--
	return true
}

func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

func (b *breaker) tripped() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trips
}

// isOutage reports whether err is about the bucket and not about one object. The error of an open breaker is not: it
// would keep itself open.
func isOutage(err error) bool { return !errors.Is(err, errPaused) && bucket.IsOutage(err) }
