package bench

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

func joined(formats []resize.Format) string {
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ",")
}

// A Table writes cells as a table of text.
type Table struct {
	W     io.Writer
	Rival bool // show their costs beside ours

	last string // image
}

// Cell writes a row. Before the first row of an image it writes a header.
func (t *Table) Cell(c Cell) {
	if c.Image != t.last {
		t.last = c.Image
		fmt.Fprintf(t.W, "\n%s\n%-18s %9s %9s %7s %9s %7s %6s",
			c.Image, "", "CPU ms", "wall ms", "MB", "bytes", "SSIM", "PSNR")
		if t.Rival {
			fmt.Fprintf(t.W, "   sharp: %9s %9s %7s %9s %7s %6s   %s",
				"CPU ms", "wall ms", "MB", "bytes", "SSIM", "PSNR", "sharp ÷ ours")
		}
		fmt.Fprintln(t.W)
	}
	fmt.Fprintf(t.W, "%-18s ", operation(c))
	t.cost(c.Ours)
	if c.Theirs != nil {
		fmt.Fprint(t.W, "          ")
		t.cost(*c.Theirs)
		fmt.Fprintf(t.W, "   %.2f", c.Ratio)
	}
	fmt.Fprintln(t.W)
}

func (t *Table) cost(c Cost) {
	fmt.Fprintf(t.W, "%9.1f %9.1f %7.1f %9d %7s %6s", c.CPU, c.Wall, c.MB, c.Bytes,
		similarity(c.SSIM, 4), similarity(c.PSNR, 1))
}

func operation(c Cell) string {
	if c.Width == 0 {
		return "all, " + string(c.Format)
	}
	return fmt.Sprintf("%d px, %s", c.Width, c.Format)
}

// similarity formats a similarity with some decimals; 0 means that there is none.
func similarity(x float64, decimals int) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, x)
}

// Markdown writes the ratios of CPU time, theirs divided by ours, as a table in Markdown: a row per image and format, a
// column per width. Each ratio is followed by their time and ours in milliseconds. Ratios below 1 are bold.
func Markdown(w io.Writer, cells []Cell, widths []int) {
	fmt.Fprint(w, "| sharp ÷ imgorigin |")
	for _, width := range widths {
		fmt.Fprintf(w, " %d px |", width)
	}
	fmt.Fprint(w, " all sizes |\n|---|", strings.Repeat("---|", len(widths)+1), "\n")
	rows := make(map[string]map[int]Cell)
	var order []string
	for _, c := range cells {
		name := c.Image + " → " + strings.ReplaceAll(strings.ToUpper(string(c.Format)), "WEBP", "WebP")
		if rows[name] == nil {
			rows[name] = make(map[int]Cell)
			order = append(order, name)
		}
		rows[name][c.Width] = c
	}
	for _, name := range order {
		fmt.Fprintf(w, "| %s |", strings.ReplaceAll(name, ",", ", "))
		for _, width := range append(widths[:len(widths):len(widths)], 0) {
			c, ok := rows[name][width]
			fmt.Fprintf(w, " %s |", cmp.Or(ratio(c, ok), "–"))
		}
		fmt.Fprintln(w)
	}
}

func ratio(c Cell, ok bool) string {
	if !ok || c.Theirs == nil {
		return ""
	}
	text := fmt.Sprintf("%.2f", c.Ratio)
	if c.Ratio < 1 {
		text = "**" + text + "**"
	}
	return fmt.Sprintf("%s (%.0f, %.0f)", text, c.Theirs.CPU, c.Ours.CPU)
}
