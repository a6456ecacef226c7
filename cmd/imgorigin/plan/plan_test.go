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
	"github.com/imgorigin/imgorigin/server/grammar"
)

func within(t *testing.T, name string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*math.Abs(want)+1e-9 {
		t.Errorf("%s: got %v, want %v ± %v %%", name, got, want, 100*share)
	}
}

// The best ladder is the best of all ladders, which are tried for few widths.
func TestBestLadder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	size := func(width int) float64 { return math.Pow(float64(width), 1.5) }
	for range 50 {
		var asked []demand
		for width := range 9 {
			asked = append(asked, demand{100 * (width + 1), float64(random.IntN(1000) + 1)})
		}
		rungs := 1 + random.IntN(5)
		least := math.Inf(1)
		for set := range 1 << 9 {
			sent, used, next := 0.0, 0, 0
			for i := 8; i >= 0; i-- {
				if set>>i&1 == 1 {
					used, next = used+1, asked[i].width
				}
				if sent += asked[i].weight * size(next); next == 0 {
					sent = math.Inf(1)
				}
			}
			if used <= rungs {
				least = min(least, sent)
			}
		}
		ladder, sent := bestLadder(asked, rungs, size)
		within(t, fmt.Sprint(ladder), sent, least, 1e-9)
		if len(ladder) > rungs || ladder[len(ladder)-1] != 900 || !slices.IsSorted(ladder) {
			t.Errorf("got %v of %d rungs", ladder, rungs)
		}
	}
	if ladder, _ := bestLadder(nil, 3, size); ladder != nil {
		t.Errorf("of nothing: got %v", ladder)
	}
}

// What can be solved by hand.
func TestFlows(t *testing.T) {
	const month = monthSeconds
	same := Model{Originals: 5000, Views: 5e6, Regions: 1, MaxAge: month / 100, Sizes: 1, Formats: 1} // 1000 views of each
	f := same.Flows()
	within(t, "views", f.Browser, 5e6, 1e-9)
	within(t, "misses", f.Bucket, 5000*1000/(1+10.0), 1e-9) // ten views in an age: one of eleven misses
	within(t, "originals", f.Used, 5000, 1e-9)
	same.Regions = 10
	within(t, "misses of ten regions", same.Flows().Bucket, 5000*1000/(1+1.0), 1e-9) // one view in an age and region
	same.Shield = true
	within(t, "with Origin Shield", same.Flows().Bucket, 5000*1000/(1+10.0), 1e-9)
	same.Visitors = 1e15
	within(t, "browsers that come once", same.Flows().Edge, 5e6, 1e-6)
	same.Visitors = 100
	within(t, "a hundred browsers", same.Flows().Edge, 5e6/(1+0.1), 1e-9)
	same.MaxAge = 0
	within(t, "no caches", same.Flows().Bucket, 5e6, 1e-9)
	same.Expire = 73.0 / 24 / 10 // a hundredth of a month
	within(t, "expiry", same.Flows().Service, 5000*1000/(1+10.0), 1e-9)
	within(t, "stored", same.Flows().Stored, 5000*10/11.0, 1e-9)
	same.MaxAge, same.Regions, same.Shield = month/10, 10, false // each region is asked ten times in an age
	within(t, "behind caches", same.Flows().Bucket, 5000*1000/11.0, 1e-9)
	within(t, "expiry behind caches", same.Flows().Service, 5000*(1000/11.0)/(1+10/11.0), 1e-9)
	rare := Model{Originals: 1e6, Views: 1e5, Regions: 1, Sizes: 1, Formats: 1}
	within(t, "rare ones", rare.Flows().Used, 1e6*(1-math.Exp(-0.1)), 1e-6)
}

// Whatever the traffic, all figures are finite, the places have all views, and more views never mean less of anything.
func TestExtremes(t *testing.T) {
	for _, zipf := range []float64{0, 0.5, 1, 1 + 1e-9, 50} {
		for _, originals := range []float64{1, 1001, 1e7, 1e15} {
			for _, shield := range []bool{false, true} {
				maxAge := 86400.0
				if shield {
					maxAge *= 200 // longer than variants are kept
				}
				var before []float64
				for _, views := range []float64{1e-3, 1, 1e6, 1e9, 1e15} {
					m := Model{Originals: originals, Views: views, Zipf: zipf, Visitors: 1e6, Regions: 13, MaxAge: maxAge, Expire: 90, Sizes: 5, Formats: 2, Shield: shield}
					name := fmt.Sprintf("%+v", m)
					r := Simulate(m, Given{OriginalBytes: 3e6, Uploads: 1e15, Changes: 1e15}, cost.Default())
					all, share := 0.0, 0.0
					for _, p := range r.Places {
						all, share = all+p.Requests, share+p.Share
					}
					within(t, name+": views", all, views, 1e-6)
					within(t, name+": shares", share, 1, 1e-6)
					now := []float64{r.Month.Views, r.Month.Misses, r.Month.Shield, r.Month.Fills, r.Month.Variants, r.Month.DistinctSizes, r.Month.DistinctOriginals}
					for _, b := range r.Bills {
						now = append(now, b.Total, b.Own)
					}
					for i, v := range now {
						if !(v >= 0) || math.IsInf(v, 0) || before != nil && v < before[i]*(1-1e-9) {
							t.Errorf("%s: figure %d is %v, after %v", name, i, v, before)
						}
					}
					if m := r.Month; m.Fills > m.Misses*(1+1e-9) || m.Misses > m.Views*(1+1e-9) {
						t.Errorf("%s: got %v fills of %v misses of %v requests", name, m.Fills, m.Misses, m.Views)
					}
					before = now
				}
			}
		}
	}
}

// The ranges of ranks have the views of their ranks.
func TestRanks(t *testing.T) {
	for _, zipf := range []float64{0, 0.8, 1, 1.3} {
		m := Model{Originals: 50000, Views: 1e6, Zipf: zipf}
		var originals, views, sum float64
		for rank := 1.0; rank <= 50000; rank++ {
			sum += math.Pow(rank, -zipf)
		}
		m.eachRank(func(n, v float64) {
			if originals < 20000 && originals+n >= 20000 { // the range around this rank
				within(t, "views of a rank", v, 1e6*math.Pow(originals+n/2, -zipf)/sum, 0.001)
			}
			originals += n
			views += n * v
		})
		within(t, "originals", originals, 50000, 0)
		within(t, "views", views, 1e6, 1e-9)
	}
}

// The model agrees with requests that are drawn one by one, and so does a tally of them.
func TestFlowsOfRequests(t *testing.T) {
	const originals, views, days = 1000, 100000, 30.4166666667
	m := Model{Originals: originals, Views: views, Zipf: 1, Regions: 3, MaxAge: 86400, Sizes: 2, Formats: 1}
	tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e7)
	generate(tally, originals, views, days*86400, []int{320, 640}, func(random *rand.Rand) string {
		return []string{"FRA", "IAD", "NRT"}[random.IntN(3)]
	})
	f := m.Flows()
	r := tally.Report(Given{}, cost.Default())
	within(t, "misses", r.Ages[0].Misses.Value, f.Bucket, 0.03) // the first ages begin with empty caches
	m.Shield = true
	within(t, "with Origin Shield", r.Ages[0].Shield.Value, m.Flows().Bucket, 0.04)
	within(t, "variants", r.Log.Variants.Value, f.Variants, 0.02)
	within(t, "originals", r.Log.Originals.Value, f.Used, 0.02)
}

func ladder(t *testing.T) grammar.Ladder {
	t.Helper()
	l, err := grammar.DefaultLadder().Normal()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// generate adds requests at equal times, for originals whose popularity falls with their rank, and for widths at random.
func generate(tally *Tally, originals, views int, seconds float64, widths []int, edge func(*rand.Rand) string) {
	random := rand.New(rand.NewPCG(3, 4))
	sums := make([]float64, originals)
	sum := 0.0
	for i := range sums {
		sum += 1 / float64(i+1)
		sums[i] = sum
	}
	for i := range views {
		rank, _ := slices.BinarySearch(sums, random.Float64()*sum)
		width := widths[random.IntN(len(widths))]
		tally.Add(&accesslog.Entry{
			Time: 1e9 + int64(float64(i)*seconds/float64(views)), Edge: []byte(edge(random)), Status: 200, Bytes: int64(100 * width),
			Path: fmt.Appendf(nil, "/img/%d.jpg", rank), Query: fmt.Appendf(nil, "w=%d&fm=webp", width), Type: []byte("image/webp"),
		})
	}
}

// The report recommends what the requests were made from: the widths that pages ask for, and these to be warmed. A sample tells
// the same within three of its standard errors.
func TestTruth(t *testing.T) {
	widths := []int{300, 412, 700, 1000}
	edge := func(*rand.Rand) string { return "FRA56-P1" }
	whole, part := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e7), NewTally(Settings{Ladder: ladder(t)}, 86400, 4000)
	generate(whole, 10000, 60000, 30*86400, widths, edge)
	generate(part, 10000, 60000, 30*86400, widths, edge)
	all, sampled := whole.Report(Given{}, cost.Default()), part.Report(Given{}, cost.Default())
	for _, r := range []Report{all, sampled} {
		if !slices.Equal(r.Widths.Same.Widths, widths) || r.Widths.Same.Wasted > 1 || r.Widths.Wasted <= 0 {
			t.Errorf("got %+v, want %v", r.Widths.Same, widths)
		}
		if len(r.Widths.Asked) != 4 || !slices.Contains(r.Paste, "--widths 300,412,700,1000,3840") {
			t.Errorf("got %v and %q", r.Widths.Asked, r.Paste)
		}
	}
	if sampled.Log.Sampled > 0.2 || all.Log.Sampled != 1 || all.Log.Variants.Error != 0 {
		t.Errorf("got samples of %v and %v", sampled.Log.Sampled, all.Log.Sampled)
	}
	for name, e := range map[string][2]Estimate{
		"originals": {all.Log.Originals, sampled.Log.Originals}, "variants": {all.Log.Variants, sampled.Log.Variants},
		"once": {all.Log.Once, sampled.Log.Once}, "misses": {all.Ages[0].Misses, sampled.Ages[0].Misses},
	} {
		if d := math.Abs(e[0].Value - e[1].Value); e[1].Error == 0 || d > 3*e[1].Error || e[1].Error > 0.1*e[1].Value {
			t.Errorf("%s: got %v, want %v", name, e[1], e[0].Value)
		}
	}
	within(t, "bytes of a variant", all.Month.VariantBytes, 100*(300+412+700+1000)/4, 0.01)
	within(t, "views a month", all.Month.Views, 60000*monthSeconds/(30*86400), 0.001)
	if all.Expiry == nil || all.Expiry.Asked.Value <= 0 || all.Expiry.Asked.Value >= 1 {
		t.Errorf("expiry: got %+v", all.Expiry)
	}
}

// Where the log tells, Origin Shield has its own place, and its requests a price.
func TestOriginShield(t *testing.T) {
	tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6)
	for i := range 1000 {
		result := accesslog.EdgeHit
		if i%10 == 0 {
			result = accesslog.ShieldHit
		} else if i%20 == 1 {
			result = accesslog.EdgeMiss
		}
		tally.Add(&accesslog.Entry{Time: 1e9 + int64(i)*monthSeconds/999, Status: 200, Bytes: 1, Path: []byte("/img/a.jpg"), Result: result})
	}
	r := tally.Report(Given{}, cost.Default())
	within(t, "requests to Origin Shield", r.Month.Shield, 150, 0.01)
	within(t, "misses", r.Month.Misses, 50, 0.01)
	if len(r.Places) != 4 || r.Places[1].Name != "Origin Shield" || math.Abs(r.Places[1].Share-0.1) > 1e-9 {
		t.Errorf("got %+v", r.Places)
	}
}

// The logs of two distributions may follow each other: each has caches of its own. Small disorder within a log changes nothing.
func TestOrder(t *testing.T) {
	misses := func(times ...int64) (ages []Estimate) {
		tally := NewTally(Settings{Ladder: ladder(t)}, 3600, 1e6)
		for _, at := range times {
			tally.Add(&accesslog.Entry{Time: 1e9 + at, Status: 200, Path: []byte("/img/cat.jpg"), Query: []byte("w=320"), Edge: []byte("FRA")})
		}
		scale := monthSeconds / 1e6
		for _, age := range tally.Report(Given{}, cost.Default()).Ages {
			ages = append(ages, Estimate{Value: age.Misses.Value / scale}, Estimate{Value: age.Shield.Value / scale})
		}
		return ages
	}
	one := misses(0, 1000, 90000, 200000, 1e6)
	if two := misses(0, 1000, 90000, 200000, 1e6, 0, 1000, 90000, 200000, 1e6); two[0].Value != 2*one[0].Value || two[1].Value != 2*one[1].Value {
		t.Errorf("two distributions: got %v, want twice %v", two, one)
	}
	if disordered := misses(1000, 0, 90000, 200000, 1e6); !slices.Equal(disordered, one) {
		t.Errorf("in disorder: got %v, want %v", disordered, one)
	}
}

// Requests that name no size are said to be for whole images.
func TestWithoutSizes(t *testing.T) {
	tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6)
	for _, query := range []string{"", "fm=webp", "h=320", "w=320"} {
		tally.Add(&accesslog.Entry{Path: []byte("/img/cat.jpg"), Query: []byte(query)})
	}
	tally.Add(&accesslog.Entry{Path: []byte("/v/cat.jpg/full.webp")})
	var b strings.Builder
	r := tally.Report(Given{}, cost.Default())
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "40.0 % of the requests name neither width nor height") || !strings.Contains(text, " any  ") {
		t.Errorf("got %s", text)
	}
}

// A list of URLs has no bytes: the bill uses those of the file of prices.
func TestWithoutBytes(t *testing.T) {
	tally, prices := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6), cost.Default()
	for _, query := range []string{"w=320&fm=webp", "w=320&fm=webp", "w=640&fm=avif"} {
		tally.Add(&accesslog.Entry{Path: []byte("/img/cat.jpg"), Query: []byte(query)})
	}
	r, sizes := tally.Report(Given{}, prices), prices.Assumptions.Bytes
	within(t, "bytes", r.Month.Bytes, 2*sizes.Of(320, "webp")+sizes.Of(640, "avif"), 1e-9)
	within(t, "bytes of a variant", r.Month.VariantBytes, r.Month.Bytes/3, 1e-9)
	if notes := strings.Join(r.Notes, " "); !strings.Contains(notes, "no bytes") {
		t.Errorf("got the notes %s", notes)
	}
}

// A flat rate is named only where it saves money.
func TestFlatRate(t *testing.T) {
	for views, want := range map[float64]string{1e8: "flat rate Business", 1.2e6: "", 2e12: ""} {
		r := Simulate(Model{Originals: 1e5, Views: views, Bytes: 5e4, Sizes: 5, Formats: 2, Regions: 13}, Given{}, cost.Default())
		if want == "" && r.Flat != "" || !strings.Contains(r.Flat, want) {
			t.Errorf("%g views: got %q, want …%s…", views, r.Flat, want)
		}
	}
}

func TestText(t *testing.T) {
	tally := NewTally(Settings{Ladder: ladder(t)}, 86400, 1e6)
	generate(tally, 100, 20000, 30*86400, []int{300, 700}, func(*rand.Rand) string { return "FRA" })
	tally.Add(&accesslog.Entry{Status: 404})
	tally.Add(&accesslog.Entry{Status: 200, Path: []byte("/index.html")})
	var b strings.Builder
	r := tally.Report(Given{}, cost.Default())
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"imgorigin on Lambda", "Cloudflare Images", "Origin Shield", "run plan again with --widths 300,700,3840", "Expiry", "Finals"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, b.String())
		}
	}
	same := ladder(t)
	same.Widths = r.Widths.Same.Widths
	tally = NewTally(Settings{Ladder: same}, 86400, 1e6)
	generate(tally, 100, 20000, 30*86400, []int{300, 700}, func(*rand.Rand) string { return "FRA" })
	again := tally.Report(Given{}, cost.Default())
	if !slices.ContainsFunc(again.Paste, func(s string) bool { return strings.HasPrefix(s, "--warm 'w=300,700&fm=") }) {
		t.Errorf("with the widths that are asked for: got %q", again.Paste)
	}
	if r.Log.Refused != 1 || r.Log.Other != 1 || len(r.Log.Unread) != 0 {
		t.Errorf("got %d refused, %d other", r.Log.Refused, r.Log.Other)
	}
}
