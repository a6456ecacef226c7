package jpeg

import (
	"bytes"
	"errors"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"
)

// encoded returns a file of gradients, by Encode.
func encoded(tb testing.TB, w, h int, sampling [2]int, progressive bool) []byte {
	tb.Helper()
	src, err := Encode(gradients(w, h, sampling[0], sampling[1]), EncodeOptions{Quality: 80, Progressive: progressive})
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

// A file that is cut off anywhere is corrupt at all scales, unless only the EOI marker is missing or Lenient is set.
func TestTruncated(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		src := encoded(t, 90, 70, [2]int{2, 2}, progressive)
		for n := 0; n < len(src)-2; n += 1 + n/200 {
			for _, scale := range []int{8, 4, 2, 1} {
				if _, err := Decode(src[:n], DecodeOptions{Scale: scale}); !errors.Is(err, ErrCorrupt) {
					t.Fatalf("progressive %t, %d of %d bytes at scale %d: got %v, want ErrCorrupt",
						progressive, n, len(src), scale, err)
				}
			}
		}
		for _, scale := range scales {
			if _, err := Decode(src[:len(src)-2], DecodeOptions{Scale: scale}); err != nil {
				t.Errorf("progressive %t, without EOI at scale %d: got %v", progressive, scale, err)
			}
		}
		p, err := Decode(src[:len(src)*3/4], DecodeOptions{Lenient: true})
		if err != nil || p.Width != 90 {
			t.Errorf("progressive %t, lenient: got %v", progressive, err)
		}
	}
}

// A file is corrupt if it has a restart interval and not the markers for it.
func TestMissingRestartMarkers(t *testing.T) {
	src := encoded(t, 100, 60, [2]int{1, 1}, false)
	whole, err := Decode(src, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Encode writes no restart intervals, so its files have no restart markers.
	at := bytes.Index(src, []byte{0xff, mSOS})
	withDRI := slices.Concat(src[:at], []byte{0xff, mDRI, 0, 4, 0, 13}, src[at:])
	if _, err := Decode(withDRI, DecodeOptions{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a restart interval of 13 MCUs without markers: got %v, want ErrCorrupt", err)
	}
	withDRI[at+5] = 104 // all MCUs, so that there is no restart
	got, err := Decode(withDRI, DecodeOptions{})
	if err != nil || maxDifference(t, got.Planes[0], whole.Planes[0]) != 0 {
		t.Errorf("a restart interval of all MCUs: got %v", err)
	}
}

func TestDecodeErrors(t *testing.T) {
	src := encoded(t, 40, 40, [2]int{2, 2}, false)
	frame, scan := bytes.Index(src, []byte{0xff, mSOF0}), bytes.Index(src, []byte{0xff, mSOS})
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
		{"sampling factor 0", with(frame+11, 0), ErrCorrupt},
		{"two components of one identifier", with(frame+13, 1), ErrCorrupt},
		{"no such quantisation table", with(frame+12, 3), ErrCorrupt},
		{"many scans", append(src[:len(src)-2:len(src)-2], bytes.Repeat(src[scan:len(src)-2], 3)...), ErrCorrupt},
	}
	for _, test := range tests {
		if _, err := Decode(test.src, DecodeOptions{}); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// Four components are CMYK, or YCCK with an Adobe segment of transform 2. With an Adobe segment they are inverted.
func TestFourComponents(t *testing.T) {
	src := fourComponents(t)
	p, err := Decode(src, DecodeOptions{})
	if err != nil || p.Model != CMYK || p.Inverted || len(p.Planes) != 4 {
		t.Fatalf("without an Adobe segment: got %+v, %v", p, err)
	}
	for transform, want := range map[byte]Model{0: CMYK, 2: YCCK} {
		adobe := append([]byte{0xff, mSOI, 0xff, mAPP14, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00"...)
		adobe = append(append(adobe, transform), src[2:]...)
		p, err := Decode(adobe, DecodeOptions{})
		if err != nil || p.Model != want || !p.Inverted {
			t.Errorf("transform %d: got %v, %v", transform, p, err)
		}
		if _, err := stdjpeg.Decode(bytes.NewReader(adobe)); err != nil {
			t.Errorf("transform %d: image/jpeg: %v", transform, err)
		}
	}
}

// fourComponents makes a file of four components from a grey one, with its scan for each of them.
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

// A file with wrong bits decodes, or is corrupt or unsupported.
func TestFlippedBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, progressive := range []bool{false, true} {
		src := encoded(t, 60, 44, [2]int{2, 2}, progressive)
		for range 3000 {
			bad := bytes.Clone(src)
			for range 1 + r.IntN(3) {
				bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
			}
			_, err := Decode(bad, DecodeOptions{Scale: scales[r.IntN(len(scales))]})
			if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("got %v", err)
			}
		}
	}
}
