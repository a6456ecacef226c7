package bench

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// A CurveTable writes comparisons as a table of text, and sums them up.
type CurveTable struct {
	W io.Writer

	last string // image
	all  []Comparison
}

// Comparison writes a row. Before the first row of an image it writes a header.
func (t *CurveTable) Comparison(c Comparison) {
	if c.Image != t.last {
		t.last = c.Image
		fmt.Fprintf(t.W, "\n%s\n%-28s %7s %12s %10s %11s %6s\n", c.Image, "", "score", "their bytes", "our bytes", "our quality", "ratio")
	}
	fmt.Fprintf(t.W, "%-28s %7.1f %12.0f %10.0f %11.1f %6.3f\n", fmt.Sprintf("%d px, %s ÷ %s", c.Width, c.Format, c.Against),
		c.Theirs.Score, c.Theirs.Bytes, c.Ours.Bytes, c.Ours.Quality, c.Ratio)
	t.all = append(t.all, c)
}

// Summary writes a table in Markdown: a row per format and rival, a column per width. A cell has the geometric mean of the
// ratios over all images, the largest of them, and the median of our quality. Without comparisons, it says so.
func (t *CurveTable) Summary(widths []int) {
	if len(t.all) == 0 {
		fmt.Fprintln(t.W, "nothing to compare: no rival made a variant whose score is on our curve")
		return
	}
	fmt.Fprint(t.W, "\n| bytes at equal score: ours ÷ theirs, mean (worst), our quality |")
	for _, width := range widths {
		fmt.Fprintf(t.W, " %d px |", width)
	}
	fmt.Fprint(t.W, "\n|---|", strings.Repeat("---|", len(widths)), "\n")
	byRow := make(map[string][]Comparison)
	var order []string
	for _, c := range t.all {
		name := FormatNames(c.Format) + " ÷ " + c.Against
		if byRow[name] == nil {
			order = append(order, name)
		}
		byRow[name] = append(byRow[name], c)
	}
	for _, name := range order {
		fmt.Fprintf(t.W, "| %s |", name)
		for _, width := range widths {
			fmt.Fprintf(t.W, " %s |", summary(byRow[name], width))
		}
		fmt.Fprintln(t.W)
	}
}

// summary returns a cell of the summary.
func summary(row []Comparison, width int) string {
	var sum, worst float64
	var qualities []float64
	for _, c := range row {
		if c.Width == width {
			sum += math.Log(c.Ratio)
			worst = max(worst, c.Ratio)
			qualities = append(qualities, c.Ours.Quality)
		}
	}
	if len(qualities) == 0 {
		return "–"
	}
	mean := math.Exp(sum / float64(len(qualities)))
	return fmt.Sprintf("%.3f (%.3f), q %.1f", mean, worst, median(qualities))
}
