package plan

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"
)

// Text writes a report as text.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "From %s. Prices of %s.\n", r.Source, r.Prices)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")+"\t") }
	title := func(s string) { table.Flush(); fmt.Fprintf(&b, "\n%s\n", s) }
	if l := r.Log; l != nil {
		title("What was read")
		for _, f := range l.Facts() {
			line(f.Name, f.Value)
		}
		if len(l.Unread) > 0 {
			title("URLs that could not be read")
		}
		for _, u := range l.Unread {
			line(count64(float64(u.Requests)), u.What)
		}
	}
	title("Who answers, a month")
	for _, p := range r.Places {
		line(p.Name, count64(p.Requests), percent(p.Share), p.Bound)
	}
	if len(r.Ages) > 0 {
		title("Requests behind the CDN, a month, by how long images may be cached")
		line("age", "without Origin Shield", "with Origin Shield")
		for _, a := range r.Ages {
			line(ageText(a.Seconds), plusMinus(a.Misses), plusMinus(a.Shield))
		}
	}
	r.advice(title, line)
	title("The bill a month")
	line("design", "all", "on top of transfer, requests and originals")
	for _, bill := range r.Bills {
		line(bill.Design, dollars(bill.Total), dollars(bill.Own))
	}
	table.Flush()
	for _, note := range append([]string{r.Flat}, r.Notes...) {
		if note != "" {
			fmt.Fprintln(&b, note)
		}
	}
	title("To paste")
	for _, p := range r.Paste {
		fmt.Fprintln(&b, "  "+p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A Fact is a figure of a log, and its name.
type Fact struct{ Name, Value string }

// Facts returns what was read, as text.
func (l *Log) Facts() []Fact {
	facts := []Fact{
		{"requests for images", count64(float64(l.Requests))},
		{"bytes sent", bytes64(float64(l.Bytes))},
		{"requests for other URLs", count64(float64(l.Other))},
		{"errors, redirects, other methods", count64(float64(l.Refused))},
	}
	if !l.From.IsZero() {
		facts = append(facts, Fact{"from (UTC)", l.From.Format(time.DateTime)}, Fact{"to (UTC)", l.To.Format(time.DateTime)})
	}
	return append(facts, Fact{"originals", plusMinus(l.Originals)}, Fact{"variants", plusMinus(l.Variants)},
		Fact{"variants viewed once", plusMinus(l.Once)}, Fact{"originals in the sample", percent(l.Sampled)})
}

// advice writes what logs only say.
func (r Report) advice(title func(string), line func(...string)) {
	if s := r.Widths; s != nil {
		title("Widths: bytes wasted a month by rounding up")
		line("now", bytes64(s.Wasted), "nobody gets "+joined(s.Unused))
		line("best of as many", bytes64(s.Same.Wasted), joined(s.Same.Widths))
		line("fewest that waste no more", bytes64(s.Fewer.Wasted), joined(s.Fewer.Widths))
	}
	if len(r.Classes) > 0 {
		title("What to make before it is asked for: pays above " + percent(r.WarmFrom) + " of the originals")
		line("width, px", "format", "further options", "originals that use it", "first views covered so far", "advice")
		for _, c := range r.Classes[:min(len(r.Classes), 12)] {
			mark := ""
			if c.Chosen {
				mark = "warm"
			}
			line(widthText(c.Width), c.Format, c.Shape, percent(c.Used), percent(c.Coverage), mark)
		}
	}
	if len(r.Finals) > 0 {
		title("Finals")
		line("format", "pay from views a month", "variants", "saved a month")
		for _, f := range r.Finals {
			line(f.Format, fmt.Sprintf("%.0f", f.From), plusMinus(f.Pay), dollars(f.Dollars))
		}
	}
	if e := r.Expiry; e != nil {
		title("Expiry: variants of the first " + daysText(e.Days) + " of the logs that are asked for again in the rest of them")
		line(percent(e.Asked.Value), "keeping pays above "+percent(e.BreakEven), e.Advice)
	}
}

// widthText writes the width of a class. Without one, images have the width of their original, or that which follows from a height.
func widthText(width int) string {
	if width == 0 {
		return "any"
	}
	return fmt.Sprint(width)
}

func joined(widths []int) string {
	if len(widths) == 0 {
		return "none"
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", ",")
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func dollars(d float64) string {
	if d > 0 && d < 10 {
		return fmt.Sprintf("$%.2f", d)
	}
	whole := fmt.Sprintf("%.0f", d)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return "$" + whole
}

func plusMinus(e Estimate) string {
	if e.Error == 0 || e.Value == 0 {
		return count64(e.Value)
	}
	return fmt.Sprintf("%s ± %.1f %%", count64(e.Value), 100*e.Error/e.Value)
}

func daysText(days float64) string { return ageText(86400 * math.Round(days)) }

// ageText writes an age in days, or in hours where it is less than two days.
func ageText(seconds float64) string {
	if seconds >= 2*86400 {
		return fmt.Sprintf("%.3g days", seconds/86400)
	}
	return fmt.Sprintf("%.3g h", seconds/3600)
}
