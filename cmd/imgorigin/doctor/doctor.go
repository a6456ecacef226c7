// Package doctor is the command doctor, which checks whether a service would work with its settings.
//
//	the settings          ─► each is tried as the service would use it ─► findings, with advice
//	a service that runs   ─► it is asked as browsers ask it            ─► findings, with advice
//
// A check writes only what it deletes again.
package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

// A Command is the command doctor: its flags, and what it does with them. The tags are those of kong.
type Command struct {
	settings.ServeFlags `embed:""`

	Formats []settings.WrittenFormat `placeholder:"FORMAT" help:"Formats that the service writes, if its build differs from this one."`
	JSON    bool                     `name:"json" help:"Print the findings as JSON."`

	liveFlags `embed:""`
}

// Help is shown by doctor --help.
func (c *Command) Help() string {
	return "It takes the settings of serve, from flags or the environment, and tries each of them: it looks for a\n" +
		"missing key, writes, reads and deletes a variant, and checks the queues, the notifications of the bucket of\n" +
		"originals, the table and the function of the distribution. It deletes what it has written. The exit code is 1 if anything is wrong.\n\n" +
		"With --live, it requests images of a service that runs instead, as browsers do: their caching, their formats, signed and\n" +
		"unsigned URLs, and how mistakes are answered."
}

// checkTimeout bounds each check.
const checkTimeout = 15 * time.Second

// Run makes every check, and prints the findings.
func (c *Command) Run(ctx context.Context, stdout io.Writer, flags []*kong.Flag) error {
	d := &doctor{ServeFlags: c.ServeFlags, flags: flags, formats: c.Formats}
	defer d.Close()
	if c.Live != "" {
		if err := d.checkLive(ctx, c.liveFlags); err != nil {
			return err
		}
		return c.report(stdout, d.findings)
	}
	for _, check := range []func(context.Context){
		d.checkSettings, d.checkStaleness, d.checkEngine, d.checkMemory, d.checkOriginals, d.checkClock, d.checkVariants, d.checkQuarantine,
		d.checkQueues, d.checkTable, d.checkDistribution,
	} {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		check(ctx)
		cancel()
	}
	return c.report(stdout, d.findings)
}

// report prints the findings. It returns an error if anything is wrong.
func (c *Command) report(stdout io.Writer, findings []finding) error {
	if c.JSON {
		out := json.NewEncoder(stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(findings); err != nil {
			return err
		}
	} else {
		printFindings(stdout, findings, terminal.HasColor(stdout))
	}
	for _, f := range findings {
		if f.State == bad {
			return usage.ExitCode(1)
		}
	}
	return nil
}

// A severity is how bad a finding is.
type severity string

const (
	good severity = "ok"
	fair severity = "warning"
	bad  severity = "error"
)

// A finding is a result of a check.
type finding struct {
	State  severity `json:"state"`
	About  string   `json:"about"`
	Found  string   `json:"found"`
	Advice string   `json:"advice,omitempty"`
}

// A doctor tries the settings of a service, and collects findings.
type doctor struct {
	storage.Resources
	settings.ServeFlags
	flags    []*kong.Flag             // those of ServeFlags, and those of the doctor itself
	formats  []settings.WrittenFormat // that the service writes; empty if it is of the same build
	findings []finding
}

// addDiagnosis adds a finding about an error. what comes before the error's meaning.
func (d *doctor) addDiagnosis(s severity, about, what string, diagnosed cloud.Diagnosis) {
	d.add(s, about, what+": "+diagnosed.Found, diagnosed.Advice)
}

// addStorage is addDiagnosis for an error of a bucket.
func (d *doctor) addStorage(s severity, about, what string, err error) {
	d.addDiagnosis(s, about, what, cloud.Bucket.Diagnose(err))
}

// add adds a finding. An empty advice is none.
func (d *doctor) add(s severity, about, found, advice string) {
	d.findings = append(d.findings, finding{s, about, found, advice})
}

func (d *doctor) addGood(about, format string, args ...any) {
	d.add(good, about, fmt.Sprintf(format, args...), "")
}

// printFindings prints a line for each finding, and its advice below it.
func printFindings(w io.Writer, findings []finding, color bool) {
	width := 0
	for _, f := range findings {
		width = max(width, len(f.About))
	}
	errors := 0
	for _, f := range findings {
		mark, code := "✓", "32"
		switch f.State {
		case fair:
			mark, code = "!", "33"
		case bad:
			mark, code = "✗", "31"
			errors++
		}
		if color {
			mark = "\x1b[" + code + "m" + mark + "\x1b[0m"
		}
		fmt.Fprintf(w, "%s %-*s  %s\n", mark, width, f.About, f.Found)
		if f.Advice != "" {
			fmt.Fprintf(w, "%s→ %s\n", strings.Repeat(" ", width+4), f.Advice)
		}
	}
	switch errors {
	case 0:
		fmt.Fprintln(w, "Nothing is wrong.")
	case 1:
		fmt.Fprintln(w, "One thing is wrong.")
	default:
		fmt.Fprintf(w, "%d things are wrong.\n", errors)
	}
}
