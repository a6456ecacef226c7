package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

type doctorCommand struct {
	serveFlags `embed:""`

	Formats []string `placeholder:"FORMAT,…" help:"What the service writes, if that is another build than this one."`
	JSON    bool     `name:"json" help:"Print findings as JSON."`
}

// Help says more than the line of the list.
func (c *doctorCommand) Help() string {
	return "It takes the settings of serve, from flags or the environment, and tries each against what is there: a key that is\n" +
		"missing, a variant that is written, read and deleted, the queue, the table, the function of the distribution. What it\n" +
		"writes it takes away again. The exit code is 1 if anything is wrong."
}

// doctorTime is for each of the doctor's looks.
const doctorTime = 15 * time.Second

// Run looks at everything, and prints what it found.
func (c *doctorCommand) Run(ctx context.Context, stdout io.Writer) error {
	d := &doctor{site: site{flags: c.siteFlags, log: slog.New(slog.DiscardHandler)}, serveFlags: c.serveFlags, formats: c.Formats}
	defer d.Close()
	for _, look := range []func(context.Context){
		d.settings, d.engine, d.memory, d.originalsPlace, d.clock, d.variantsPlace, d.quarantinePlace, d.queue, d.table, d.cloudFront,
	} {
		looking, cancel := context.WithTimeout(ctx, doctorTime)
		look(looking)
		cancel()
	}
	if c.JSON {
		out := json.NewEncoder(stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(d.findings); err != nil {
			return err
		}
	} else {
		printFindings(stdout, d.findings, hasColor(stdout))
	}
	for _, f := range d.findings {
		if f.State == bad {
			return exitCode(1)
		}
	}
	return nil
}

// A state says how bad a finding is.
type state string

const (
	good state = "ok"
	fair state = "warning"
	bad  state = "error"
)

// A finding is what the doctor has to say of one thing.
type finding struct {
	State  state  `json:"state"`
	About  string `json:"about"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"`
}

// A doctor looks at a site.
type doctor struct {
	site
	serveFlags
	formats  []string
	findings []finding
}

func (d *doctor) say(s state, about, found, advice string) {
	d.findings = append(d.findings, finding{s, about, found, advice})
}

func (d *doctor) good(about, format string, args ...any) {
	d.say(good, about, fmt.Sprintf(format, args...), "")
}

// printFindings prints a line for each, and below what to do.
func printFindings(w io.Writer, all []finding, color bool) {
	width := 0
	for _, f := range all {
		width = max(width, len(f.About))
	}
	wrong := 0
	for _, f := range all {
		mark, code := "✓", "32"
		switch f.State {
		case fair:
			mark, code = "!", "33"
		case bad:
			mark, code = "✗", "31"
			wrong++
		}
		if color {
			mark = "\x1b[" + code + "m" + mark + "\x1b[0m"
		}
		fmt.Fprintf(w, "%s %-*s  %s\n", mark, width, f.About, f.Found)
		if f.Advice != "" {
			fmt.Fprintf(w, "%s→ %s\n", strings.Repeat(" ", width+4), f.Advice)
		}
	}
	switch wrong {
	case 0:
		fmt.Fprintln(w, "Nothing is wrong.")
	case 1:
		fmt.Fprintln(w, "One thing is wrong.")
	default:
		fmt.Fprintf(w, "%d things are wrong.\n", wrong)
	}
}

// hasColor tells whether colours would be seen, and are not unwanted (https://no-color.org).
func hasColor(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == ""
}
