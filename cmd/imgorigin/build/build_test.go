package build_test

import (
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
)

// Each format that the engine of this build reads or writes is in the list of its codec, once, those that every build writes first.
func TestLists(t *testing.T) {
	engine := build.NewEngine(resize.Limits{})
	for name, list := range map[string]struct {
		formats, codecs string
		codecOf         func(resize.Format) string
	}{
		"read":    {build.ListFormats(engine.Decodes), build.ListCodecs(engine.Decoder), engine.Decoder},
		"written": {build.ListFormats(engine.Encodes), build.ListCodecs(engine.Encoder), engine.Encoder},
	} {
		if !strings.HasPrefix(list.formats, "jpeg png gif") || !strings.HasPrefix(list.codecs, "jpeg png gif") {
			t.Errorf("%s: got %s, and %s", name, list.formats, list.codecs)
		}
		listed := make(map[string]string) // codecs by format
		for codec := range strings.SplitSeq(list.codecs, ", ") {
			formats, by, _ := strings.Cut(codec, " by ")
			for format := range strings.FieldsSeq(formats) {
				if listed[format] != "" {
					t.Errorf("%s: %s is of two codecs: %s", name, format, list.codecs)
				}
				listed[format] = by
			}
		}
		for _, f := range build.ImageFormats() {
			has := strings.Contains(" "+list.formats+" ", " "+string(f)+" ")
			if codec := list.codecOf(f); listed[string(f)] != codec || has != (codec != "") {
				t.Errorf("%s: %s is listed %t, by %q, want by %q", name, f, has, listed[string(f)], codec)
			}
		}
	}
}
