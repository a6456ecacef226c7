package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A Matrix writes cells as one table in Markdown, which is legible as text: a row for each original, a column for each format. An
// entry has the CPU milliseconds of imgorigin and of each rival, or "–" for one that does not make the variant.
type Matrix struct {
	W       io.Writer
	Formats []resize.Format
	Rivals  []Rival

	row     []Cell   // of the original that is being measured
	started bool     // the header was written
	reasons []string // for which there are no variants
}

// Cell adds a cell. The cells of an original come together, in the order of Formats.
func (m *Matrix) Cell(c Cell) {
	if !m.started {
		m.header()
	}
	m.row = append(m.row, c)
	m.explain("imgorigin", c.Ours.Error)
	for _, theirs := range c.Theirs {
		m.explain(theirs.Name, theirs.Error)
	}
	if len(m.row) < len(m.Formats) {
		return
	}
	fmt.Fprintf(m.W, "| %s |", c.Image)
	for _, c := range m.row {
		fmt.Fprintf(m.W, " %s |", m.entry(c))
	}
	fmt.Fprintln(m.W)
	m.row = nil
}

func (m *Matrix) header() {
	m.started = true
	names := []string{"imgorigin"}
	for _, rival := range m.Rivals {
		names = append(names, rival.Name)
	}
	fmt.Fprintf(m.W, "\n| CPU ms: %s |", strings.Join(names, " · "))
	for _, f := range m.Formats {
		fmt.Fprintf(m.W, " %s |", FormatNames(f))
	}
	fmt.Fprintf(m.W, "\n|---|%s\n", strings.Repeat("---|", len(m.Formats)))
}

// entry returns the milliseconds of all in the order of the header.
func (m *Matrix) entry(c Cell) string {
	all := []string{cpuMS(c.Ours)}
	for _, rival := range m.Rivals {
		text := "–" // also of a rival that was not asked
		if i := slices.IndexFunc(c.Theirs, func(theirs RivalCost) bool { return theirs.Name == rival.Name }); i >= 0 {
			text = cpuMS(c.Theirs[i].Cost)
		}
		all = append(all, text)
	}
	return strings.Join(all, " · ")
}

func cpuMS(c Cost) string {
	if c.Error != "" {
		return "–"
	}
	return fmt.Sprintf("%.0f", c.CPU)
}

func (m *Matrix) explain(name, reason string) {
	if line := name + ": " + strings.Join(strings.Fields(reason), " "); reason != "" && !slices.Contains(m.reasons, line) {
		m.reasons = append(m.reasons, line)
	}
}

// Close writes why there are no variants where an entry has none.
func (m *Matrix) Close() {
	if len(m.reasons) > 0 {
		fmt.Fprintf(m.W, "\nNot made:\n%s\n", strings.Join(m.reasons, "\n"))
	}
}
