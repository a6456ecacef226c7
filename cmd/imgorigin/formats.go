package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
)

type formatsCommand struct{}

// Run prints a line for each format that this build reads or writes, with the codecs that do so.
func (c *formatsCommand) Run(stdout io.Writer) error {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: build.Codecs(), SVG: true})
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "format\tread by\twritten by\tmedia type")
	for _, f := range build.ImageFormats() {
		if engine.Decodes(f) || engine.Encodes(f) {
			decoder := engine.Decoder(f)
			if f == resize.SVG {
				decoder += ", with --svg=draw"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f, cmp.Or(decoder, "-"), cmp.Or(engine.Encoder(f), "-"), f.MediaType())
		}
	}
	return w.Flush()
}
