package admission

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache/lru"
)

// A LimitError says which limit a fill exceeds, and when to try again.
type LimitError struct {
	Of    string        // "original" or "network"
	Name  string        // the original's key or the client's network, for the log
	Limit int           // different fills a minute
	After time.Duration // until another is admitted
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("more than %d different new variants a minute for the %s %.60s", e.Limit, e.Of, e.Name)
}

const (
	limitWindow   = time.Minute
	rememberLimit = 1 << 16 // fills that are remembered of all originals and networks, 10 MB at most
)

// Limits bound the number of different fills in any minute, of an original and for a network. They stand before the
// gate: what they refuse costs nothing. Another request for the same variant is not another fill. When there are more
// than rememberLimit fills to remember, the least recent originals and networks are forgotten.
//
// They are safe for concurrent use.
type Limits struct {
	perOriginal int // 0 is no limit
	perNetwork  int

	seed maphash.Seed

	mu     sync.Mutex
	recent *lru.Cache[subject, []recentFill]
	held   int // fills in recent
}

// A subject is the hash of an original's key or of a network: keys may be long.
type subject uint64

// A recentFill is a fill of the last minute.
type recentFill struct {
	variant uint64 // the hash of its name
	at      time.Time
}

// NewLimits returns limits on the fills of an original and for a network; 0 means no limit.
func NewLimits(perOriginal, perNetwork int) *Limits {
	l := &Limits{perOriginal: perOriginal, perNetwork: perNetwork, seed: maphash.MakeSeed()}
	l.recent = lru.New(rememberLimit, func(_ subject, fills []recentFill) { l.held -= len(fills) })
	return l
}

// Admit counts a fill of a variant that a client in a network asks for. If the error is a [LimitError], the fill is not
// counted.
func (l *Limits) Admit(original, transform string, network netip.Prefix, now time.Time) error {
	fill := recentFill{maphash.Comparable(l.seed, [2]string{original, transform}), now}
	ofOriginal, ofNetwork := l.subject("original", original), l.subject("network", network.String())
	l.mu.Lock()
	defer l.mu.Unlock()
	if after := l.wait(ofOriginal, fill, l.perOriginal); after > 0 {
		return &LimitError{"original", original, l.perOriginal, after}
	}
	if after := l.wait(ofNetwork, fill, l.perNetwork); after > 0 {
		return &LimitError{"network", network.String(), l.perNetwork, after}
	}
	l.add(ofOriginal, fill, l.perOriginal)
	l.add(ofNetwork, fill, l.perNetwork)
	return nil
}

// chargedBytes is the size of a variant that counts as one fill.
const chargedBytes = 1 << 20

// Charge counts a finished fill as one more for each further MiB of its variant: what a stranger can put into the store
// in a minute is bounded in bytes too, and a PNG of a photograph takes a hundred times the bytes of a JPEG.
func (l *Limits) Charge(original string, network netip.Prefix, bytes int64, now time.Time) {
	ofOriginal, ofNetwork := l.subject("original", original), l.subject("network", network.String())
	l.mu.Lock()
	defer l.mu.Unlock()
	for range min((bytes-1)/chargedBytes, int64(max(l.perOriginal, l.perNetwork))) { // more would change nothing
		fill := recentFill{rand.Uint64(), now}
		l.add(ofOriginal, fill, l.perOriginal)
		l.add(ofNetwork, fill, l.perNetwork)
	}
}

func (l *Limits) subject(kind, name string) subject {
	return subject(maphash.Comparable(l.seed, [2]string{kind, name}))
}

// wait returns the time until a subject may have the fill, 0 if it may have it now.
func (l *Limits) wait(s subject, fill recentFill, limit int) time.Duration {
	if limit <= 0 {
		return 0
	}
	fills, _ := l.recent.Peek(s)
	var oldest time.Time
	within := 0
	for _, f := range fills {
		if fill.at.Sub(f.at) >= limitWindow {
			continue
		}
		if f.variant == fill.variant {
			return 0
		}
		if within++; within == 1 {
			oldest = f.at // fills are in order of time
		}
	}
	if within < limit {
		return 0
	}
	return oldest.Add(limitWindow).Sub(fill.at)
}

// add remembers a fill of a subject. It forgets the subject's fills that are out of the window, and the least recent
// subjects where there are too many fills.
func (l *Limits) add(s subject, fill recentFill, limit int) {
	if limit <= 0 {
		return
	}
	before, _ := l.recent.Peek(s)
	fills := make([]recentFill, 0, len(before)+1)
	isKnown := false
	for _, f := range before {
		if fill.at.Sub(f.at) < limitWindow {
			fills = append(fills, f)
			isKnown = isKnown || f.variant == fill.variant
		}
	}
	if !isKnown {
		fills = append(fills, fill)
	}
	l.recent.Remove(s) // Add on a held key would skip the eviction callback
	l.recent.Add(s, fills)
	l.held += len(fills)
	for l.held > rememberLimit && l.recent.Len() > 1 {
		l.recent.RemoveOldest()
	}
}
