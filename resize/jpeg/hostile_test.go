package jpeg

import (
	"bytes"
	"errors"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"
)

func encoded(tb testing.TB, w, h int, sampling [2]int, progressive bool) []byte {
	tb.Helper()
	src, err := Encode(picture(w, h, sampling[0], sampling[1]), EncodeOptions{Quality: 80, Progressive: progressive})
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

// A smaller scale is what the whole picture averages down to, but for the frequencies that an average lets through.
func TestScales(t *testing.T) {
	for _, sampling := range samplings {
		for _, progressive := range []bool{false, true} {
			src := encoded(t, 331, 217, sampling, progressive)
			whole, err := Decode(src, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range scales {
				p, err := Decode(src, DecodeOptions{Scale: n})
				if err != nil {
					t.Fatal(err)
				}
				for i, got := range p.Planes {
					if want := ceil(whole.Planes[i].W*n, 8); got.W != want || got.StepX != whole.Planes[i].StepX*8/float64(n) {
						t.Errorf("scale %d, plane %d: got width %d and step %v, want %d", n, i, got.W, got.StepX, want)
					}
					if db := psnr(got, averaged(whole.Planes[i], n)); db < 33 {
						t.Errorf("sampling %v, progressive %t, scale %d, plane %d: got %.1f dB to the average", sampling, progressive, n, i, db)
					}
				}
			}
		}
	}
}

// averaged reduces a plane to n/8 by area.
func averaged(p Plane, n int) Plane {
	out := Plane{W: ceil(p.W*n, 8), H: ceil(p.H*n, 8)}
	out.Stride = out.W
	out.Pix = make([]uint8, out.W*out.H)
	at := func(x, y int) int { return int(p.Pix[min(y, p.H-1)*p.Stride+min(x, p.W-1)]) }
	for y := range out.H {
		for x := range out.W {
			sum := 0 // of 8 × 8 parts of the sample, each of which lies in one of the whole
			for v := range 8 {
				for h := range 8 {
					sum += at((8*x+h)/n, (8*y+v)/n)
				}
			}
			out.Pix[y*out.Stride+x] = uint8((sum + 32) / 64)
		}
	}
	return out
}

func TestScaleFor(t *testing.T) {
	for ratio, want := range map[float64]int{0.5: 8, 1: 8, 1.25: 8, 1.7: 6, 2: 5, 2.5: 4, 5: 2, 7.5: 2, 10: 1, 99: 1} {
		if got := ScaleFor(ratio, 1.25); got != want {
			t.Errorf("ratio %v: got %d, want %d", ratio, got, want)
		}
	}
}

// A file that is cut anywhere is corrupt, at any scale, unless half a picture will do.
func TestCut(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		src := encoded(t, 90, 70, [2]int{2, 2}, progressive)
		for n := 0; n < len(src)-2; n += 1 + n/200 { // without its end of image it is whole
			for _, scale := range []int{8, 4, 2, 1} {
				if _, err := Decode(src[:n], DecodeOptions{Scale: scale}); !errors.Is(err, ErrCorrupt) {
					t.Fatalf("progressive %t, %d of %d bytes at scale %d: got %v, want ErrCorrupt", progressive, n, len(src), scale, err)
				}
			}
		}
		for _, scale := range scales {
			if _, err := Decode(src[:len(src)-2], DecodeOptions{Scale: scale}); err != nil {
				t.Errorf("progressive %t, without end of image at scale %d: got %v", progressive, scale, err)
			}
		}
		p, err := Decode(src[:len(src)*3/4], DecodeOptions{Lenient: true})
		if err != nil || p.Width != 90 {
			t.Errorf("progressive %t, lenient: got %v", progressive, err)
		}
	}
}

func TestRestarts(t *testing.T) {
	src := encoded(t, 100, 60, [2]int{1, 1}, false)
	whole, err := Decode(src, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The same scan with a restart behind every row of MCUs cannot be had from the encoder; a restart interval that is
	// said and not kept can, and is corrupt.
	at := bytes.Index(src, []byte{0xff, mSOS})
	lying := append(append(append([]byte{}, src[:at]...), 0xff, mDRI, 0, 4, 0, 13), src[at:]...)
	if _, err := Decode(lying, DecodeOptions{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("restarts that do not come: got %v, want ErrCorrupt", err)
	}
	lying[at+5] = 104 // as many as there are: none is needed
	got, err := Decode(lying, DecodeOptions{})
	if err != nil || farthest(t, got.Planes[0], whole.Planes[0]) != 0 {
		t.Errorf("a restart interval of all: got %v", err)
	}
}

func TestRefuses(t *testing.T) {
	src := encoded(t, 40, 40, [2]int{2, 2}, false)
	frame := bytes.Index(src, []byte{0xff, mSOF0})
	with := func(at int, b ...byte) []byte {
		out := bytes.Clone(src)
		copy(out[at:], b)
		return out
	}
	tests := []struct {
		name string
		src  []byte
		want error
	}{
		{"nothing", nil, ErrCorrupt},
		{"12 bits", with(frame+4, 12), ErrUnsupported},
		{"arithmetic", with(frame+1, 0xc9), ErrUnsupported},
		{"lossless", with(frame+1, 0xc3), ErrUnsupported},
		{"no height", with(frame+5, 0, 0), ErrUnsupported},
		{"no width", with(frame+7, 0, 0), ErrCorrupt},
		{"sampling 0", with(frame+11, 0), ErrCorrupt},
		{"two of one name", with(frame+13, 1), ErrCorrupt},
		{"no such table", with(frame+12, 3), ErrCorrupt},
		{"many scans", []byte(string(src[:len(src)-2]) + strings.Repeat(string(src[bytes.Index(src, []byte{0xff, mSOS}):len(src)-2]), 3)), ErrCorrupt},
	}
	for _, test := range tests {
		if _, err := Decode(test.src, DecodeOptions{}); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// Four components are CMYK, or YCCK if Adobe says so; inverted if Adobe says anything.
func TestColorsOfFour(t *testing.T) {
	src := fourComponents(t)
	p, err := Decode(src, DecodeOptions{})
	if err != nil || p.Model != CMYK || p.Inverted || len(p.Planes) != 4 {
		t.Fatalf("without Adobe's segment: got %+v, %v", p, err)
	}
	for transform, want := range map[byte]Model{0: CMYK, 2: YCCK} {
		adobe := append([]byte{0xff, mSOI, 0xff, mAPP14, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00"...)
		adobe = append(append(adobe, transform), src[2:]...)
		p, err := Decode(adobe, DecodeOptions{})
		if err != nil || p.Model != want || !p.Inverted {
			t.Errorf("transform %d: got %v, %v", transform, p, err)
		}
		if _, err := stdjpeg.Decode(bytes.NewReader(adobe)); err != nil {
			t.Errorf("the standard library: %v", err)
		}
	}
}

// fourComponents makes a file of four components out of one of grey, whose scan is said four times.
func fourComponents(t *testing.T) []byte {
	t.Helper()
	grey := encoded(t, 16, 8, [2]int{}, false)
	frame, scan := bytes.Index(grey, []byte{0xff, mSOF0}), bytes.Index(grey, []byte{0xff, mSOS})
	out := append([]byte{}, grey[:frame]...)
	out = append(out, 0xff, mSOF0, 0, 20, 8, 0, 8, 0, 16, 4)
	for i := range byte(4) {
		out = append(out, i+1, 0x11, 0)
	}
	out = append(out, grey[frame+13:scan]...)
	for i := range byte(4) {
		out = append(out, 0xff, mSOS, 0, 8, 1, i+1, 0, 0, 63, 0)
		out = append(out, grey[scan+10:len(grey)-2]...)
	}
	return append(out, 0xff, mEOI)
}

func TestFlippedBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, progressive := range []bool{false, true} {
		src := encoded(t, 60, 44, [2]int{2, 2}, progressive)
		for range 3000 {
			bad := bytes.Clone(src)
			for range 1 + r.IntN(3) {
				bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
			}
			if _, err := Decode(bad, DecodeOptions{Scale: scales[r.IntN(len(scales))]}); err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("got %v", err)
			}
		}
	}
}
