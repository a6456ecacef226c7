package plan

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": count64, "bytes": bytes64, "percent": percent, "dollars": dollars, "estimate": plusMinus, "joined": joined, "duration": ageText, "width": widthText, "days": daysText,
	"shaped": func(classes []Class) bool {
		return slices.ContainsFunc(classes, func(c Class) bool { return c.Shape != "" })
	},
	"top": func(classes []Class) []Class { return classes[:min(len(classes), 12)] },
}).Parse(pageText))

// A bar is a part of a chart: in the bill, First and Rest are the widths of its two parts in percent, elsewhere where it begins and
// its length.
type bar struct {
	Label, Value, Class string
	Y, First, Rest      float64
}

// A page is a report with its charts.
type page struct {
	Report
	Costs, Shares, Asked, Rungs []bar
}

// HTML writes a report as a page that needs nothing else: no script, no network.
func (r Report) HTML(w io.Writer) error {
	p := page{Report: r}
	p.costs()
	at := 0.0
	for _, place := range r.Places {
		class := map[string]string{"browser": "b", "edge": "a", "Origin Shield": "e", "bucket": "d", "service": "c"}[place.Name]
		p.Shares = append(p.Shares, bar{Label: place.Name, Value: strings.TrimSpace(place.Bound + " " + percent(place.Share)), Class: class, First: at, Rest: 1000 * place.Share})
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
	for _, b := range p.Bills {
		p.Costs = append(p.Costs, bar{
			Label: b.Design, Value: dollars(b.Total), First: 100 * (b.Total - b.Own) / most, Rest: 100 * b.Own / most,
		})
	}
}

// widths draws what is asked for on a logarithmic axis, on which ladders are about even.
func (p *page) widths() {
	asked := p.Report.Widths.Asked // in ascending order
	from, to := float64(asked[0].Width)/1.2, 1.2
	most, seen := 1e-9, make(map[int]bool)
	for _, w := range asked {
		most = max(most, w.Requests)
		to = max(to, 1.2*float64(max(w.Width, w.Sent)))
	}
	place := func(width int) float64 { return 20 + 960*math.Log(float64(width)/from)/math.Log(to/from) }
	last := math.Inf(-1)
	for _, w := range asked {
		height := 190 * w.Requests / most
		p.Asked = append(p.Asked, bar{
			Label: fmt.Sprint(w.Width), Value: percent(w.Requests), First: place(w.Width) - 5, Y: 205 - height, Rest: height,
		})
		if seen[w.Sent] {
			continue
		}
		seen[w.Sent] = true
		rung := bar{First: place(w.Sent)}
		if rung.First-last > 72 { // labels that are closer would overlap, where the screen is narrow and they are large
			rung.Label, last = fmt.Sprint(w.Sent), rung.First
		}
		p.Rungs = append(p.Rungs, rung)
	}
}
