package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// album is a folder of pictures, one of which is stored on its side, and of what is no picture.
func album(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(600, 400), 90)
	for name, body := range map[string][]byte{
		"lying.jpg": photo, "standing.jpg": resizetest.WithEXIF(photo, 6, ""), "notes.txt": []byte("no picture"), ".hidden.jpg": photo,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func cells(t *testing.T, args ...string) (all []bench.Cell) {
	t.Helper()
	for line := range strings.Lines(runOutput(t, append([]string{"bench", "--json", "--rounds", "2"}, args...)...)) {
		var c bench.Cell
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

func TestBench(t *testing.T) {
	got := cells(t, album(t), "--widths", "100,300", "--formats", "jpeg,png", "--quality", "95")
	var names []string
	for _, c := range got {
		names = append(names, c.Picture)
		if c.Ours.CPU <= 0 || c.Ours.Wall <= 0 || c.Ours.Bytes < 1000 || c.Theirs != nil {
			t.Errorf("%s, %d px, %s: got %+v", c.Picture, c.Width, c.Format, c.Ours)
		}
		if c.Ours.SSIM < 0.97 || c.Ours.SSIM > 1 { // also of the one that is turned
			t.Errorf("%s, %d px, %s: got an SSIM of %v", c.Picture, c.Width, c.Format, c.Ours.SSIM)
		}
	}
	if len(got) != 10 || !slices.IsSorted(names) || got[4].Width != 0 || got[4].Format != "jpeg,png" {
		t.Errorf("got %d cells: %v", len(got), names)
	}
	// All at once are made from a pyramid, and so not to the byte what each alone is.
	sum := got[0].Ours.Bytes + got[1].Ours.Bytes + got[2].Ours.Bytes + got[3].Ours.Bytes
	if all := got[4].Ours.Bytes; all < sum*95/100 || all > sum*105/100 {
		t.Errorf("all sizes at once are %d bytes, one by one %d", all, sum)
	}
}

// A ladder in the environment is the service's, not what is to be measured.
func TestBenchHasItsOwnWidths(t *testing.T) {
	var out bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"IMGORIGIN_WIDTHS": "64", "IMGORIGIN_FORMATS": "png"}[name]
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "small.jpg"), resizetest.JPEG(resizetest.Photo(90, 60), 90))
	if err := run(t.Context(), []string{"bench", "--rounds", "1", folder}, getenv, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "64 px") || strings.Contains(got, "png") || !strings.Contains(got, "320 px, jpeg") {
		t.Errorf("got %s", got)
	}
}

func TestBenchRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"no such file": {filepath.Join(t.TempDir(), "no")},
		"no picture":   {t.TempDir()},
		"--formats":    {"--formats", "bmp"},
		"a round":      {"--rounds", "0"},
		"npm install":  {"--against", "sharp", "--sharp-folder", t.TempDir(), album(t)},
	} {
		t.Run(want, func(t *testing.T) {
			if want == "npm install" {
				if _, err := exec.LookPath("node"); err != nil {
					want = "node"
				}
			}
			err := run(t.Context(), append([]string{"bench"}, args...), func(string) string { return "" }, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want …%s…", err, want)
			}
		})
	}
	t.Setenv("PATH", t.TempDir())
	err := run(t.Context(), []string{"bench", "--against", "sharp"}, func(string) string { return "" }, io.Discard)
	if !errors.Is(err, bench.ErrNoSharp) {
		t.Errorf("without node: got %v, want bench.ErrNoSharp", err)
	}
}

// TestRealBench measures against sharp, which IMGORIGIN_TEST_SHARP names a folder of. It is not run without one.
func TestRealBench(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_TEST_SHARP")
	if folder == "" {
		t.Skip("IMGORIGIN_TEST_SHARP names no folder")
	}
	for _, c := range cells(t, album(t), "--widths", "100,300", "--formats", "jpeg", "--against", "sharp", "--sharp-folder", folder) {
		if c.Theirs == nil || c.Ratio <= 0 || c.Theirs.CPU <= 0 || c.Theirs.SSIM < 0.95 || c.Theirs.Bytes < 1000 {
			t.Errorf("%s, %d px: got %+v, ratio %v", c.Picture, c.Width, c.Theirs, c.Ratio)
		}
	}
	out := runOutput(t, "bench", "--rounds", "1", "--widths", "100", "--formats", string(resize.JPEG), "--against", "sharp", "--sharp-folder", folder, "--markdown", album(t))
	for _, want := range []string{"libvips", "sharp ÷ ours", "| lying.jpg → JPEG |", "| standing.jpg → JPEG |"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %s in %s", want, out)
		}
	}
}
