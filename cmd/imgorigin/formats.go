package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/imgorigin/imgorigin/resize"
)

type formatsCommand struct{}

// Run prints a line for each format that this build reads or writes, with the codecs that do so.
func (c *formatsCommand) Run(stdout io.Writer) error {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: engineCodecs(), SVG: true})
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "format\tread by\twritten by\tmedia type")
	for _, f := range imageFormats() {
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

// listCodecs returns the formats of each codec, by the function that returns the name of the codec for a format:
// "jpeg png by Go, heic by libvips".
func listCodecs(codecOf func(resize.Format) string) string {
	var codecs []string
	formats := make(map[string][]string)
	for _, f := range imageFormats() {
		name := codecOf(f)
		if name == "" {
			continue
		}
		if formats[name] == nil {
			codecs = append(codecs, name)
		}
		formats[name] = append(formats[name], string(f))
	}
	for i, name := range codecs {
		codecs[i] = strings.Join(formats[name], " ") + " by " + name
	}
	return strings.Join(codecs, ", ")
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
