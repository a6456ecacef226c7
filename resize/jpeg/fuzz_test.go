package jpeg

import (
	"bytes"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"strings"
	"testing"
)

// weTake are the files that the standard library refuses and this package takes, by what it says of them.
var weTake = []struct{ saying, because string }{
	{"luma/chroma subsampling ratio", "any sampling factors are taken"},
	{"unknown color model", "four components without an Adobe segment are CMYK"},
	{"unexpected EOF", "an end of image may be missing"},
	{"bad Td value", "libjpeg takes four tables in a baseline file too"},
	{"bad Ta value", "the same"},
	{"bad Th value", "the same"},
	{"Huffman table has zero length", "one that no scan uses does no harm"},
	{"unknown marker", "TEM has no segment; FF FF 00 is fill and stuffing"},
	{"missing 0xff00 sequence", "there may be fill in a scan"},
	{"short segment length", "no segment follows TEM"},
}

// theyTake are the files that the standard library takes and this package refuses, by what it says of them. Where it
// refuses a scan, the reference does too.
var theyTake = []struct{ saying, because string }{
	{"a code that there isn't", "coefficients beyond their block, runs of blocks in a sequential scan"},
	{"a scan without its Huffman tables", "a run of blocks in a sequential scan passes over what would need them"},
	{"too many codes", "no such code can be decoded"},
	{"no scan of component", "it would be a picture in wrong colours"},
	{"two scans of one component", "each costs as much as the first"},
	{"more than 100 scans", "the same"},
	{"a refinement of nothing", "the bits that came before are missing"},
	{"corrupt: quantisation table", "a table without its values is none"},
	{"a scan without quantisation table", "it would be a grey picture"},
	{"a scan of coefficients", "there are no such bits"},
	{"it ends early", "there are more blocks than bits, for an empty or wrong picture"},
	{"no width", "there is no pixel"},
	{"a height that comes after the pixels", "it does not come"},
}

// FuzzDecode holds the decoder to a reference in all that it does, and to the standard library but for what is
// listed: both take and refuse the same, and see the same pixels.
func FuzzDecode(f *testing.F) {
	for _, sampling := range samplings {
		f.Add(encoded(f, 20, 12, sampling, false))
		f.Add(encoded(f, 20, 12, sampling, true))
	}
	forArrangements(func(_ string, a arrangement) {
		if a.w, a.h = 17, 9; a.interval > 0 {
			f.Add(a.write(scenery))
		}
		if a.interval > 0 && len(a.factors) > 1 {
			a.adobe = len(a.factors) / 4 * 2 // RGB of three, YCCK of four
			f.Add(a.write(scenery))
		}
	})
	f.Fuzz(func(t *testing.T, src []byte) {
		if h, err := DecodeHeader(src); err == nil && h.Width*h.Height > 1<<14 {
			return
		}
		if c, err := stdjpeg.DecodeConfig(bytes.NewReader(src)); err == nil && c.Width*c.Height > 1<<14 {
			return // it would make room for what this package refuses
		}
		p, err := Decode(src, DecodeOptions{})
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported) {
			t.Fatalf("%v is not a fault of the file", err)
		}
		for _, n := range []int{1, 2, 3, 4} {
			_, scaled := Decode(src, DecodeOptions{Scale: n, Lenient: n == 3})
			if err == nil && scaled != nil {
				t.Errorf("at scale %d: got %v", n, scaled)
			}
		}
		r, refused := decodeReference(src)
		if (err == nil) != (refused == nil) {
			t.Fatalf("got %v, the reference %v", err, refused)
		}
		if err == nil && !r.extreme {
			for i, c := range r.components {
				if d := farthest(t, p.Planes[i], r.plane(c)); d > 1 {
					t.Errorf("plane %d: %d levels from the reference", i, d)
				}
			}
		}
		if !r.overrun && !r.partial { // the standard library takes such a run for one of the next scan, and counts MCUs of all components in a scan of one
			againstStandard(t, src, p, err, r)
		}
	})
}

func againstStandard(t *testing.T, src []byte, p *Picture, err error, r *reference) {
	m, stdErr := stdjpeg.Decode(bytes.NewReader(withoutTransform(src)))
	switch {
	case err != nil && stdErr != nil:
	case stdErr != nil && r.cut: // where it may stumble over what there is of a segment
	case stdErr != nil:
		for _, known := range weTake {
			if strings.Contains(stdErr.Error(), known.saying) {
				return
			}
		}
		t.Errorf("taken, but the standard library says %v", stdErr)
	case err != nil:
		for _, known := range theyTake {
			if strings.Contains(err.Error(), known.saying) {
				return
			}
		}
		t.Errorf("got %v, but the standard library takes it", err)
	case p.Width != m.Bounds().Dx() || p.Height != m.Bounds().Dy():
		t.Errorf("got %d × %d, want %v", p.Width, p.Height, m.Bounds())
	case p.Model == RGB && p.Planes[1].StepY > 2: // the standard library mixes its columns up, if it takes it
	case !r.extreme && !r.requantised: // which the standard library lets say what earlier scans meant
		for i, plane := range p.Planes {
			if d := fromStandard(plane, i, m); d > 1 {
				t.Errorf("plane %d: %d levels from the standard library", i, d)
			}
		}
	}
}

// withoutTransform makes the standard library return the four planes of a YCCK picture as they are.
func withoutTransform(src []byte) []byte {
	if h, err := DecodeHeader(src); err != nil || h.Model != YCCK {
		return src
	}
	src = bytes.Clone(src)
	s := segments{src: src, at: 2}
	for {
		marker, b, err := s.next()
		if err != nil || marker == mEOI || marker == mSOI {
			return src
		}
		if marker == mAPP14 && len(b) >= 12 && string(b[:5]) == "Adobe" {
			b[11] = 0
		}
	}
}

// fromStandard returns the largest difference of a plane to one of the standard library's.
func fromStandard(p Plane, i int, m image.Image) (most int) {
	b := m.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			want := uint8(0)
			switch m := m.(type) {
			case *image.Gray:
				want = m.Pix[m.PixOffset(x, y)]
			case *image.YCbCr:
				want = [][]uint8{m.Y, m.Cb, m.Cr}[i][[]int{m.YOffset(x, y), m.COffset(x, y), m.COffset(x, y)}[i]]
			case *image.RGBA:
				want = m.Pix[m.PixOffset(x, y)+i]
			case *image.CMYK:
				want = 255 - m.Pix[m.PixOffset(x, y)+i]
			}
			d := int(p.Pix[int(float64(y)/p.StepY)*p.Stride+int(float64(x)/p.StepX)]) - int(want)
			most = max(most, d, -d)
		}
	}
	return most
}
