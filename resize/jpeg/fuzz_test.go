package jpeg

import (
	"bytes"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"slices"
	"strings"
	"testing"
)

// A difference is a kind of files that only this package or only image/jpeg takes, by a part of the error of the other.
type difference struct{ message, reason string }

// onlyWeTake has messages of image/jpeg.
var onlyWeTake = []difference{
	{"luma/chroma subsampling ratio", "any sampling factors are taken"},
	{"unknown color model", "four components without an Adobe segment are CMYK"},
	{"unexpected EOF", "the EOI marker may be missing"},
	{"bad Td value", "as libjpeg, we take four Huffman tables in a baseline file too"},
	{"bad Ta value", "the same"},
	{"bad Th value", "the same"},
	{"uninitialized Huffman table", "a file without any has the standard ones"},
	{"Huffman table has zero length", "a table that no scan uses does no harm"},
	{"unknown marker", "TEM has no segment; of FF FF 00, the first is a fill byte and 00 is stuffed"},
	{"missing 0xff00 sequence", "there may be fill bytes in a scan"},
	{"short segment length", "TEM has no segment"},
}

// onlyImageJPEGTakes has messages of this package. Where the error is in a scan, the reference refuses the file too.
var onlyImageJPEGTakes = []difference{
	{"an invalid Huffman code, run or value", "coefficients beyond their block, or EOBn in a sequential scan"},
	{"a scan without its Huffman tables", "EOBn in a sequential scan skips the blocks that need them"},
	{"too many codes", "such codes can't be decoded"},
	{"no scan of component", "the image would have wrong colours"},
	{"two scans of one component", "each takes as long as the first"},
	{"more than 100 scans", "the same"},
	{"a refinement of nothing", "the higher bits are missing"},
	{"jpeg: quantisation table", "a table must have all of its elements"},
	{"a scan without quantisation table", "the image would be grey"},
	{"a scan of coefficients", "there are no such bits"},
	{"it ends early", "with more blocks than bits, the image is empty or wrong"},
	{"no width", "there are no pixels"},
	{"a height that comes after the first scan", "it never comes"},
}

// FuzzDecode compares the decoder with the reference in everything, and with image/jpeg in everything but the listed
// differences: both must take or refuse a file, and have samples that differ by at most 1.
func FuzzDecode(f *testing.F) {
	addLayouts(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		const maxPixels = 1 << 14
		if d, err := readHeader(src); err == nil && d.width*d.height > maxPixels {
			return
		}
		if c, err := stdjpeg.DecodeConfig(bytes.NewReader(src)); err == nil && c.Width*c.Height > maxPixels {
			return // image/jpeg allocates the image of a file that this package refuses
		}
		compareWithReference(t, src)
	})
}

// addLayouts adds files of Encode and of a layoutWriter to the seeds.
func addLayouts(f *testing.F) {
	for _, sampling := range samplings {
		f.Add(encoded(f, 20, 12, sampling, false))
		f.Add(encoded(f, 20, 12, sampling, true))
	}
	forEachLayout(func(_ string, l layout) {
		if l.w, l.h = 17, 9; l.restartInterval > 0 {
			f.Add(l.write(waves))
		}
		if l.restartInterval > 0 && len(l.factors) > 1 {
			l.adobe = len(l.factors) / 4 * 2 // RGB of three components, YCCK of four
			f.Add(l.write(waves))
		}
	})
}

// compareWithReference compares the decoder with the reference, and with image/jpeg where that is to have the same
// results.
func compareWithReference(t *testing.T, src []byte) {
	t.Helper()
	p, err := Decode(src, DecodeOptions{})
	if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v, want ErrCorrupt or ErrUnsupported", err)
	}
	for _, n := range []int{1, 2, 3, 4} {
		_, scaledErr := Decode(src, DecodeOptions{Scale: n, Lenient: n == 3})
		if err == nil && scaledErr != nil {
			t.Errorf("at scale %d: got %v", n, scaledErr)
		}
	}
	ref, refErr := decodeReference(src)
	if (err == nil) != (refErr == nil) {
		t.Fatalf("got %v, the reference %v", err, refErr)
	}
	if err == nil && !ref.extreme {
		for i, c := range ref.components {
			if d := maxDifference(t, p.Planes[i], ref.plane(c)); d > 1 {
				t.Errorf("plane %d: %d levels from the reference", i, d)
			}
		}
	}
	// In image/jpeg, a run of ended blocks continues in the next scan, and restart intervals of a scan with a single
	// component count the MCUs of all.
	if !ref.overrun && !ref.unlikeMCUs {
		compareWithImageJPEG(t, src, p, err, ref)
	}
}

// readHeader returns a decoder that has read a file up to its first scan header.
func readHeader(src []byte) (*decoder, error) {
	d := &decoder{segments: segments{src: src}}
	_, err := d.nextScan()
	return d, err
}

// compareWithImageJPEG checks that image/jpeg decodes src to p, or refuses it if Decode did, apart from the listed
// differences.
func compareWithImageJPEG(t *testing.T, src []byte, p *Raster, err error, ref *reference) {
	t.Helper()
	m, stdErr := stdjpeg.Decode(bytes.NewReader(withoutTransform(src)))
	switch {
	case err != nil && stdErr != nil:
	case stdErr != nil && ref.partOfSegment: // image/jpeg may find an error in that part
	case stdErr != nil:
		if !isListed(onlyWeTake, stdErr) {
			t.Errorf("no error, but image/jpeg has %v", stdErr)
		}
	case err != nil:
		if !isListed(onlyImageJPEGTakes, err) {
			t.Errorf("got %v, but image/jpeg takes the file", err)
		}
	case p.Width != m.Bounds().Dx() || p.Height != m.Bounds().Dy():
		t.Errorf("got %d × %d, want %v", p.Width, p.Height, m.Bounds())
	case p.Model == RGB && p.Planes[1].StepY > 2: // image/jpeg confuses the columns, if it takes the file
	case !ref.extreme && !ref.requantised: // image/jpeg dequantises earlier scans with a later table
		comparePlanes(t, p.Planes, m)
	}
}

// comparePlanes checks that samples differ by at most 1 from those of an image of image/jpeg.
func comparePlanes(t *testing.T, planes []Plane, m image.Image) {
	t.Helper()
	for i, plane := range planes {
		if d := differenceFromImage(plane, i, m); d > 1 {
			t.Errorf("plane %d: %d levels from image/jpeg", i, d)
		}
	}
}

func isListed(differences []difference, err error) bool {
	return slices.ContainsFunc(differences, func(d difference) bool { return strings.Contains(err.Error(), d.message) })
}

// withoutTransform makes image/jpeg return the planes of a YCCK file as they are: it changes the transform to that of
// CMYK.
func withoutTransform(src []byte) []byte {
	if d, err := readHeader(src); err != nil || d.model() != YCCK {
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

// differenceFromImage returns the largest difference, in levels, of plane i from an image of image/jpeg.
func differenceFromImage(p Plane, i int, m image.Image) (most int) {
	b := m.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			want := uint8(0)
			switch m := m.(type) {
			case *image.Gray:
				want = m.Pix[m.PixOffset(x, y)]
			case *image.YCbCr:
				offset := m.COffset(x, y)
				if i == 0 {
					offset = m.YOffset(x, y)
				}
				want = [][]uint8{m.Y, m.Cb, m.Cr}[i][offset]
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
