package plan

import (
	_ "embed"
	"html/template"
	"io"
	"math"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": count64, "percent": percent, "dollars": dollars, "estimate": plusMinus, "joined": joined, "duration": ageText,
	"top": func(classes []Class) []Class { return classes[:min(len(classes), 12)] },
}).Parse(pageText))

// A bar is a part of a chart: in a bar of two parts, First and Rest are their widths, elsewhere where it begins and its length.
type bar struct {
	Label, Value, Class         string
	Y, First, Second, Rest, End float64
}

// A page is a report with its charts.
type page struct {
	Report
	Costs struct {
		Height float64
		Bars   []bar
	}
	Shares, Asked, Rungs []bar
}

// HTML writes a report as a page that needs nothing else: no script, no network.
func (r Report) HTML(w io.Writer) error {
	p := page{Report: r}
	p.costs()
	at := 0.0
	for _, place := range r.Places {
		class := map[string]string{"browser": "b", "edge": "a", "Origin Shield": "e", "bucket": "d", "service": "c"}[place.Name]
		p.Shares = append(p.Shares, bar{Label: place.Name, Value: percent(place.Share), Class: class, First: at, Rest: 1000 * place.Share})
		at += 1000 * place.Share
	}
	if r.Widths != nil {
		p.widths()
	}
	return pageTemplate.Execute(w, p)
}

func (p *page) costs() {
	most := 1e-9
	for _, b := range p.Bills {
		most = max(most, b.Total)
	}
	for i, b := range p.Bills {
		const room = 650
		shared, own := room*(b.Total-b.Own)/most, room*b.Own/most
		p.Costs.Bars = append(p.Costs.Bars, bar{
			Label: b.Design, Value: dollars(b.Total), Y: float64(36*i + 4), First: shared, Second: 250 + shared, Rest: own, End: 258 + shared + own,
		})
	}
	p.Costs.Height = float64(36*len(p.Bills) + 4)
}

// widths draws what is asked for on a logarithmic axis, on which ladders are about even.
func (p *page) widths() {
	const from, to = 24, 8192
	place := func(width int) float64 {
		return 20 + 960*math.Log(min(max(float64(width), from), to)/from)/math.Log(to/float64(from))
	}
	most, seen := 1e-9, make(map[int]bool)
	for _, w := range p.Report.Widths.Asked {
		most = max(most, w.Requests)
	}
	last := math.Inf(-1)
	for _, w := range p.Report.Widths.Asked {
		height := 190 * w.Requests / most
		p.Asked = append(p.Asked, bar{
			Label: count64(float64(w.Width)), Value: percent(w.Requests), First: place(w.Width) - 3, Y: 205 - height, Rest: height,
		})
		if seen[w.Sent] {
			continue
		}
		seen[w.Sent] = true
		rung := bar{First: place(w.Sent)}
		if rung.First-last > 36 { // labels that are closer would overlap
			rung.Label, last = joined([]int{w.Sent}), rung.First
		}
		p.Rungs = append(p.Rungs, rung)
	}
}
