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
	for _, f := range allFormats {
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

var allFormats = []resize.Format{
	resize.JPEG, resize.PNG, resize.GIF, resize.WebP, resize.AVIF, resize.BMP, resize.HEIC, resize.JXL, resize.TIFF,
}
