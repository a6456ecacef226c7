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

// factors are sampling factors: what encoders write, what image/jpeg and libjpeg read, and what is merely legal.
var factors = [][][2]int{
	{{1, 1}}, {{2, 2}}, {{4, 1}}, // grey: they mean nothing
	{{1, 1}, {1, 1}, {1, 1}}, {{2, 1}, {1, 1}, {1, 1}}, {{1, 2}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}},
	{{4, 1}, {1, 1}, {1, 1}}, {{4, 2}, {1, 1}, {1, 1}}, {{1, 4}, {1, 1}, {1, 1}}, {{2, 4}, {1, 1}, {1, 1}}, {{4, 4}, {1, 1}, {1, 1}},
	{{3, 1}, {1, 1}, {1, 1}}, {{1, 3}, {1, 1}, {1, 1}}, {{3, 2}, {1, 1}, {1, 1}}, {{3, 3}, {1, 1}, {1, 1}}, {{4, 3}, {3, 1}, {1, 2}},
	{{2, 2}, {2, 1}, {2, 1}}, {{2, 2}, {1, 2}, {1, 2}}, {{2, 2}, {2, 1}, {1, 2}}, {{2, 2}, {2, 2}, {2, 2}}, {{2, 1}, {2, 1}, {1, 1}},
	{{4, 1}, {2, 1}, {1, 1}}, {{4, 2}, {2, 1}, {2, 1}}, {{3, 1}, {2, 1}, {1, 1}}, {{3, 2}, {2, 1}, {1, 1}},
	{{1, 1}, {2, 1}, {2, 1}}, {{1, 1}, {2, 2}, {1, 1}}, {{1, 2}, {2, 1}, {1, 1}}, {{1, 1}, {1, 1}, {4, 2}}, // colour finer than light
	{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, {{2, 2}, {1, 1}, {1, 1}, {2, 2}}, {{2, 1}, {1, 1}, {1, 1}, {2, 1}},
	{{2, 2}, {1, 1}, {1, 1}, {1, 1}}, {{1, 1}, {2, 1}, {2, 1}, {1, 1}}, {{4, 1}, {1, 1}, {1, 1}, {3, 1}},
}

// scenery is a picture of any size whose components differ, without sharp edges.
func scenery(c int, x, y float64) float64 {
	k := 1 + float64(c)/3
	return 128 + 55*math.Sin(k*x/11+y/17) + 45*math.Cos(k*y/9-x/23) + 12*math.Sin(x/4)*math.Cos(k*y/5)
}

// forArrangements calls f for all factors in all kinds of files.
func forArrangements(f func(name string, a arrangement)) {
	for _, factors := range factors {
		for _, frame := range []byte{mSOF0, mSOF1, mSOF2} {
			for _, apart := range []bool{false, true} {
				for _, interval := range []int{0, 3} {
					a := arrangement{
						w: 53, h: 37, factors: factors, frame: frame, apart: apart, interval: interval,
						quant: 3, adobe: adobeNone, fill: interval,
					}
					f(fmt.Sprintf("%v in frame %#x, apart %t, restarts %d", factors, frame, apart, interval), a)
				}
			}
		}
	}
}

// Whatever the arrangement, samples are those of the reference, and of image/jpeg where that takes it, within a level.
func TestArrangementsAreExact(t *testing.T) {
	forArrangements(func(name string, a arrangement) {
		src := a.write(scenery)
		p, err := Decode(src, DecodeOptions{})
		r, refused := decodeReference(src)
		if err != nil || refused != nil {
			t.Errorf("%s: got %v, the reference %v", name, err, refused)
			return
		}
		for i, c := range r.components {
			want := r.plane(c)
			if d := farthest(t, p.Planes[i], want); d > 1 {
				t.Errorf("%s, plane %d: %d levels from the reference", name, i, d)
			}
			if p.Planes[i].StepX != want.StepX || p.Planes[i].StepY != want.StepY {
				t.Errorf("%s, plane %d: a sample for %v × %v, want %v × %v", name, i, p.Planes[i].StepX, p.Planes[i].StepY, want.StepX, want.StepY)
			}
		}
		if d := fromScenery(p); d > 5 {
			t.Errorf("%s: %.1f levels from what was written", name, d)
		}
		if !r.partial {
			againstStandard(t, src, p, err, r)
		}
	})
}

// fromScenery returns the largest difference to what was written, where it was.
func fromScenery(p *Picture) (most float64) {
	for i, plane := range p.Planes {
		for y := range plane.H {
			for x := range plane.W {
				want := scenery(i, (float64(x)+0.5)*plane.StepX, (float64(y)+0.5)*plane.StepY)
				most = max(most, math.Abs(float64(plane.Pix[y*plane.Stride+x])-min(max(want, 0), 255)))
			}
		}
	}
	return most
}

// Restarts must be where they are said to be, with their numbers.
func TestRestartsThatAreWrong(t *testing.T) {
	for _, frame := range []byte{mSOF0, mSOF2} {
		a := arrangement{w: 53, h: 37, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, frame: frame, interval: 2, quant: 3, adobe: adobeNone}
		for name, restart := range map[string]func(n int) []byte{
			"none":           func(int) []byte { return nil },
			"all the first":  func(int) []byte { return []byte{0xff, 0xd0} },
			"one left out":   func(n int) []byte { return []byte{0xff, byte(0xd0 + (n+n/3)%8)} },
			"something else": func(n int) []byte { return []byte{0xff, mCOM, 0, 2} },
			"an end":         func(n int) []byte { return []byte{0xff, mEOI} },
		} {
			a.restart = restart
			if _, err := Decode(a.write(scenery), DecodeOptions{}); !errors.Is(err, ErrCorrupt) {
				t.Errorf("frame %#x, %s: got %v, want ErrCorrupt", frame, name, err)
			}
		}
		a.restart = func(n int) []byte { return []byte{0xff, 0xff, 0xff, byte(0xd0 + n%8)} }
		if _, err := Decode(a.write(scenery), DecodeOptions{}); err != nil {
			t.Errorf("frame %#x, behind fill: got %v", frame, err)
		}
	}
}

// What planes mean goes by the JFIF and Adobe segments and by the names of the components.
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
			a := arrangement{w: 20, h: 20, frame: frame, quant: 3, adobe: test.adobe, jfif: test.jfif, ids: test.ids}
			a.factors = [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}[:test.n]
			src := a.write(scenery)
			p, err := Decode(src, DecodeOptions{})
			if err != nil || p.Model != test.want || p.Inverted != test.inverted {
				t.Fatalf("%+v: got %v, inverted %t, %v", test, p.Model, p.Inverted, err)
			}
			r, _ := decodeReference(src)
			if test.ids != "RGB" || test.adobe != 1 { // image/jpeg believes the names
				againstStandard(t, src, p, err, r)
			}
		}
	}
}

// A file that is cut is refused at all scales, wherever that is, unless nothing but its end of image is missing.
func TestCutArrangements(t *testing.T) {
	for _, apart := range []bool{false, true} {
		for _, interval := range []int{0, 3} {
			for _, frame := range []byte{mSOF0, mSOF2} {
				a := arrangement{w: 90, h: 70, factors: [][2]int{{2, 2}, {1, 1}, {1, 1}}, frame: frame, apart: apart, interval: interval, quant: 3, adobe: adobeNone}
				src := a.write(scenery)
				for n, step := 0, 50; n <= len(src)-2; n += step {
					if n+step > len(src)-50 {
						step = 1 // the last bytes one by one
					}
					for _, scale := range scales {
						_, err := Decode(src[:n], DecodeOptions{Scale: scale})
						if whole := n >= len(src)-2; whole != (err == nil) || err != nil && !errors.Is(err, ErrCorrupt) {
							t.Errorf("frame %#x, apart %t, restarts %d: %d of %d bytes at scale %d: got %v", frame, apart, interval, n, len(src), scale, err)
						}
					}
				}
			}
		}
	}
}

// TestPhotographs decodes the JPEGs in the folder that IMGORIGIN_TEST_PHOTOS names as image/jpeg does, within a
// level. It is not run without one.
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
		againstStandard(t, src, p, err, new(reference))
		decoded++
		return nil
	})
	if t.Logf("%d pictures", decoded); decoded == 0 {
		t.Errorf("no JPEG in %s", folder)
	}
}
