package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

// A progress shows how far a job has come: as a bar on a terminal, elsewhere as lines of JSON.
type progress struct {
	w     io.Writer
	width int // columns of the terminal; 0 if there is none
}

func newProgress(w io.Writer) progress {
	return progress{w, terminal.Width(w)}
}

// show shows p. On a terminal it overwrites what was shown before.
func (b progress) show(p backfill.Progress) {
	if b.width == 0 {
		fmt.Fprintf(b.w, `{"done":%d,"skipped":%d,"failed":%d,"total":%d,"bytes":%d,`+
			`"per_second":%.1f,"seconds_left":%.0f}`+"\n",
			p.Done, p.Skipped, p.Failed, p.Total, p.Bytes, p.PerSecond, p.Left.Seconds())
		return
	}
	line := []rune(bar(p))
	fmt.Fprintf(b.w, "\r%-*s", b.width-1, string(line[:min(len(line), b.width-1)]))
}

// restarted shows that a run begins with the first original, though its state file has another position.
func (b progress) restarted() {
	if b.width == 0 {
		fmt.Fprintln(b.w, `{"restarted":"the job of the state file is complete: starting from the beginning"}`)
		return
	}
	fmt.Fprintln(b.w, "The job of the state file is complete: starting from the beginning.")
}

// above returns what clears the bar, to print a line in its place; the bar is shown again with the next progress.
func (b progress) above() string {
	if b.width == 0 {
		return ""
	}
	return "\r" + strings.Repeat(" ", b.width-1) + "\r"
}

// end moves to the line below the bar.
func (b progress) end() {
	if b.width > 0 {
		fmt.Fprintln(b.w)
	}
}

// bar returns a line such as
//
//	[=======>            ] 1200/3200 · 1000 done, 190 skipped, 10 failed · 3.9 GiB · 35/s · 57s left
func bar(p backfill.Progress) string {
	now := p.Done + p.Skipped + p.Failed
	var parts []string
	if p.Total > 0 {
		const cells = 20
		full := min(cells, cells*now/p.Total)
		arrow := strings.Repeat("=", full)
		if full < cells {
			arrow += ">"
		}
		parts = append(parts, fmt.Sprintf("[%-*s] %d/%d", cells, arrow, now, p.Total))
	}
	parts = append(parts, fmt.Sprintf("%d done, %d skipped, %d failed", p.Done, p.Skipped, p.Failed))
	if p.Bytes > 0 {
		parts = append(parts, terminal.FormatBytes(p.Bytes))
	}
	parts = append(parts, fmt.Sprintf("%.0f/s", p.PerSecond))
	if p.Left > 0 {
		parts = append(parts, p.Left.Round(time.Second).String()+" left")
	}
	return strings.Join(parts, " · ")
}
