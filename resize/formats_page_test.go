package resize_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestFormatsPage holds the table of kinds in FORMATS.md to what this build makes of an original of each kind.
func TestFormatsPage(t *testing.T) {
	if testing.Short() {
		t.Skip("makes an image of each row, one after the other")
	}
	page, err := os.ReadFile("FORMATS.md")
	if err != nil {
		t.Fatal(err)
	}
	samples := pageSamples(t)
	_, table, _ := strings.Cut(string(page), "| original | without libvips | with libvips |\n|---|---|---|\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 {
			break
		}
		kind, want := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if hasVips() {
			want = strings.TrimSpace(cells[3])
		}
		s, ok := samples[kind]
		if !ok {
			t.Errorf("there is no sample of %q, or another row of it", kind)
		}
		delete(samples, kind)
		if got := s.outcome(t, kind); got != want {
			t.Errorf("%s: got %q, the page has %q", kind, got, want)
		}
	}
	for kind := range samples {
		t.Errorf("the page has no row of %q", kind)
	}
}

// outcome returns what becomes of a sample, in the words of the page, and compares what it displays.
func (s pageSample) outcome(t *testing.T, kind string) string {
	engine := resize.NewEngine(resize.EngineConfig{
		Codecs: memoryCodecs(), SVG: s.draws, Limits: resize.Limits{AnimationPixels: s.animationPixels},
	})
	out, err := engine.Resize(t.Context(), s.file, resize.Transform{Format: resize.PNG}, resize.Transform{Format: resize.GIF})
	resizetest.ReadsWell(t, err)
	switch {
	case errors.Is(err, resize.ErrUnsupported):
		return "415"
	case errors.Is(err, resize.ErrCorrupt), errors.Is(err, resize.ErrTooLarge):
		return "422"
	case err != nil:
		return fmt.Sprint(err)
	}
	if s.want != nil {
		if db := resizetest.PSNR(resizetest.Decode(out[0]), s.want); db < s.decibels {
			t.Errorf("%s: got %.1f dB, want %.0f", kind, db, s.decibels)
		}
	}
	original, err := resize.ProbeBytes(s.file)
	if err != nil {
		t.Errorf("%s: %v", kind, err)
	}
	variant, err := resize.ProbeBytes(out[1])
	switch {
	case err != nil:
		return fmt.Sprint(err)
	case original.LosesFrames(resize.Limits{AnimationPixels: s.animationPixels}):
		return "first frame, with a note"
	case variant.Frames > 1:
		return "animated"
	}
	return "shown"
}
