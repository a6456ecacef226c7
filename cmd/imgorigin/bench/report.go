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
	W io.Writer

	last string // image
}

// Cell writes a row, and one below it for each rival. Before the first row of an image it writes a header.
func (t *Table) Cell(c Cell) {
	if c.Image != t.last {
		t.last = c.Image
		fmt.Fprintf(t.W, "\n%s\n%-18s %9s %9s %7s %9s %7s %6s %6s", c.Image, "", "CPU ms", "wall ms", "MB", "bytes", "SSIM", "PSNR", "score")
		if len(c.Theirs) > 0 {
			fmt.Fprint(t.W, "   CPU ÷ ours")
		}
		fmt.Fprintln(t.W)
	}
	t.cost(operation(c), c.Ours)
	fmt.Fprintln(t.W)
	for _, theirs := range c.Theirs {
		t.cost("  "+theirs.Name, theirs.Cost)
		if theirs.Ratio > 0 {
			fmt.Fprintf(t.W, "   %10.2f", theirs.Ratio)
		}
		fmt.Fprintln(t.W)
	}
}

func (t *Table) cost(of string, c Cost) {
	if c.Error != "" {
		fmt.Fprintf(t.W, "%-18s can't: %s", of, c.Error)
		return
	}
	fmt.Fprintf(t.W, "%-18s %9.1f %9.1f %7.1f %9d %7s %6s %6s", of, c.CPU, c.Wall, c.MB, c.Bytes,
		similarity(c.SSIM, 4), similarity(c.PSNR, 1), similarity(c.Score, 1))
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

// Markdown writes the ratios of CPU time, theirs divided by ours, as a table in Markdown for each rival: a row per image and
// format, a column per width. Each ratio is followed by their time and ours in milliseconds. Ratios below 1 are bold.
func Markdown(w io.Writer, cells []Cell, widths []int, rivals []Rival) {
	for _, rival := range rivals {
		fmt.Fprintf(w, "\n| %s ÷ imgorigin |", rival.Name)
		for _, width := range widths {
			fmt.Fprintf(w, " %d px |", width)
		}
		fmt.Fprint(w, " all sizes |\n|---|", strings.Repeat("---|", len(widths)+1), "\n")
		markdownRows(w, cells, widths, rival.Name)
	}
}

func markdownRows(w io.Writer, cells []Cell, widths []int, rival string) {
	rows := make(map[string]map[int]string)
	var order []string
	for _, c := range cells {
		name := c.Image + " → " + FormatNames(c.Format)
		if rows[name] == nil {
			rows[name] = make(map[int]string)
			order = append(order, name)
		}
		rows[name][c.Width] = ratio(c, rival)
	}
	for _, name := range order {
		fmt.Fprintf(w, "| %s |", name)
		for _, width := range append(widths[:len(widths):len(widths)], 0) {
			fmt.Fprintf(w, " %s |", cmp.Or(rows[name][width], "–"))
		}
		fmt.Fprintln(w)
	}
}

// FormatNames returns formats, separated by commas, as prose calls them.
func FormatNames(f resize.Format) string {
	return strings.NewReplacer("WEBP", "WebP", "JXL", "JPEG XL", ",", ", ").Replace(strings.ToUpper(string(f)))
}

func ratio(c Cell, rival string) string {
	for _, theirs := range c.Theirs {
		if theirs.Name == rival && theirs.Ratio > 0 {
			text := fmt.Sprintf("%.2f", theirs.Ratio)
			if theirs.Ratio < 1 {
				text = "**" + text + "**"
			}
			return fmt.Sprintf("%s (%.0f, %.0f)", text, theirs.CPU, c.Ours.CPU)
		}
	}
	return ""
}
