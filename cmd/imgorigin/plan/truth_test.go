package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// The set to warm is that of the least cost among all sets, reckoned with the probabilities that the log was made from; except for
// classes that are so near the break-even that the log can't tell, within three standard errors of what it shows.
func TestWarmTruth(t *testing.T) {
	const originals, count = 4000, 7
	prices := cost.Default()
	widths := ladder(t).Widths[5 : 5+count]
	random := rand.New(rand.NewPCG(7, 8))
	decided := 0
	for range 12 {
		wanted := make([]float64, count) // by how many of the originals
		for i := range wanted {
			wanted[i] = random.Float64()
		}
		wanted[0] = 1 // each original is viewed
		tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 12000)
		for i := range originals {
			for j, width := range widths {
				if random.Float64() < wanted[j] {
					tally.Add(&accesslog.Entry{
						Time: int64(1e9 + i*600), Status: 200, Bytes: 1000,
						Path: fmt.Appendf(nil, "/img/%d.jpg", i), Query: fmt.Appendf(nil, "w=%d", width-3), Type: []byte("image/webp"),
					})
				}
			}
		}
		r := tally.Report(Given{}, prices)
		best, least := 0, math.Inf(1)
		for set := range 1 << count {
			var dollars float64 // of an original
			for j, p := range wanted {
				if set>>j&1 == 1 {
					dollars += warmDollars(prices)
				} else {
					dollars += p * waitDollars(prices)
				}
			}
			if dollars < least {
				best, least = set, dollars
			}
		}
		for j, width := range widths {
			var got Class // which stays zero if nobody asks for it
			if i := slices.IndexFunc(r.Classes, func(c Class) bool { return c.Width == width }); i >= 0 {
				got = r.Classes[i]
			}
			isBest := best>>j&1 == 1
			seen := r.Log.Sampled * originals
			deviation := math.Sqrt(wanted[j] * (1 - wanted[j]) / seen)
			if math.Abs(got.Used-wanted[j]) > 4*deviation+1e-9 {
				t.Errorf("width %d: got %.3f of the originals, want %.3f ± %.3f", width, got.Used, wanted[j], deviation)
			}
			if math.Abs(wanted[j]-r.WarmFrom) < 3*deviation {
				continue
			}
			decided++
			if got.Chosen != isBest {
				t.Errorf("width %d, of %.3f of the originals: chosen is %t, want %t", width, wanted[j], got.Chosen, isBest)
			}
		}
	}
	if decided < 60 {
		t.Errorf("only %d classes of %d are far enough from the break-even", decided, 12*count)
	}
}

// warmDollars is what a variant that is made at upload costs, and waitDollars one on request: as bills have them.
func warmDollars(p cost.Prices) float64 {
	bill := func(warm float64) float64 {
		return onLambda(p, cost.Month{Uploads: 1e9, Warm: warm})
	}
	return (bill(2) - bill(1)) / 1e9
}

func waitDollars(p cost.Prices) float64 {
	return (onLambda(p, cost.Month{Fills: 1e9})-onLambda(p, cost.Month{}))/1e9 + p.Assumptions.Waiting/1e6
}

func onLambda(p cost.Prices, m cost.Month) float64 {
	for _, b := range cost.Bills(p, m) {
		if b.Design == cost.OnLambda {
			return b.Total()
		}
	}
	return math.NaN()
}

// The ladder that a log leads to sends hardly more bytes than the best of all ladders does, reckoned with the probabilities that
// the log was made from: no more than three standard errors of the bytes of a request, for either ladder.
func TestWidthsTruth(t *testing.T) {
	const requests = 20000
	prices := cost.Default()
	size := func(width int) float64 { return prices.Assumptions.Bytes.Of(float64(width), "webp") }
	asked := []int{200, 300, 375, 414, 560, 700, 900, 1100, 1500, 1800}
	random := rand.New(rand.NewPCG(9, 10))
	for range 8 {
		weights, sum := make([]float64, len(asked)), 0.0
		for i := range weights {
			weights[i] = random.ExpFloat64() + 0.05
			sum += weights[i]
		}
		sent := func(ladder []int) (mean, deviation float64) {
			var squares float64
			for i, width := range asked {
				at, _ := slices.BinarySearch(ladder, width)
				bytes := size(ladder[at])
				mean += weights[i] / sum * bytes
				squares += weights[i] / sum * bytes * bytes
			}
			return mean, math.Sqrt((squares - mean*mean) / requests)
		}
		tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6)
		for i := range requests {
			at, x := 0, random.Float64()*sum
			for x > weights[at] {
				x, at = x-weights[at], at+1
			}
			tally.Add(&accesslog.Entry{
				Time: int64(1e9 + i*100), Status: 200, Bytes: 1000,
				Path: fmt.Appendf(nil, "/img/%d.jpg", i%500), Query: fmt.Appendf(nil, "w=%d&fm=webp", asked[at]),
			})
		}
		r := tally.Report(Given{}, prices)
		rungs := len(r.Widths.Same.Widths)
		least, deviation := math.Inf(1), 0.0
		for set := range 1 << len(asked) {
			var candidate []int
			for i, width := range asked {
				if set>>i&1 == 1 {
					candidate = append(candidate, width)
				}
			}
			if len(candidate) != rungs || candidate[rungs-1] != asked[len(asked)-1] {
				continue
			}
			if mean, d := sent(candidate); mean < least {
				least, deviation = mean, d
			}
		}
		if mean, d := sent(r.Widths.Same.Widths); mean > least+3*(d+deviation) || mean < least-1e-6 {
			t.Errorf("%v sends %.0f bytes, the best ladder of %d rungs %.0f", r.Widths.Same.Widths, mean, rungs, least)
		}
		if now, _ := sent(ladder(t).Widths); r.Widths.Same.Wasted >= r.Widths.Wasted || now < least {
			t.Errorf("got %+v, which is not better than the ladder", r.Widths)
		}
	}
}

// What the log shows of expiry is what the rates of its requests come to, within three standard errors, and the advice is the
// cheaper of keeping variants for half the log and of deleting them.
func TestExpiryTruth(t *testing.T) {
	const originals, seconds = 5000, 60 * 86400
	prices := cost.Default()
	advised := make(map[bool]int)
	for i, test := range []struct {
		zipf, views float64
		bytes       int64
	}{{0, 500, 30000}, {0, 500, 3e6}, {1, 20000, 30000}, {1, 20000, 600000}, {1.2, 3000, 200000}, {0.5, 100000, 900000}} {
		random := rand.New(rand.NewPCG(11, uint64(i)))
		rates, sum := make([]float64, originals), 0.0 // views of each in half the log
		for rank := range rates {
			rates[rank] = math.Pow(float64(rank+1), -test.zipf)
			sum += rates[rank]
		}
		tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6)
		var early, again float64 // of the originals, in the first half and in both
		add := func(at int64, rank int) {
			tally.Add(&accesslog.Entry{
				Time: 1e9 + at, Status: 200, Bytes: test.bytes, Path: fmt.Appendf(nil, "/img/%d.jpg", rank), Query: []byte("w=640&fm=webp"),
			})
		}
		add(0, originals) // the log covers all of the time
		add(seconds, originals+1)
		for rank, rate := range rates {
			rate *= test.views / sum / 2
			p := -math.Expm1(-rate)
			early, again = early+p, again+p*p
			for _, half := range []int64{0, seconds / 2} {
				for range poisson(random, rate) {
					add(half+1+random.Int64N(seconds/2-2), rank)
				}
			}
		}
		r := tally.Report(Given{}, prices)
		truth := again / early
		if d := math.Sqrt(truth * (1 - truth) / early); math.Abs(r.Expiry.Asked.Value-truth) > 3*d+2/early {
			t.Errorf("%+v: got %.4f asked for again, want %.4f ± %.4f", test, r.Expiry.Asked.Value, truth, d)
		}
		days := float64(seconds) / 86400 / 2
		keep := onLambda(prices, cost.Month{Variants: 1, VariantBytes: float64(test.bytes) * 1e6}) - onLambda(prices, cost.Month{})
		keep *= early * days * 24 / prices.Assumptions.Hours / 1e6
		remake := again * (onLambda(prices, cost.Month{Fills: 1e6}) - onLambda(prices, cost.Month{})) / 1e6
		if math.Abs(keep-remake) < 0.1*keep {
			t.Fatalf("%+v: both cost $%.2f", test, keep)
		}
		keeps := strings.HasPrefix(r.Expiry.Advice, "keep")
		if advised[keeps]++; keeps != (keep < remake) {
			t.Errorf("%+v: got %q, where keeping costs $%.2f and making again $%.2f", test, r.Expiry.Advice, keep, remake)
		}
	}
	if advised[true] == 0 || advised[false] == 0 {
		t.Errorf("all have the same advice: %v", advised)
	}
}

// poisson returns a random number of events of a rate.
func poisson(random *rand.Rand, rate float64) (n int) {
	for at := random.ExpFloat64(); at < rate; at += random.ExpFloat64() {
		n++
	}
	return n
}
