// Package plan says what a month of images costs, and what could be made better, from access logs or from a model of them:
//
//	logs ─► accesslog ─► Logs: a Tally of each server ─┐
//	                                                   ├─► Report: figures, advice, and a bill for each design of package cost
//	a few numbers ─► Simulate ─────────────────────────┘
//
// A Tally counts all requests by width and format. What depends on which images are asked for, such as distinct variants and the
// hits of caches, it counts for a sample of the originals, chosen by a hash of their keys: all of them, until they are too many.
// Figures from a sample come with their standard error.
//
// [Command] is the command plan: it finds the logs, in folders and buckets, and prints the report.
package plan

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A Tally collects what a report says, from requests in the order of their times, more or less.
type Tally struct {
	Requests int64 // of images
	Bytes    int64
	Refused  int64 // errors, redirects, and methods other than GET and HEAD
	Other    int64 // of URLs that are not those of images in the grammar
	Results  [accesslog.Other + 1]int64
	Origins  [accesslog.Second + 1]int64 // of what the CDN did not answer
	First    int64                       // Unix seconds; 0 if the logs have no times
	Last     int64

	urls      *urls
	ladder    grammar.Ladder
	ages      [ages]uint32 // how long caches hold an image, in seconds
	variants  table[variant]
	edges     table[edge]
	service   *Tally // of the log of the service beside this one, nil if there is none
	threshold uint64 // originals whose hash is below it are in the sample
	room      int    // variants and edges that the sample may have
}

// ages is the number of ages that are compared: the current one, a day, a week and a month.
const ages = 4

// A variant is one of the sample.
type variant struct {
	original     uint64 // a hash
	class        uint32
	views        uint32
	first, last  uint32       // Unix seconds
	expires      [ages]uint32 // in a cache that all edges share
	shieldMisses [ages]uint32
	edgeMisses   [ages]uint32
}

// An edge is a variant in the cache of a region.
type edge struct {
	original uint64
	expires  [ages]uint32
}

// NewTally returns a tally of a service, whose images may be cached for maxAge seconds. The sample has room for so many variants
// and copies of them in regional caches; each takes some 100 bytes.
func NewTally(s Settings, maxAge float64, room int) *Tally {
	return &Tally{
		urls: newURLs(s), ladder: s.Ladder,
		ages:      [ages]uint32{uint32(min(maxAge, math.MaxInt32)), 86400, 7 * 86400, 30 * 86400},
		threshold: math.MaxUint64, room: room,
	}
}

// Add counts a request.
func (t *Tally) Add(e *accesslog.Entry) {
	isAnswer := e.Status == 0 || e.Status == 200 || e.Status == 206 || e.Status == 304
	if !isAnswer || e.Result == accesslog.Other {
		t.Refused++
		return
	}
	key, at, ok := t.urls.read(e)
	if !ok {
		t.Other++
		return
	}
	t.Requests++
	t.Bytes += e.Bytes
	t.Results[e.Result]++
	if e.Result == accesslog.EdgeMiss {
		t.Origins[e.Origin]++
	}
	if e.Time > 0 {
		if t.First == 0 || e.Time < t.First {
			t.First = e.Time
		}
		t.Last = max(t.Last, e.Time)
	}
	n := &t.urls.cells.list[at]
	n.requests++
	if e.Status == 200 {
		n.whole++
		n.bytes += e.Bytes
	}
	if original := hash(key, 0); original <= t.threshold {
		t.sample(e, original, n.class)
	}
}

// sample counts a request for an original of the sample.
func (t *Tally) sample(e *accesslog.Entry, original uint64, class uint32) {
	now := uint32(min(e.Time, math.MaxUint32))
	id := mix(original, uint64(class)+1)
	v, isNew := t.variants.at(id)
	if isNew {
		*v = variant{original: original, class: class, first: now}
	}
	v.views++
	v.first, v.last = min(v.first, now), max(v.last, now)
	if now > 0 {
		t.cache(v, now, mix(id, hash(region(e.Edge), 2)))
	}
	for t.variants.n+t.edges.n > t.room && t.threshold > 0 {
		t.shrink()
	}
}

// cache counts what misses the caches of all ages.
func (t *Tally) cache(v *variant, now uint32, at uint64) {
	g, isNew := t.edges.at(at)
	if isNew {
		g.original = v.original
	}
	for i, age := range t.ages {
		if holds(g.expires[i], now, age) {
			continue
		}
		g.expires[i] = now + age
		v.edgeMisses[i]++
		if !holds(v.expires[i], now, age) { // what Origin Shield holds has the same age everywhere
			v.expires[i] = now + age
			v.shieldMisses[i]++
		}
	}
}

// holds reports whether a cache has a copy, until it expires. Logs are only roughly in order: a request shortly before the one that
// brought the copy would have brought it too, and that one would have been a hit. Much earlier requests are those of another
// distribution, whose logs come next, and which has caches of its own.
func holds(expires, now, age uint32) bool {
	return now < expires && expires-now <= 2*age
}

// shrink halves the sample.
func (t *Tally) shrink() {
	t.threshold /= 2
	t.variants.keep(func(v *variant) bool { return v.original <= t.threshold })
	t.edges.keep(func(g *edge) bool { return g.original <= t.threshold })
}

// forget empties the sample, and keeps it empty.
func (t *Tally) forget() {
	t.threshold, t.variants, t.edges = 0, table[variant]{}, table[edge]{}
}

// scale returns the factor from the period of the logs to a month: 1 if they have no times.
func (t *Tally) scale() float64 {
	if t.First > 0 && t.Last > t.First {
		return monthSeconds / float64(t.Last-t.First)
	}
	return 1
}

// share returns the share of the originals that are in the sample.
func (t *Tally) share() float64 { return (float64(t.threshold) + 1) / (math.MaxUint64 + 1) }

// An Estimate is a figure with its standard error, which is 0 if nothing was left out.
type Estimate struct {
	Value float64 `json:"value"`
	Error float64 `json:"error,omitempty"`
}

// estimate adds up a figure of the variants, for all originals. Originals are in the sample independently of each other, each
// with the probability p: the variance of a sum is that of its originals, (1-p)/p² times the sum of their squares.
func (t *Tally) estimate(of func(*variant) float64) Estimate {
	p := t.share()
	var byOriginal table[float64]
	sum, squares := 0.0, 0.0
	for v := range t.variants.all {
		if x := of(v); x != 0 {
			all, _ := byOriginal.at(v.original)
			*all += x
		}
	}
	for x := range byOriginal.all {
		sum += *x
		squares += *x * *x
	}
	return Estimate{sum / p, math.Sqrt((1-p)*squares) / p}
}

// hash returns a hash of some bytes. It is good enough to spread keys, and no protection against keys that are made to collide.
func hash(b []byte, seed uint64) uint64 {
	h := mix(seed, uint64(len(b)))
	for ; len(b) >= 8; b = b[8:] {
		h = mix(h, binary.LittleEndian.Uint64(b))
	}
	var last uint64
	for _, c := range b { // the length is in the hash already
		last = last<<8 | uint64(c)
	}
	return mix(h, last)
}

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xd1b54a32d192ed03)
	h = hi ^ lo
	h ^= h >> 32
	return h * 0xd6e8feb86659fd93
}

// region returns where an edge location is: the first three letters of FRA56-P1.
func region(location []byte) []byte {
	if len(location) < 3 {
		return location
	}
	return bytes.TrimSpace(location[:3])
}
