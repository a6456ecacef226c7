package plan

import (
	"math"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// A Model is traffic that is described by a few numbers. Requests for an image are independent of each other, at a rate that
// falls with its rank as a power: the rank-th of the originals gets a share of rank^-Zipf. All variants of an original are
// asked for equally.
type Model struct {
	Originals float64 // how many there are
	Views     float64 // a month, of images that browsers show
	Zipf      float64 // 0 is the same for all
	Visitors  float64 // browsers a month, with a cache each; 0 for no such caches
	Regions   float64 // CDN caches that do not know of each other
	MaxAge    float64 // seconds for which browsers and the CDN may cache an image
	Expire    float64 // days after which variants are deleted; 0 for never
	Shield    bool    // Origin Shield is used

	Sizes   float64 // of an original, that are asked for
	Formats float64 // of a size
	Bytes   float64 // of a variant; 0 for those of 640 pixels in the price file
}

// Flows are the requests of a month at each place, which all pass on those that they can't answer.
type Flows struct {
	Browser  float64 `json:"browser"`  // all views
	Edge     float64 `json:"edge"`     // that browsers do not answer
	Shield   float64 `json:"shield"`   // that regional caches do not answer, if there is Origin Shield
	Bucket   float64 `json:"bucket"`   // that the CDN does not answer
	Service  float64 `json:"service"`  // variants that the bucket does not have
	Variants float64 `json:"variants"` // distinct in a month
	Stored   float64 `json:"stored"`   // in the bucket, on average, in the long run
	Sized    float64 `json:"sizes"`    // distinct in a month, whatever their format
	Used     float64 `json:"originals"`
}

const monthSeconds = 730 * 3600

// Flows solves the model. A cache that holds an image for an age, whatever is asked for meanwhile, and is asked at random at a
// rate r, misses once in age + 1/r: r/(1 + r age) times a second. Caches in parallel miss as often as one does with its part of
// the requests, each. Origin Shield passes the age of its copy on, so that all copies end with it: it misses once in
// age + 1/r, with the rate r of all requests. The same holds for the bucket and variants that expire, with the rate of the requests
// that the CDN passes on.
func (m Model) Flows() (f Flows) {
	variants := max(1, m.Sizes) * max(1, m.Formats)
	m.eachRank(func(originals, views float64) {
		rate := views / variants / monthSeconds // of a variant, a second
		misses := func(caches, age float64) float64 {
			return rate / (1 + rate/max(1, caches)*age) * monthSeconds
		}
		n := originals * variants
		f.Browser += n * rate * monthSeconds
		edge := rate * monthSeconds
		if m.Visitors > 0 {
			edge = misses(m.Visitors, m.MaxAge)
		}
		bucket := min(edge, misses(m.Regions, m.MaxAge))
		if m.Shield {
			f.Shield += n * bucket
			bucket = min(bucket, misses(1, m.MaxAge))
		}
		f.Edge += n * edge
		f.Bucket += n * bucket
		asked := func(rate float64) float64 { return -math.Expm1(-rate * monthSeconds) } // the chance of being asked for in the month
		f.Variants += n * asked(rate)
		f.Sized += originals * max(1, m.Sizes) * asked(rate*max(1, m.Formats))
		f.Used += originals * asked(rate*variants)
		if m.Expire > 0 {
			kept := bucket / monthSeconds * m.Expire * 86400 // requests while a variant is in the bucket
			f.Service += n * bucket / (1 + kept)
			f.Stored += n * kept / (1 + kept)
		} else {
			f.Stored += n // sooner or later all are asked for
		}
	})
	return f
}

// eachRank calls f with numbers of originals and the views of each. The first thousand ranks come one by one, and then ranges of
// ranks whose views differ by less than a hundredth, with the views of their mean by the integral of the power.
func (m Model) eachRank(f func(originals, views float64)) {
	n := math.Floor(m.Originals)
	if n < 1 {
		return
	}
	power := func(from, to float64) float64 { // the sum of rank^-Zipf over from < rank ≤ to, by the rule of midpoints
		a, b := from+0.5, to+0.5
		if m.Zipf == 1 {
			return math.Log(b / a)
		}
		return (math.Pow(b, 1-m.Zipf) - math.Pow(a, 1-m.Zipf)) / (1 - m.Zipf)
	}
	exact, sum := min(n, 1000), 0.0
	for rank := 1.0; rank <= exact; rank++ {
		sum += math.Pow(rank, -m.Zipf)
	}
	if n > exact {
		sum += power(exact, n)
	}
	for rank := 1.0; rank <= exact; rank++ {
		f(1, m.Views*math.Pow(rank, -m.Zipf)/sum)
	}
	for from := exact; from < n; {
		to := min(n, math.Ceil(from*1.01))
		f(to-from, m.Views*power(from, to)/sum/(to-from))
		from = to
	}
}

// month returns the month that flows come to, for variants of some bytes. Without expiry, the service makes nothing in the
// long run but the variants of new originals, which are asked for as all others.
func (f Flows) month(base cost.Month, bytes float64) cost.Month {
	base.Views, base.Bytes, base.Misses, base.Fills, base.Shield = f.Edge, f.Edge*bytes, f.Bucket, f.Service, f.Shield
	base.Variants, base.VariantBytes = f.Stored, bytes
	base.DistinctSizes, base.DistinctOriginals = f.Sized, f.Used
	if f.Service == 0 && base.Originals > 0 {
		base.Fills = base.Uploads * f.Variants / base.Originals
	}
	return base
}
