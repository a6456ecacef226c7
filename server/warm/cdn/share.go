package cdn

import "time"

// A share is the part of CloudFront's quotas that a process takes for itself. Processes that invalidate in the same
// distribution do not know of each other: a refusal is all that they notice. As with congestion in TCP, each takes less
// when it is refused, and slowly more again while it is not, so that they end up with equal shares, and are seldom
// refused. The zero value is a share of everything.
type share struct {
	missing float64   // of 1, at the last refusal
	since   time.Time // when that was
}

const (
	shareDecrease = 0.6               // to which part of it a refusal reduces a share
	leastShare    = 1.0 / 16          // below which more processes just refuse each other more often
	shareRecovery = 400 * time.Second // from nothing to everything: a sixteenth while an invalidation is in progress
)

// part returns the share, above 0 and 1 at most.
func (s share) part() float64 {
	recovered := time.Since(s.since).Seconds() / shareRecovery.Seconds()
	return min(1, 1-s.missing+recovered)
}

// of returns the share of a quota, at least 1.
func (s share) of(quota int) int { return max(1, int(s.part()*float64(quota))) }

// refuse notes a refusal for lack of room.
func (s *share) refuse() { *s = share{1 - max(leastShare, shareDecrease*s.part()), time.Now()} }
