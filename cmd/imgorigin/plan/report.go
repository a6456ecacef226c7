package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// A Report is what a plan says.
type Report struct {
	Source   string     `json:"source"` // what it was made from
	Prices   string     `json:"prices"` // their date and region
	Month    cost.Month `json:"month"`
	Places   []Place    `json:"places"`
	Ages     []Age      `json:"ages,omitempty"`
	Log      *Log       `json:"log,omitempty"`
	Widths   *Widths    `json:"widths,omitempty"`
	Classes  []Class    `json:"warm,omitempty"`
	WarmFrom float64    `json:"warm_from,omitempty"` // the share of originals from which on making a class early pays
	Finals   []Final    `json:"finals,omitempty"`
	Expiry   *Expiry    `json:"expiry,omitempty"`
	Bills    []Bill     `json:"bills"`
	Flat     string     `json:"flat_rate,omitempty"`
	Paste    []string   `json:"paste"` // settings to use
	Notes    []string   `json:"notes,omitempty"`
}

// A Place is where requests are answered, and how many of a month.
type Place struct {
	Name     string  `json:"name"`
	Requests float64 `json:"requests"`
	Share    float64 `json:"share"`
	Bound    string  `json:"bound,omitempty"` // "at least" or "at most", where the logs do not tell
}

// An Age is a time for which images may be cached, and the requests behind the CDN a month, without and with Origin Shield.
type Age struct {
	Seconds float64  `json:"seconds"`
	Misses  Estimate `json:"misses"`
	Shield  Estimate `json:"with_shield"`
}

// A Log says what was read.
type Log struct {
	Requests int64     `json:"requests"`
	Bytes    int64     `json:"bytes"`
	Refused  int64     `json:"refused"`
	Other    int64     `json:"other_urls"`
	Unread   []Unread  `json:"unread,omitempty"` // of images, as far as can be told
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Sampled  float64   `json:"sampled"` // the share of the originals that is in the sample

	Originals Estimate `json:"originals"`
	Variants  Estimate `json:"variants"`
	Once      Estimate `json:"viewed_once"` // variants
}

// Widths compares what is asked for with the ladder.
type Widths struct {
	Asked  []Width    `json:"asked"`        // of the ladder, which signed URLs and presets are not
	Wasted float64    `json:"wasted_bytes"` // a month, by rounding up
	Unused []int      `json:"unused"`       // rungs that nobody gets
	Same   Suggestion `json:"same_number"`  // the best ladder of as many rungs as are used
	Fewer  Suggestion `json:"fewest"`       // the shortest that wastes no more
}

// A Width is one that is asked for.
type Width struct {
	Width    int     `json:"width"`
	Sent     int     `json:"sent"`
	Requests float64 `json:"share"` // of all requests for a width of the ladder
}

// A Suggestion is a ladder, and the bytes that it wastes in a month.
type Suggestion struct {
	Widths []int   `json:"widths"`
	Wasted float64 `json:"wasted_bytes"`
}

// A Class is a width and a format, with what else URLs say of a variant, that could be made of each original before it is asked for.
type Class struct {
	Width    int     `json:"width"`
	Format   string  `json:"format"`               // or negotiated, where the log does not say which
	Shape    string  `json:"shape,omitempty"`      // such as h=320,fit=cover
	Warm     string  `json:"parameters,omitempty"` // for --warm; none for what only signed URLs can ask for
	Used     float64 `json:"used"`                 // share of the viewed originals that are asked for so
	Coverage float64 `json:"coverage"`             // share of the first views, of this class and those before
	Chosen   bool    `json:"chosen"`
}

// A Final is what slower encodes of a format would save.
type Final struct {
	Format  string   `json:"format"`
	From    float64  `json:"pays_from_views"`
	Pay     Estimate `json:"variants"` // that are viewed more often
	Dollars float64  `json:"dollars"`  // saved a month, if only these get finals
}

// Expiry compares keeping variants with making them again.
type Expiry struct {
	Days      float64  `json:"days"`
	Asked     Estimate `json:"asked_again"` // of the variants of the first half of the log, the share asked for in the second
	BreakEven float64  `json:"break_even"`
	Advice    string   `json:"advice"`
}

// A Bill is that of a design, with its sum.
type Bill struct {
	cost.Bill
	Total float64 `json:"total"`
	Own   float64 `json:"own"`
}

// Given is what logs and models do not say.
type Given struct {
	Originals, OriginalBytes float64
	Uploads, Changes, Warm   float64
	PurgeByTag               bool
}

func (g Given) month() cost.Month {
	return cost.Month{
		Originals: g.Originals, OriginalBytes: g.OriginalBytes, Uploads: g.Uploads, Changes: g.Changes, Warm: g.Warm, PurgeByTag: g.PurgeByTag,
	}
}

// Simulate returns the report of a model.
func Simulate(m Model, g Given, p cost.Prices) Report {
	f := m.Flows()
	base := g.month()
	base.Originals, base.Eager = m.Originals, m.Sizes*m.Formats
	r := Report{Source: fmt.Sprintf("a model: %s originals, %s views a month, Zipf %g", count64(m.Originals), count64(m.Views), m.Zipf)}
	bytes := (p.Assumptions.Bytes.Of(640, "webp") + p.Assumptions.Bytes.Of(640, "jpeg")) / 2
	if m.Bytes > 0 {
		bytes = m.Bytes
	}
	r.Month = f.month(base, bytes)
	r.Places = places(f.Browser, f.Edge, f.Shield, f.Bucket, f.Service)
	for _, age := range []float64{m.MaxAge, 86400, 7 * 86400, 30 * 86400} {
		other := m
		other.MaxAge, other.Shield = age, false
		without := other.Flows().Bucket
		other.Shield = true
		r.Ages = append(r.Ages, Age{age, Estimate{Value: without}, Estimate{Value: other.Flows().Bucket}})
	}
	r.Notes = append(r.Notes, "CDN caches are taken to hold every image until it expires.")
	r.finish(p)
	return r
}

// places returns who answers: of all requests that browsers do not answer, edge are left, and so on. The CDN's part is in two if
// there is Origin Shield.
func places(browser, edge, shield, bucket, service float64) []Place {
	all := cmp.Or(browser, 1)
	list := []Place{{Name: "browser", Requests: browser - edge}}
	if shield > 0 {
		list = append(list, Place{Name: "edge", Requests: edge - shield}, Place{Name: "Origin Shield", Requests: shield - bucket})
	} else {
		list = append(list, Place{Name: "edge", Requests: edge - bucket})
	}
	list = append(list, Place{Name: "bucket", Requests: bucket - service}, Place{Name: "service", Requests: service})
	for i := range list {
		list[i].Requests = max(0, list[i].Requests)
		list[i].Share = list[i].Requests / all
	}
	return list
}

// finish adds the bills, which depend on the month alone.
func (r *Report) finish(p cost.Prices) {
	r.Prices = p.Date + ", " + p.Region
	r.Ages = slices.CompactFunc(r.Ages, func(a, b Age) bool { return a.Seconds == b.Seconds })
	for _, b := range cost.Bills(p, r.Month) {
		r.Bills = append(r.Bills, Bill{b, b.Total(), b.Own()})
	}
	if plan, ok := cost.FlatRate(p, r.Month); ok {
		if saved := cost.PayAsYouGo(p, r.Month) - plan.Month; saved > 0 {
			r.Flat = fmt.Sprintf("CloudFront's flat rate %s, %s a month, has room for it: %s less", plan.Name, dollars(plan.Month), dollars(saved))
		}
	}
	compute := "fargate"
	if r.Bills[1].Total < r.Bills[0].Total {
		compute = "lambda"
	}
	r.Paste = append(r.Paste, "Compute="+compute)
}

// Report returns the report of what was counted.
func (t *Tally) Report(g Given, p cost.Prices) Report {
	each := func(*variant) float64 { return 1 }
	sum, most := t.urls.unread.all()
	l := &Log{
		Requests: t.Requests, Bytes: t.Bytes, Refused: t.Refused, Other: t.Other - sum, Unread: most, Sampled: t.share(),
		Variants: t.estimate(each),
		Once:     t.estimate(func(v *variant) float64 { return boolean(v.views == 1) }),
	}
	l.Originals, l.Variants.Error = t.distinct(func(v *variant) uint64 { return v.original }), t.estimate(each).Error
	r := Report{Source: "access logs", Log: l}
	scale := t.scale()
	if t.First > 0 && t.Last > t.First {
		l.From, l.To = time.Unix(t.First, 0).UTC(), time.Unix(t.Last, 0).UTC()
	} else {
		r.Notes = append(r.Notes, "The logs have no times: they are taken for those of a month, and caches can't be simulated.")
	}
	if scale > 60 {
		r.Notes = append(r.Notes, "The logs are of less than half a day: figures a month are a guess.")
	}
	r.traffic(t, g, scale)
	if t.Bytes == 0 {
		r.Month.VariantBytes = t.bytesOf(p)
		r.Month.Bytes = r.Month.Views * r.Month.VariantBytes
		r.Notes = append(r.Notes, "The logs have no bytes: those that the file of prices has for each width and format are taken.")
	}
	r.Notes = append(r.Notes, t.notes()...)
	r.Widths = t.widths(scale, p)
	r.Classes, r.WarmFrom = t.classes(g.Originals, p)
	r.Finals = t.finals(scale, p)
	r.Expiry = t.expiry(p, r.Month.VariantBytes)
	r.paste(t.ladder)
	r.finish(p)
	return r
}

// notes returns what is to be known of the URLs.
func (t *Tally) notes() (notes []string) {
	var named, whole int64
	for _, c := range t.urls.cells.list {
		switch of := t.urls.cells.classes[c.class]; {
		case c.kind == byName:
			named += c.requests
		case of.width == 0 && of.shape == "":
			whole += c.requests
		}
	}
	if whole > 0 && t.Requests > 0 {
		notes = append(notes, fmt.Sprintf("%s of the requests name neither width nor height: they are taken for images in the size of their originals, "+
			"of which pages may show less.", percent(float64(whole)/float64(t.Requests))))
	}
	if named > 0 && t.Requests > 0 {
		notes = append(notes, fmt.Sprintf("%s of the requests name variants, as the edge function and the service do: these do not show "+
			"which widths pages ask for.", percent(float64(named)/float64(t.Requests))))
	}
	if t.urls.cells.merged {
		notes = append(notes, fmt.Sprintf(
			"More than %d kinds of variants are asked for: the others are told apart by width and format only.", maxCells))
	}
	return notes
}

// traffic fills the month and the places.
func (r *Report) traffic(t *Tally, g Given, scale float64) {
	m := g.month()
	if m.Originals == 0 {
		m.Originals = r.Log.Originals.Value
	}
	m.Views, m.Bytes = float64(t.Requests)*scale, float64(t.Bytes)*scale
	for i, age := range t.ages {
		if t.First == 0 {
			break
		}
		sum := func(of func(*variant) uint32) Estimate {
			e := t.estimate(func(v *variant) float64 { return float64(of(v)) })
			return Estimate{e.Value * scale, e.Error * scale}
		}
		r.Ages = append(r.Ages, Age{
			float64(age), sum(func(v *variant) uint32 { return v.edgeMisses[i] }), sum(func(v *variant) uint32 { return v.shieldMisses[i] }),
		})
	}
	grown := math.Pow(scale, t.growth()) // distinct variants grow more slowly than requests
	m.Variants = r.Log.Variants.Value * grown
	m.Fills = m.Variants
	m.DistinctSizes = t.distinct(t.size).Value * grown
	m.DistinctOriginals = r.Log.Originals.Value * grown
	requests := make([]int64, len(t.urls.cells.classes))
	var whole, bytes int64
	for _, c := range t.urls.cells.list {
		whole, bytes = whole+c.whole, bytes+c.bytes
		requests[c.class] += c.requests
	}
	m.Eager = 0
	for _, n := range requests {
		m.Eager += boolean(float64(n) > 0.01*float64(t.Requests))
	}
	m.Eager = max(1, m.Eager)
	if whole > 0 {
		m.VariantBytes = float64(bytes) / float64(whole)
	}
	m.Misses = m.Fills
	hits, shield, misses := t.Results[accesslog.EdgeHit], t.Results[accesslog.ShieldHit], t.Results[accesslog.EdgeMiss]
	own := t.Results[accesslog.Memory] + t.Results[accesslog.Store] + t.Results[accesslog.Fill]
	switch {
	case hits+shield+misses > 0:
		all := float64(hits + shield + misses)
		m.Misses = m.Views * float64(misses) / all
		if shield > 0 {
			m.Shield = m.Views * float64(shield+misses) / all
		}
	case own > 0:
		m.Misses = m.Views
		m.Fills = m.Views * float64(t.Results[accesslog.Fill]) / float64(own)
		r.Notes = append(r.Notes, "The log is that of the service: it has only the requests that the CDN and the bucket did not answer.")
	case len(r.Ages) > 0:
		m.Misses = r.Ages[0].Misses.Value
		r.Notes = append(r.Notes, "The logs do not say what the CDN answered: its caches were simulated.")
	}
	answered, isKnown := m.Fills, true // by the service
	if own == 0 {
		answered, m.Fills, isKnown = t.behind(m, scale)
	}
	m.Fills = min(m.Fills, m.Misses)
	r.Month = m
	r.Places = places(m.Views, m.Views, m.Shield, m.Misses, min(answered, m.Misses))[1:]
	if !isKnown {
		bucket, service := &r.Places[len(r.Places)-2], &r.Places[len(r.Places)-1]
		bucket.Bound, service.Bound = "at least", "at most"
		r.Notes = append(r.Notes, "The logs do not tell the answers of the bucket from those of the service, which is taken to make each variant once "+
			"in the month: the most that it makes while variants are kept. The log of the service beside that of the CDN, or field sr-reason of "+
			"CloudFront, tells them apart.")
	}
}

// behind returns the requests a month that the service answers behind the CDN, and the variants that it makes for them. It is not
// known if the logs do not say it: each variant is then made once.
func (t *Tally) behind(m cost.Month, scale float64) (answered, fills float64, isKnown bool) {
	first, second := float64(t.Origins[accesslog.First]), float64(t.Origins[accesslog.Second])
	switch s := t.service; {
	case s != nil:
		if s.First > 0 && s.Last > s.First { // it may be of another time
			scale = s.scale()
		}
		return float64(s.Requests) * scale, float64(s.Results[accesslog.Fill]) * scale, true
	case second > 0: // without a group of origins, all are of the first
		answered = m.Misses * second / (first + second)
		return answered, answered, true
	}
	return m.Fills, m.Fills, false
}

// bytesOf returns the bytes of a request by the file of prices.
func (t *Tally) bytesOf(p cost.Prices) float64 {
	var sum float64
	for _, c := range t.urls.cells.list {
		of := t.urls.cells.classes[c.class]
		sum += float64(c.requests) * p.Assumptions.Bytes.Of(float64(of.width), of.format)
	}
	return sum / float64(max(t.Requests, 1))
}

// distinct estimates the number of different values of the variants. The values of an original belong to no other.
func (t *Tally) distinct(of func(*variant) uint64) Estimate {
	var seen table[struct{}]
	return t.estimate(func(v *variant) float64 {
		_, isNew := seen.at(of(v))
		return boolean(isNew)
	})
}

// size returns a hash of a variant's original and size, whatever its format.
func (t *Tally) size(v *variant) uint64 {
	c := t.urls.cells.classes[v.class]
	return mix(v.original, hash([]byte(c.shape), uint64(c.width)))
}

// growth returns the power with which the number of distinct variants grows with time: 1 if the second half of the logs has as
// many new ones as the first, 0 if it has none.
func (t *Tally) growth() float64 {
	middle, before := t.First+(t.Last-t.First)/2, 0
	for v := range t.variants.all {
		if int64(v.first) <= middle {
			before++
		}
	}
	if t.First == 0 || before == 0 {
		return 1
	}
	return min(1, math.Log2(float64(t.variants.n)/float64(before)))
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// bytes64 writes a number of bytes with three digits and a unit.
func bytes64(n float64) string {
	if n < 1e3 {
		return fmt.Sprintf("%.3g B", n)
	}
	return count64(n) + "B"
}

// count64 writes a number with three digits and a unit.
func count64(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.3g%s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", n)
}
