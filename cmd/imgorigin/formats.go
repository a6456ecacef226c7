package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/imgorigin/imgorigin/resize"
)

type formatsCommand struct{}

// Run prints a line for each format that this build reads or writes.
func (c *formatsCommand) Run(stdout io.Writer) error {
	engine := newEngine(resize.Limits{})
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "format\treads\twrites\tmedia type")
	for _, f := range imageFormats() {
		if engine.Decodes(f) || engine.Encodes(f) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f, yesOrDash(engine.Decodes(f)), yesOrDash(engine.Encodes(f)), f.MediaType())
		}
	}
	return w.Flush()
}

func yesOrDash(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}

// imageFormats returns the formats of images, those that every build writes first.
func imageFormats() []resize.Format {
	everywhere := resize.NewEngine(resize.EngineConfig{})
	var first, rest []resize.Format
	for _, f := range resize.Formats() {
		switch {
		case !f.IsImage() || f == resize.Auto:
		case everywhere.Encodes(f):
			first = append(first, f)
		default:
			rest = append(rest, f)
		}
	}
	return append(first, rest...)
}
