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
func (t *Tally) widths(ladder grammar.Ladder, scale float64, p cost.Prices) *Widths {
	size := func(width int) float64 { return p.Assumptions.Bytes.Of(float64(width), "webp") }
	requests, sent := make(map[int]float64), make(map[int]int)
	used := make(map[int]bool)
	var total float64
	for c, n := range t.cells {
		if c.asked == 0 {
			continue
		}
		requests[c.asked] += float64(n.requests)
		sent[c.asked] = c.sent
		used[c.sent] = true
		total += float64(n.requests)
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
	for _, rung := range ladder.Widths {
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

// classes returns widths and formats in the order in which most originals are asked for them. Those that more than half of the
// viewed originals are asked for are worth to be made early: most of what is made is used.
func (t *Tally) classes() (list []Class) {
	type key struct {
		width  int
		format string
	}
	used, originals := make(map[key]map[uint64]bool), make(map[uint64]bool)
	total := 0
	for _, v := range t.variants {
		k := key{v.cell.sent, v.cell.format}
		if used[k] == nil {
			used[k] = make(map[uint64]bool)
		}
		if !used[k][v.original] {
			used[k][v.original] = true
			total++
		}
		originals[v.original] = true
	}
	for k, n := range used {
		list = append(list, Class{Width: k.width, Format: k.format, Used: float64(len(n)) / float64(len(originals))})
	}
	slices.SortFunc(list, func(a, b Class) int {
		return cmp.Or(cmp.Compare(b.Used, a.Used), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Format, b.Format))
	})
	covered := 0.0
	for i := range list {
		covered += list[i].Used * float64(len(originals))
		list[i].Coverage = covered / float64(total)
		list[i].Chosen = list[i].Used > 0.5
	}
	return list
}

// finals returns for each format how many variants are viewed so often that a slower encode pays.
func (t *Tally) finals(scale float64, p cost.Prices) (list []Final) {
	perGB := cost.NextGB(p, float64(t.Bytes)*scale)
	for _, format := range []string{"webp", "avif"} {
		var whole, bytes int64
		for c, n := range t.cells {
			if c.format == format {
				whole, bytes = whole+n.whole, bytes+n.bytes
			}
		}
		if whole == 0 {
			continue
		}
		mean := float64(bytes) / float64(whole)
		f := Final{Format: format, From: cost.FinalViews(p, format, mean, perGB)}
		views := func(v *variant) float64 { return float64(v.views) * max(1, scale) }
		pays := func(v *variant) bool { return v.cell.format == format && views(v) > f.From }
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
	early := t.estimate(func(v *variant) float64 { return boolean(v.first <= middle) })
	again := t.estimate(func(v *variant) float64 { return boolean(v.first <= middle && v.last > middle) })
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
	var warm []string
	byFormat := make(map[string][]string)
	for _, c := range r.Classes {
		if c.Chosen && c.Width > 0 {
			format := cmp.Or(c.Format, "auto")
			byFormat[format] = append(byFormat[format], fmt.Sprint(c.Width))
		}
	}
	for _, format := range []string{"avif", "webp", "auto", "jpeg", "png", "gif"} {
		if widths := byFormat[format]; widths != nil {
			slices.SortFunc(widths, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) })
			warm = append(warm, "w="+strings.Join(widths, ",")+"&fm="+format)
		}
	}
	return strings.Join(warm, ";")
}
