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

// album returns a folder with images, one of which is stored rotated, and with other files.
func album(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(600, 400), 90)
	for name, body := range map[string][]byte{
		"lying.jpg": photo, "standing.jpg": resizetest.WithEXIF(photo, 6, ""), "notes.txt": []byte("no image"), ".hidden.jpg": photo,
	} {
		writeFile(t, filepath.Join(dir, name), body)
	}
	return dir
}

func cells(t *testing.T, args ...string) (cells []bench.Cell) {
	t.Helper()
	for line := range strings.Lines(runOutput(t, append([]string{"bench", "--json", "--rounds", "2"}, args...)...)) {
		var c bench.Cell
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		cells = append(cells, c)
	}
	return cells
}

func TestBench(t *testing.T) {
	got := cells(t, album(t), "--widths", "100,300", "--formats", "jpeg,png", "--quality", "95")
	var names []string
	for _, c := range got {
		names = append(names, c.Image)
		if c.Ours.CPU <= 0 || c.Ours.Wall <= 0 || c.Ours.Bytes < 1000 || c.Theirs != nil {
			t.Errorf("%s, %d px, %s: got %+v", c.Image, c.Width, c.Format, c.Ours)
		}
		if c.Ours.SSIM < 0.97 || c.Ours.SSIM > 1 { // also of the rotated one
			t.Errorf("%s, %d px, %s: got an SSIM of %v", c.Image, c.Width, c.Format, c.Ours.SSIM)
		}
		if c.Ours.PSNR < 30 || c.Ours.PSNR > 100 {
			t.Errorf("%s, %d px, %s: got a PSNR of %v", c.Image, c.Width, c.Format, c.Ours.PSNR)
		}
	}
	if len(got) != 10 || !slices.IsSorted(names) || got[4].Width != 0 || got[4].Format != "jpeg,png" {
		t.Errorf("got %d cells: %v", len(got), names)
	}
	// Sizes that are made together share a pyramid, and differ in some bytes from sizes that are made alone.
	sum := got[0].Ours.Bytes + got[1].Ours.Bytes + got[2].Ours.Bytes + got[3].Ours.Bytes
	if all := got[4].Ours.Bytes; all < sum*95/100 || all > sum*105/100 {
		t.Errorf("all sizes together are %d bytes, one by one %d", all, sum)
	}
}

// IMGORIGIN_WIDTHS and IMGORIGIN_FORMATS are settings of a service. The flags of bench have the same names, and ignore
// them.
func TestBenchHasItsOwnWidths(t *testing.T) {
	var out bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"IMGORIGIN_WIDTHS": "64", "IMGORIGIN_FORMATS": "png"}[name]
	}
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "small.jpg"), resizetest.JPEG(resizetest.Photo(90, 60), 90))
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
		"no image":     {t.TempDir()},
		"--formats":    {"--formats", "bmp"},
		"one round":    {"--rounds", "0"},
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

// TestRealBench measures against sharp in the folder that IMGORIGIN_TEST_SHARP names. It is skipped without one.
func TestRealBench(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_TEST_SHARP")
	if folder == "" {
		t.Skip("IMGORIGIN_TEST_SHARP names no folder")
	}
	for _, c := range cells(t, album(t), "--widths", "100,300", "--formats", "jpeg", "--against", "sharp", "--sharp-folder", folder) {
		if c.Theirs == nil || c.Ratio <= 0 || c.Theirs.CPU <= 0 || c.Theirs.SSIM < 0.95 || c.Theirs.Bytes < 1000 {
			t.Errorf("%s, %d px: got %+v, ratio %v", c.Image, c.Width, c.Theirs, c.Ratio)
		}
	}
	out := runOutput(t, "bench", "--rounds", "1", "--widths", "100", "--formats", string(resize.JPEG),
		"--against", "sharp", "--sharp-folder", folder, "--markdown", album(t))
	for _, want := range []string{"libvips", "sharp ÷ ours", "| lying.jpg → JPEG |", "| standing.jpg → JPEG |"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %s in %s", want, out)
		}
	}
}
