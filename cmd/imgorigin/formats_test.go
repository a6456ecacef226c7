package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/webp"
)

var columns = regexp.MustCompile("  +")

// The table shows what the engine of this build decodes and encodes.
func TestFormatsAreThoseOfTheEngine(t *testing.T) {
	engine, drawing := build.NewEngine(resize.Limits{}), resize.NewEngine(resize.EngineConfig{Codecs: build.Codecs(), SVG: true})
	lines := strings.Split(strings.TrimSpace(runOutput(t, "formats")), "\n")
	if len(lines) < 2 {
		t.Fatalf("got %q", lines)
	}
	printed := make(map[resize.Format][]string)
	for _, line := range lines[1:] {
		fields := columns.Split(line, -1)
		printed[resize.Format(fields[0])] = fields[1:]
	}
	for _, f := range resize.Formats() {
		if !f.IsImage() {
			continue
		}
		want := []string{cmp.Or(engine.Decoder(f), "-"), cmp.Or(engine.Encoder(f), "-"), f.MediaType()}
		if drawer := drawing.Decoder(f); f == resize.SVG && drawer != "" {
			want[0] = drawer + ", with --svg=draw"
		}
		if got, ok := printed[f]; ok && !slices.Equal(got, want) || !ok && (drawing.Decodes(f) || engine.Encodes(f)) {
			t.Errorf("%s: got %v, want %v", f, got, want)
		}
	}
}

// The names of codecs are those of the build: libvips or libwebp where there is one, otherwise WebAssembly.
func TestCodecNames(t *testing.T) {
	heic, webpWriter := "libheif in WebAssembly", "libwebp in WebAssembly"
	switch {
	case len(vips.Codecs()) > 0:
		heic = "libvips"
	case len(wasm.Codecs()) == 0:
		t.Skip("this build reads no HEIC")
	}
	if len(webp.Codecs()) > 0 {
		webpWriter = "libwebp"
	}
	got := runOutput(t, "formats")
	for _, want := range []string{
		`(?m)^jpeg +Go +Go +image/jpeg$`, `(?m)^webp +Go +` + webpWriter + ` +image/webp$`, `(?m)^heic +` + heic + ` +- +image/heic$`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	engine := build.NewEngine(resize.Limits{})
	if got, want := build.ListCodecs(engine.Decoder), "heic by "+heic; !strings.Contains(got, want) && heic != "libvips" {
		t.Errorf("got %s, want %s in it", got, want)
	}
}
