package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// widths compares the widths that are asked for with the ladder. Bytes are those of the price file for each width.
func (t *Tally) widths(scale float64, p cost.Prices) *Widths {
	size := func(width int) float64 { return p.Assumptions.Bytes.Of(float64(width), "webp") }
	requests, sent := make(map[int]float64), make(map[int]int)
	used := make(map[int]bool)
	var total float64
	for _, c := range t.urls.cells.list {
		if c.asked == 0 || c.kind != onLadder || c.requests == 0 {
			continue
		}
		requests[c.asked] += float64(c.requests)
		sent[c.asked] = t.urls.cells.classes[c.class].width
		used[sent[c.asked]] = true
		total += float64(c.requests)
	}
	if total == 0 {
		return nil
	}
	w := new(Widths)
	var asked []demand
	var least, now float64
	for width, n := range requests {
		w.Asked = append(w.Asked, Width{width, sent[width], n / total})
		asked = append(asked, demand{min(width, 8192), n * scale})
		least += n * scale * size(width)
		now += n * scale * max(size(width), size(sent[width]))
	}
	slices.SortFunc(w.Asked, func(a, b Width) int { return cmp.Compare(a.Width, b.Width) })
	w.Wasted = now - least
	for _, rung := range t.ladder.Widths {
		if !used[rung] {
			w.Unused = append(w.Unused, rung)
		}
	}
	asked = merge(asked)
	suggest := func(rungs int) Suggestion {
		widths, bytes := bestLadder(asked, rungs, size)
		return Suggestion{widths, max(0, math.Round(bytes-least))} // sums of the same terms differ in their last digits
	}
	w.Same = suggest(len(used))
	for rungs := 1; rungs <= len(used); rungs++ {
		if w.Fewer = suggest(rungs); w.Fewer.Wasted <= w.Wasted {
			break
		}
	}
	return w
}

// classes returns widths and formats in the order in which most originals are asked for them. Those that more originals are asked
// for than it takes are chosen. As costs add up, no other set of them costs less.
func (t *Tally) classes(given float64, p cost.Prices) (list []Class, breakEven float64) {
	breakEven = cost.WarmOrWait(p)
	used := make([]float64, len(t.urls.cells.classes)) // originals
	var originals table[struct{}]
	total := float64(t.variants.n)
	for v := range t.variants.all {
		used[v.class]++
		originals.at(v.original)
	}
	all := max(float64(originals.n), given*t.share()) // also those that nobody views are warmed
	warm := t.warmable()
	for i, c := range t.urls.cells.classes {
		if used[i] > 0 {
			list = append(list, Class{Width: c.width, Format: c.format, Shape: c.shape, Warm: warm[i], Used: used[i] / all})
		}
	}
	slices.SortFunc(list, func(a, b Class) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Format, b.Format), cmp.Compare(a.Shape, b.Shape))
	})
	covered := 0.0
	for i := range list {
		covered += list[i].Used * all
		list[i].Coverage = covered / total
		list[i].Chosen = list[i].Used > breakEven && list[i].Warm != ""
	}
	return list, breakEven
}

// warmable returns the parameters of --warm that resolve to each class, without the width and the format: "w=" alone stands for a width.
// It is "" for classes that only signed URLs resolve to.
func (t *Tally) warmable() []string {
	warm := make([]string, len(t.urls.cells.classes))
	for _, c := range t.urls.cells.list {
		of := t.urls.cells.classes[c.class]
		switch {
		case c.kind == byPreset && c.preset != "":
			warm[c.class] = "preset=" + c.preset
		case c.kind != exact && warm[c.class] == "" && of.width > 0:
			warm[c.class] = strings.TrimSuffix("w=&"+strings.ReplaceAll(of.shape, ",", "&"), "&")
		}
	}
	return warm
}

// finals returns for each format how many variants are viewed so often that a slower encode pays.
func (t *Tally) finals(scale float64, p cost.Prices) (list []Final) {
	perGB := cost.NextGB(p, float64(t.Bytes)*scale)
	for _, format := range []string{"webp", "avif"} {
		var whole, bytes int64
		for _, c := range t.urls.cells.list {
			if t.urls.cells.classes[c.class].format == format {
				whole, bytes = whole+c.whole, bytes+c.bytes
			}
		}
		if whole == 0 {
			continue
		}
		mean := float64(bytes) / float64(whole)
		f := Final{Format: format, From: cost.FinalViews(p, format, mean, perGB)}
		views := func(v *variant) float64 { return float64(v.views) * max(1, scale) }
		pays := func(v *variant) bool { return t.urls.cells.classes[v.class].format == format && views(v) > f.From }
		f.Pay = t.estimate(func(v *variant) float64 { return boolean(pays(v)) })
		saved := t.estimate(func(v *variant) float64 { return boolean(pays(v)) * (views(v) - f.From) })
		f.Dollars = saved.Value * mean * p.Assumptions.Finals[format].Saves * perGB / 1e9
		list = append(list, f)
	}
	return list
}

// expiry measures which variants of the first half of the logs are asked for in the second.
func (t *Tally) expiry(p cost.Prices, bytes float64) *Expiry {
	days := float64(t.Last-t.First) / 2 / 86400
	middle := t.First + (t.Last-t.First)/2
	early := t.estimate(func(v *variant) float64 { return boolean(int64(v.first) <= middle) })
	again := t.estimate(func(v *variant) float64 { return boolean(int64(v.first) <= middle && int64(v.last) > middle) })
	if days < 1 || early.Value == 0 || bytes == 0 {
		return nil
	}
	e := &Expiry{Days: days, BreakEven: cost.KeepOrRemake(p, bytes, days)}
	e.Asked = Estimate{again.Value / early.Value, again.Error / early.Value}
	e.Advice = "keep variants"
	if e.Asked.Value < e.BreakEven {
		e.Advice = fmt.Sprintf("expire variants after %.0f days or more", days)
	}
	return e
}

// paste adds the settings that the figures speak for. What to warm depends on the widths, so that one of them is said at a time.
func (r *Report) paste(ladder grammar.Ladder) {
	if w := r.Widths; w != nil && w.Same.Wasted < 0.8*w.Wasted {
		widths := w.Same.Widths
		if top := ladder.Widths[len(ladder.Widths)-1]; widths[len(widths)-1] < top {
			widths = append(slices.Clone(widths), top) // whoever asks for more must not get less than today
		}
		text := strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", ",")
		r.Paste = append(r.Paste, "--widths "+text, "Widths="+text)
		r.Notes = append(r.Notes, "For what to warm with these widths, run plan again with --widths "+text+".")
	} else if len(r.Classes) > 0 {
		text := r.warm()
		r.Paste = append(r.Paste, "--warm '"+text+"'", "Warm="+text)
	}
	if r.Expiry != nil && r.Expiry.Advice == "keep variants" {
		r.Paste = append(r.Paste, "VariantsThen=keep")
	}
}

// warm returns the value of --warm for the variants that are worth to be made early.
func (r *Report) warm() string {
	type group struct{ shape, format string }
	var order []group
	widths := make(map[group][]int)
	for _, c := range r.Classes {
		if !c.Chosen {
			continue
		}
		g := group{c.Warm, c.Format}
		if widths[g] == nil {
			order = append(order, g)
		}
		widths[g] = append(widths[g], c.Width)
	}
	formats := []string{negotiated, "avif", "webp", "auto", "jpeg", "png", "gif"}
	slices.SortStableFunc(order, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.shape, b.shape), cmp.Compare(slices.Index(formats, a.format), slices.Index(formats, b.format)))
	})
	var warm []string
	for _, g := range order {
		slices.Sort(widths[g])
		shape := g.shape
		if rest, ok := strings.CutPrefix(shape, "w="); ok {
			shape = "w=" + joined(widths[g]) + rest
		}
		if g.format != negotiated { // without fm, --warm makes the formats that most browsers negotiate
			shape += "&fm=" + g.format
		}
		warm = append(warm, shape)
	}
	return strings.Join(warm, ";")
}
