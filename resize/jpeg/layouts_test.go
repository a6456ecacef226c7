package jpeg

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samplingFactors are those of all components: what encoders write, what image/jpeg and libjpeg read, and what is
// merely legal.
var samplingFactors = [][][2]int{
	// Grey, where they have no meaning.
	{{1, 1}}, {{2, 2}}, {{4, 1}},

	{{1, 1}, {1, 1}, {1, 1}}, {{2, 1}, {1, 1}, {1, 1}}, {{1, 2}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}},
	{{4, 1}, {1, 1}, {1, 1}}, {{4, 2}, {1, 1}, {1, 1}}, {{1, 4}, {1, 1}, {1, 1}}, {{2, 4}, {1, 1}, {1, 1}},
	{{4, 4}, {1, 1}, {1, 1}}, {{3, 1}, {1, 1}, {1, 1}}, {{1, 3}, {1, 1}, {1, 1}}, {{3, 2}, {1, 1}, {1, 1}},
	{{3, 3}, {1, 1}, {1, 1}}, {{4, 3}, {3, 1}, {1, 2}}, {{2, 2}, {2, 1}, {2, 1}}, {{2, 2}, {1, 2}, {1, 2}},
	{{2, 2}, {2, 1}, {1, 2}}, {{2, 2}, {2, 2}, {2, 2}}, {{2, 1}, {2, 1}, {1, 1}}, {{4, 1}, {2, 1}, {1, 1}},
	{{4, 2}, {2, 1}, {2, 1}}, {{3, 1}, {2, 1}, {1, 1}}, {{3, 2}, {2, 1}, {1, 1}},

	// Chroma finer than luma.
	{{1, 1}, {2, 1}, {2, 1}}, {{1, 1}, {2, 2}, {1, 1}}, {{1, 2}, {2, 1}, {1, 1}}, {{1, 1}, {1, 1}, {4, 2}},

	{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}, {2, 2}}, {{2, 1}, {1, 1}, {1, 1}, {2, 1}},
	{{2, 2}, {1, 1}, {1, 1}, {1, 1}}, {{1, 1}, {2, 1}, {2, 1}, {1, 1}}, {{4, 1}, {1, 1}, {1, 1}, {3, 1}},
}

// waves is an image of any size, without sharp edges, whose components differ.
func waves(component int, x, y float64) float64 {
	k := 1 + float64(component)/3
	return 128 + 55*math.Sin(k*x/11+y/17) + 45*math.Cos(k*y/9-x/23) + 12*math.Sin(x/4)*math.Cos(k*y/5)
}

// forEachLayout calls f for all sampling factors in all kinds of files.
func forEachLayout(f func(name string, l layout)) {
	for _, factors := range samplingFactors {
		for _, frame := range []byte{mSOF0, mSOF1, mSOF2} {
			for _, nonInterleaved := range []bool{false, true} {
				for _, interval := range []int{0, 3} {
					l := layout{
						w: 53, h: 37, factors: factors, frame: frame, nonInterleaved: nonInterleaved,
						restartInterval: interval, quant: 3, adobe: adobeNone, fill: interval,
					}
					name := fmt.Sprintf("%v, frame %#x, non-interleaved %t, restart interval %d",
						factors, frame, nonInterleaved, interval)
					f(name, l)
				}
			}
		}
	}
}

// The samples of every layout differ by at most 1 from those of the reference, and from those of image/jpeg where that
// takes the layout.
func TestDecodeLayouts(t *testing.T) {
	forEachLayout(func(name string, l layout) {
		src := l.write(waves)
		p, err := Decode(src, DecodeOptions{})
		ref, refErr := decodeReference(src)
		if err != nil || refErr != nil {
			t.Errorf("%s: got %v, the reference %v", name, err, refErr)
			return
		}
		for i, c := range ref.components {
			want := ref.plane(c)
			if d := maxDifference(t, p.Planes[i], want); d > 1 {
				t.Errorf("%s, plane %d: %d levels from the reference", name, i, d)
			}
			if p.Planes[i].StepX != want.StepX || p.Planes[i].StepY != want.StepY {
				t.Errorf("%s, plane %d: a sample for %v × %v, want %v × %v",
					name, i, p.Planes[i].StepX, p.Planes[i].StepY, want.StepX, want.StepY)
			}
		}
		if d := differenceFromWaves(p); d > 5 {
			t.Errorf("%s: %.1f levels from what was written", name, d)
		}
		if !ref.unlikeMCUs {
			compareWithImageJPEG(t, src, p, err, ref)
		}
	})
}

// differenceFromWaves returns the largest difference between a sample and waves at its place.
func differenceFromWaves(p *Raster) (most float64) {
	for i, plane := range p.Planes {
		for y := range plane.H {
			for x := range plane.W {
				want := waves(i, (float64(x)+0.5)*plane.StepX, (float64(y)+0.5)*plane.StepY)
				most = max(most, math.Abs(float64(plane.Pix[y*plane.Stride+x])-min(max(want, 0), 255)))
			}
		}
	}
	return most
}

// A file with restart markers at other places than it should, or of other numbers, is corrupt.
func TestWrongRestartMarkers(t *testing.T) {
	for _, frame := range []byte{mSOF0, mSOF2} {
		l := layout{
			w: 53, h: 37, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, frame: frame, restartInterval: 2, quant: 3,
			adobe: adobeNone,
		}
		for name, restart := range map[string]func(n int) []byte{
			"none":           func(int) []byte { return nil },
			"all RST0":       func(int) []byte { return []byte{0xff, mRST0} },
			"one left out":   func(n int) []byte { return []byte{0xff, byte(mRST0 + (n+n/3)%8)} },
			"another marker": func(n int) []byte { return []byte{0xff, mCOM, 0, 2} },
			"EOI":            func(n int) []byte { return []byte{0xff, mEOI} },
		} {
			l.restart = restart
			if _, err := Decode(l.write(waves), DecodeOptions{}); !errors.Is(err, ErrCorrupt) {
				t.Errorf("frame %#x, %s: got %v, want ErrCorrupt", frame, name, err)
			}
		}
		l.restart = func(n int) []byte { return []byte{0xff, 0xff, 0xff, byte(mRST0 + n%8)} }
		if _, err := Decode(l.write(waves), DecodeOptions{}); err != nil {
			t.Errorf("frame %#x, after fill bytes: got %v", frame, err)
		}
	}
}

// The JFIF and Adobe segments and the identifiers of the components decide on the colour model.
func TestModels(t *testing.T) {
	for _, test := range []struct {
		n, adobe int
		jfif     bool
		ids      string
		want     Model
		inverted bool
	}{
		{1, adobeNone, true, "", Grey, false},
		{3, adobeNone, true, "", YCbCr, false},
		{3, adobeNone, false, "", YCbCr, false},
		{3, adobeNone, false, "RGB", RGB, false},
		{3, adobeNone, true, "RGB", YCbCr, false},
		{3, 0, false, "", RGB, true},
		{3, 0, true, "", YCbCr, true},
		{3, 1, false, "", YCbCr, true},
		{3, 1, false, "RGB", YCbCr, true},
		{4, adobeNone, false, "", CMYK, false},
		{4, 0, false, "", CMYK, true},
		{4, 2, false, "", YCCK, true},
		{4, 2, true, "", YCCK, true},
	} {
		for _, frame := range []byte{mSOF0, mSOF1, mSOF2} {
			l := layout{w: 20, h: 20, frame: frame, quant: 3, adobe: test.adobe, jfif: test.jfif, ids: test.ids}
			l.factors = [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}[:test.n]
			src := l.write(waves)
			p, err := Decode(src, DecodeOptions{})
			if err != nil || p.Model != test.want || p.Inverted != test.inverted {
				t.Fatalf("%+v: got %v, inverted %t, %v", test, p.Model, p.Inverted, err)
			}
			ref, _ := decodeReference(src)
			if test.ids != "RGB" || test.adobe != 1 { // where image/jpeg goes by the identifiers
				compareWithImageJPEG(t, src, p, err, ref)
			}
		}
	}
}

// A file that is cut off anywhere is corrupt at all scales, unless only the EOI marker is missing.
func TestTruncatedLayouts(t *testing.T) {
	for _, nonInterleaved := range []bool{false, true} {
		for _, interval := range []int{0, 3} {
			for _, frame := range []byte{mSOF0, mSOF2} {
				testTruncated(t, layout{
					w: 90, h: 70, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, frame: frame,
					nonInterleaved: nonInterleaved, restartInterval: interval, quant: 3, adobe: adobeNone,
				})
			}
		}
	}
}

func testTruncated(t *testing.T, l layout) {
	src := l.write(waves)
	for n, step := 0, 50; n <= len(src)-2; n += step {
		if n+step > len(src)-50 {
			step = 1 // the last 50 bytes are cut off one by one
		}
		for _, scale := range scales {
			_, err := Decode(src[:n], DecodeOptions{Scale: scale})
			complete := n >= len(src)-2
			if complete != (err == nil) || err != nil && !errors.Is(err, ErrCorrupt) {
				t.Errorf("frame %#x, non-interleaved %t, restart interval %d: %d of %d bytes at scale %d: got %v",
					l.frame, l.nonInterleaved, l.restartInterval, n, len(src), scale, err)
			}
		}
	}
}

// TestPhotographs compares all JPEGs in the folder that IMGORIGIN_TEST_PHOTOS names with image/jpeg, as FuzzDecode
// does. It is skipped without that variable.
func TestPhotographs(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_TEST_PHOTOS")
	if folder == "" {
		t.Skip("IMGORIGIN_TEST_PHOTOS names no folder")
	}
	decoded := 0
	filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(path)); err != nil || ext != ".jpg" && ext != ".jpeg" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			return nil
		}
		p, err := Decode(src, DecodeOptions{})
		if err != nil {
			t.Logf("%s: %v", path, err)
		}
		compareWithImageJPEG(t, src, p, err, new(reference))
		decoded++
		return nil
	})
	if t.Logf("%d images", decoded); decoded == 0 {
		t.Errorf("no JPEG in %s", folder)
	}
}
