package server

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/imgorigin/imgorigin/cache"
)

// A LimitError says that too many different pictures were asked for that had to be made, and when to ask again.
type LimitError struct {
	Of    string // what the limit is of: "original", or "network" of the client
	Who   string // the original's key or the network, for the log
	Limit int    // a minute
	After time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("more than %d different new pictures a minute for the %s %.60s", e.Limit, e.Of, e.Who)
}

const (
	limitWindow = time.Minute
	limitMemory = 1 << 16 // fills that are remembered of all originals and networks, at most 10 MB
)

// limits hold the number of different fills that are asked for of one original, and from one network, in any minute.
// They stand in front of the gate: what they refuse costs nothing. Asking again for the same picture is not another
// fill. When there is more to remember than limitMemory, those who asked longest ago are forgotten.
type limits struct {
	perOriginal int // 0 is no limit
	perNetwork  int

	seed maphash.Seed

	mu     sync.Mutex
	recent *simplelru.LRU[subject, []recentFill]
	held   int // fills in recent
}

// A subject is the hash of an original or a network: keys may be long.
type subject uint64

type recentFill struct {
	of uint64 // the hash of the variant's key
	at time.Time
}

func newLimits(perOriginal, perNetwork int) *limits {
	l := &limits{perOriginal: perOriginal, perNetwork: perNetwork, seed: maphash.MakeSeed()}
	recent, err := simplelru.NewLRU(limitMemory, func(_ subject, fills []recentFill) { l.held -= len(fills) })
	if err != nil {
		panic(err) // only for a size below one
	}
	l.recent = recent
	return l
}

// Admit counts a fill that a network asks for; the error is a [LimitError], and then nothing is counted.
func (l *limits) Admit(k cache.Key, from netip.Prefix, now time.Time) error {
	fill := recentFill{maphash.Comparable(l.seed, k), now}
	original, network := l.subject("original", k.Original), l.subject("network", from.String())
	l.mu.Lock()
	defer l.mu.Unlock()
	if after := l.full(original, fill, l.perOriginal); after > 0 {
		return &LimitError{"original", k.Original, l.perOriginal, after}
	}
	if after := l.full(network, fill, l.perNetwork); after > 0 {
		return &LimitError{"network", from.String(), l.perNetwork, after}
	}
	l.add(original, fill, l.perOriginal)
	l.add(network, fill, l.perNetwork)
	return nil
}

func (l *limits) subject(kind, name string) subject {
	return subject(maphash.Comparable(l.seed, [2]string{kind, name}))
}

// full tells for how long a subject may have no other fill; 0 if it may.
func (l *limits) full(who subject, fill recentFill, limit int) time.Duration {
	if limit <= 0 {
		return 0
	}
	fills, _ := l.recent.Peek(who)
	var oldest time.Time
	within := 0
	for _, f := range fills {
		if fill.at.Sub(f.at) >= limitWindow {
			continue
		}
		if f.of == fill.of {
			return 0
		}
		if within++; within == 1 {
			oldest = f.at // they are in order
		}
	}
	if within < limit {
		return 0
	}
	return oldest.Add(limitWindow).Sub(fill.at)
}

// add remembers a fill and forgets what is over, of this subject and, where memory wants it, of others.
func (l *limits) add(who subject, fill recentFill, limit int) {
	if limit <= 0 {
		return
	}
	old, _ := l.recent.Peek(who)
	fills := make([]recentFill, 0, len(old)+1)
	known := false
	for _, f := range old {
		if fill.at.Sub(f.at) < limitWindow {
			fills = append(fills, f)
			known = known || f.of == fill.of
		}
	}
	if !known {
		fills = append(fills, fill)
	}
	l.recent.Remove(who) // Add on a held key would not tell what it replaced
	l.recent.Add(who, fills)
	l.held += len(fills)
	for l.held > limitMemory && l.recent.Len() > 1 {
		l.recent.RemoveOldest()
	}
}
