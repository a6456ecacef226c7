package build

import (
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// ListFormats returns the names of the formats that an engine reads, or writes.
func ListFormats(has func(resize.Format) bool) string {
	var names []string
	for _, f := range ImageFormats() {
		if has(f) {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, " ")
}

// ListCodecs returns the formats of each codec, by the function that returns the name of the codec for a format:
// "jpeg png by Go, heic by libvips".
func ListCodecs(codecOf func(resize.Format) string) string {
	var codecs []string
	formats := make(map[string][]string)
	for _, f := range ImageFormats() {
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

// ImageFormats returns the formats of images, those that every build writes first.
func ImageFormats() []resize.Format {
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
