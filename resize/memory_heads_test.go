package resize_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestMemoryOfHeads checks that the estimate does not fall if only the first bytes of a file are known, as at the gate.
func TestMemoryOfHeads(t *testing.T) {
	m := grainy(resizetest.Photo(96, 64))
	files := map[string][]byte{"GIF": gifOf(m, 1, 1), "animated GIF": gifOf(m, 1, 30)}
	if writerOf(resize.WebP).Encode != nil {
		files["animated WebP"] = animatedWebP(m, 1, 30)
	}
	for name, body := range files {
		head, err := resize.Probe(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := resize.ProbeBytes(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []resize.Format{resize.GIF, resize.WebP} {
			estimate := func(h resize.Header) int64 {
				return h.Memory(int64(len(body)), resize.EngineConfig{}, resize.Transform{Format: f})
			}
			if got, want := estimate(head), estimate(whole); got < want {
				t.Errorf("%s to %s: got %d bytes of its first bytes, want at least the %d of all", name, f, got, want)
			}
		}
	}
}

// TestMemoryOfScales checks that a small variant of a JPEG reserves less than one of full size.
func TestMemoryOfScales(t *testing.T) {
	h := resize.Header{Format: resize.JPEG, Width: 6000, Height: 4000, Orientation: 1, Frames: 1, Channels: 3, Depth: 8}
	for _, h.Progressive = range []bool{false, true} {
		to := func(width int) int64 {
			return h.Memory(1e6, resize.EngineConfig{}, resize.Transform{Width: width, Format: resize.JPEG})
		}
		if to(100) > to(6000)/4 {
			t.Errorf("progressive %t: got %d bytes for a width of 100, %d for 6000", h.Progressive, to(100), to(6000))
		}
	}
}

// memoryTable returns what variants of an original of 24 megapixels take, as deploy/OPERATING.md has it.
func memoryTable() string {
	widths := []int{800, 1920, 3840, 0}
	table := "  | original | variant | 800 wide | 1920 wide | 3840 wide | full size |\n  |---|---|---|---|---|---|\n"
	for _, h := range []resize.Header{
		{Format: resize.JPEG, Channels: 3}, {Format: resize.JPEG, Channels: 3, Progressive: true},
		{Format: resize.PNG, Channels: 4}, {Format: resize.HEIC, Channels: 3},
	} {
		h.Width, h.Height, h.Orientation, h.Frames, h.Depth = 6000, 4000, 1, 1, 8
		name := strings.ToUpper(string(h.Format))
		if h.Progressive {
			name = "progressive " + name
		}
		for _, f := range []resize.Format{resize.JPEG, resize.WebP, resize.AVIF} {
			table += "  | " + name + " | " + string(f)
			for _, width := range widths {
				need := h.Memory(8e6, resize.EngineConfig{}, resize.Transform{Width: width, Format: f})
				table += fmt.Sprintf(" | %d", (need+5e6)/10e6*10)
			}
			table += " |\n"
		}
	}
	return table
}

// TestMemoryInDocs compares the table of deploy/OPERATING.md with the estimates.
func TestMemoryInDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "deploy", "OPERATING.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := memoryTable(); !strings.Contains(string(text), want) {
		t.Errorf("deploy/OPERATING.md has no\n%s", want)
	}
}
