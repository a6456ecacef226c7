package bench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings/settingstest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// album returns a folder with images, one of them stored rotated, and other files.
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
	for line := range strings.Lines(runOutput(t, append([]string{"--json", "--rounds", "2"}, args...)...)) {
		var c bench.Cell
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		cells = append(cells, c)
	}
	return cells
}

func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("compares images, which takes long with the race detector and starts no goroutines")
	}
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
		if c.Ours.Score < 70 || c.Ours.Score > 100 {
			t.Errorf("%s, %d px, %s: got a score of %v", c.Image, c.Width, c.Format, c.Ours.Score)
		}
	}
	if len(got) != 10 || !slices.IsSorted(names) || got[4].Width != 0 || got[4].Format != "jpeg,png" {
		t.Errorf("got %d cells: %v", len(got), names)
	}
	// Sizes that are made together share a pyramid, so they differ by some bytes from sizes that are made alone.
	sum := got[0].Ours.Bytes + got[1].Ours.Bytes + got[2].Ours.Bytes + got[3].Ours.Bytes
	if all := got[4].Ours.Bytes; all < sum*95/100 || all > sum*105/100 {
		t.Errorf("all sizes together are %d bytes, one by one %d", all, sum)
	}
}

// The samples of a WebP have another range than those of a JPEG.
func TestBenchOfWebP(t *testing.T) {
	if !build.NewEngine(resize.Limits{}).Encodes(resize.WebP) {
		t.Skip("this build does not write WebP")
	}
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "photo.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 90))
	for _, c := range cells(t, folder, "--widths", "240", "--formats", "webp", "--quality", "95") {
		if c.Ours.Score < 75 || c.Ours.PSNR < 35 || c.Ours.SSIM < 0.97 {
			t.Errorf("got %+v", c.Ours)
		}
	}
}

// Without a rival, curves are compared with JPEG at --quality, and JPEG with itself.
func TestBenchCurve(t *testing.T) {
	if testing.Short() {
		t.Skip("compares images, which takes long with the race detector and starts no goroutines")
	}
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "photo.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 90))
	args := []string{folder, "--curve", "--widths", "240", "--formats", "jpeg", "--quality", "77"}
	var c bench.Comparison
	if err := json.Unmarshal([]byte(runOutput(t, append(args, "--json")...)), &c); err != nil {
		t.Fatal(err)
	}
	if c.Image != "photo.jpg" || c.Width != 240 || c.Format != "jpeg" || c.Against != "jpeg" || c.Theirs.Quality != 77 ||
		c.Theirs.Bytes < 1000 || c.Theirs.Score != c.Ours.Score {
		t.Errorf("got %+v", c)
	}
	if math.Abs(c.Ratio-1) > 0.04 || math.Abs(c.Ours.Quality-77) > 1.5 { // which lies between two points of the curve
		t.Errorf("got a ratio of %.3f at %.1f, want 1 at 77", c.Ratio, c.Ours.Quality)
	}
	out := runOutput(t, args...)
	for _, want := range []string{"\nphoto.jpg\n", "\n240 px, jpeg ÷ jpeg ", "\n| JPEG ÷ jpeg |"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %q in %s", want, out)
		}
	}
	if out := runOutput(t, folder, "--curve", "--widths", "240", "--formats", "jpeg", "--quality", "100"); !strings.Contains(out, "\nnothing to compare: ") {
		t.Errorf("a score above the curve: got %s", out)
	}
}

func TestBenchRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"no such file":              {filepath.Join(t.TempDir(), "no")},
		"no image":                  {t.TempDir()},
		"--formats":                 {"--formats", "bmp"},
		"one round":                 {"--rounds", "0"},
		"--against":                 {"--against", "sharp,imagor", album(t)},
		"no imgorigin":              {"--against", filepath.Join(album(t), "notes.txt"), album(t)},
		"one width":                 {"--matrix", "--widths", "80,160"},
		"--matrix excludes --curve": {"--matrix", "--curve"},
		"png has no quality":        {"--curve", "--formats", "jpeg,png", album(t)},
		"npm install":               {"--against", "sharp", "--sharp-folder", t.TempDir(), album(t)},
	} {
		t.Run(want, func(t *testing.T) {
			if want == "npm install" {
				if _, err := exec.LookPath("node"); err != nil {
					want = "node"
				}
			}
			err := run(t.Context(), args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want …%s…", err, want)
			}
		})
	}
	t.Setenv("PATH", t.TempDir())
	err := run(t.Context(), []string{"--against", "sharp"}, io.Discard)
	if !errors.Is(err, bench.ErrNoSharp) {
		t.Errorf("without node: got %v, want bench.ErrNoSharp", err)
	}
}

// kinds returns a folder with images of several formats. Only builds with libvips read the last.
func kinds(t *testing.T) string {
	dir, photo := t.TempDir(), resizetest.Photo(120, 80)
	var bmpFile bytes.Buffer
	must(t, bmp.Encode(&bmpFile, photo))
	jxl, err := os.ReadFile(filepath.Join("..", "..", "..", "resize", "vips", "testdata", "photo.jxl"))
	must(t, err)
	for name, body := range map[string][]byte{
		"a.jpg": resizetest.JPEG(photo, 90), "b.png": resizetest.PNG(photo), "c.bmp": bmpFile.Bytes(), "d.jxl": jxl,
	} {
		writeFile(t, filepath.Join(dir, name), body)
	}
	return dir
}

// Another build, here the same, makes the same variants in a process of its own, or can't make them for the same reason.
func TestBenchMatrix(t *testing.T) {
	t.Setenv("IMGORIGIN_TEST_AS_MAIN", "1")
	executable, err := os.Executable()
	must(t, err)
	folder := kinds(t)
	args := []string{folder, "--matrix", "--widths", "60", "--formats", "jpeg,gif", "--against", executable}
	all := cells(t, args...)
	if len(all) != 8 {
		t.Fatalf("got %d cells, want 8", len(all))
	}
	readsJXL := build.NewEngine(resize.Limits{}).Decodes(resize.JXL)
	for _, c := range all {
		name := c.Image + " as " + string(c.Format)
		if len(c.Theirs) != 1 || c.Theirs[0].Name != executable {
			t.Fatalf("%s: got %+v", name, c.Theirs)
		}
		ours, theirs := c.Ours, c.Theirs[0].Cost
		switch {
		case c.Image == "d.jxl" && !readsJXL:
			if ours.Error == "" || theirs.Error != ours.Error || c.Theirs[0].Ratio != 0 {
				t.Errorf("%s: got %+v, and %+v of the other build, want the same error", name, ours, theirs)
			}
		case ours.Error != "" || ours.CPU <= 0 || theirs.CPU <= 0 || ours.Bytes < 200 || theirs.Bytes != ours.Bytes ||
			theirs.Similarity != ours.Similarity || c.Theirs[0].Ratio <= 0:
			t.Errorf("%s: got %+v, and %+v of the other build, want the same variant", name, ours, theirs)
		case c.Image != "d.jxl" && ours.SSIM < 0.9: // for which there is no reference
			t.Errorf("%s: got an SSIM of %v", name, ours.SSIM)
		}
	}
	out := runOutput(t, append([]string{"--rounds", "1"}, args...)...)
	row := `\| \d+ · \d+ \| \d+ · \d+ \|`
	want := []string{`\| CPU ms: imgorigin · ` + executable + ` \| JPEG \| GIF \|`, `\| a.jpg ` + row, `\| b.png ` + row, `\| c.bmp ` + row}
	if !readsJXL {
		want = append(want, `\| d.jxl \| – · – \| – · – \|`, `imgorigin: .*unsupported`)
	}
	for _, pattern := range want {
		if !regexp.MustCompile(pattern).MatchString(out) {
			t.Errorf("got no %s in %s", pattern, out)
		}
	}
}

// Without a folder, a matrix has a row for each format that this build writes, and for some that x/image does.
func TestBenchMatrixOfFormats(t *testing.T) {
	if testing.Short() {
		t.Skip("writes an image in every format, and starts no goroutines")
	}
	t.Setenv("PATH", t.TempDir()) // where there is no vips
	out := settingstest.Output(t, &bench.Command{MatrixSize: image.Pt(512, 384)}, "--matrix", "--rounds", "1", "--formats", "jpeg", "--widths", "40")
	engine := build.NewEngine(resize.Limits{})
	for _, f := range build.ImageFormats() {
		if engine.Encodes(f) || f == resize.BMP || f == resize.TIFF {
			if row := regexp.MustCompile(`(?m)^\| ` + bench.FormatNames(f) + ` \| \d+ \|$`); !row.MatchString(out) {
				t.Errorf("got no row of %s in %s", f, out)
			}
		}
	}
}

// TestRealBench measures against sharp in the folder that IMGORIGIN_TEST_SHARP names. It is skipped without one.
func TestRealBench(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_TEST_SHARP")
	if folder == "" {
		t.Skip("IMGORIGIN_TEST_SHARP names no folder")
	}
	flags := []string{"--formats", "jpeg", "--against", "sharp,mozjpeg", "--sharp-folder", folder}
	for _, c := range cells(t, append(flags, album(t), "--widths", "100,300")...) {
		if len(c.Theirs) != 2 {
			t.Fatalf("%s, %d px: got %+v", c.Image, c.Width, c.Theirs)
		}
		for _, theirs := range c.Theirs {
			if theirs.Ratio <= 0 || theirs.CPU <= 0 || theirs.SSIM < 0.93 || theirs.Score < 50 || theirs.Bytes < 1000 {
				t.Errorf("%s, %d px: got %+v", c.Image, c.Width, theirs)
			}
		}
		if c.Theirs[0].Name != "sharp" || c.Theirs[1].Name != "mozjpeg" || c.Theirs[1].Bytes >= c.Theirs[0].Bytes {
			t.Errorf("%s, %d px: got %+v, want fewer bytes of mozjpeg", c.Image, c.Width, c.Theirs)
		}
	}
	out := runOutput(t, append([]string{album(t)}, append(flags, "--rounds", "1", "--widths", "100", "--markdown")...)...)
	for _, want := range []string{"libvips", "CPU ÷ ours", "| mozjpeg ÷ imgorigin |", "| lying.jpg → JPEG |", "| standing.jpg → JPEG |"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %s in %s", want, out)
		}
	}
	out = runOutput(t, append([]string{album(t)}, append(flags, "--curve", "--widths", "300")...)...)
	for _, want := range []string{"300 px, jpeg ÷ sharp", "300 px, jpeg ÷ mozjpeg", "| JPEG ÷ sharp |", "| JPEG ÷ mozjpeg |"} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %s in %s", want, out)
		}
	}
	out = runOutput(t, kinds(t), "--matrix", "--rounds", "1", "--widths", "60", "--formats", "png,avif", "--against", "sharp",
		"--sharp-folder", folder)
	for _, pattern := range []string{`\| a.jpg \| \d+ · \d+ \| \S+ · \d+ \|`, `\| c.bmp \| \d+ · – \| \S+ · – \|`, `\nsharp: .*unsupported`} {
		if !regexp.MustCompile(pattern).MatchString(out) {
			t.Errorf("got no %s in %s", pattern, out)
		}
	}
}
