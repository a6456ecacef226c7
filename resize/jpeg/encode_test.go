package jpeg

import (
	"bytes"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// gradients returns an image of w × ht pixels, a sample of whose chroma planes covers h × v pixels; grey if h is 0.
func gradients(w, ht, h, v int) *Raster {
	plane := func(w, ht int, f func(x, y float64) float64) Plane {
		p := Plane{Pix: make([]uint8, w*ht), Stride: w, W: w, H: ht}
		for i := range p.Pix {
			p.Pix[i] = uint8(min(max(f(float64(i%w)/float64(w), float64(i/w)/float64(ht)), 0), 255))
		}
		return p
	}
	p := &Raster{Width: w, Height: ht, Model: Grey}
	p.Planes = append(p.Planes, plane(w, ht, func(x, y float64) float64 {
		return 128 + 90*math.Sin(9*x*x+3*y) + 30*math.Sin(60*x)*math.Cos(50*y)
	}))
	if h > 0 {
		p.Model = YCbCr
		p.Planes = append(p.Planes,
			plane(ceil(w, h), ceil(ht, v), func(x, y float64) float64 { return 128 + 100*math.Sin(4*x+y) }),
			plane(ceil(w, h), ceil(ht, v), func(x, y float64) float64 { return 128 + 90*math.Cos(3*y-x) }))
	}
	return p
}

// samplings are h and v of gradients.
var samplings = [][2]int{{0, 0}, {1, 1}, {2, 1}, {1, 2}, {2, 2}}

// What Encode writes decodes to about the same image, and to the same samples, within 1, with Decode and image/jpeg.
func TestEncode(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {8, 8}, {9, 17}, {31, 16}, {130, 77}} {
		for _, s := range samplings {
			for _, o := range []EncodeOptions{{}, {Progressive: true}, {Thorough: true}} {
				for quality, minPSNR := range map[int]float64{10: 19, 75: 30, 95: 36, 100: 42} {
					name := fmt.Sprintf("%v, sampling %v, %+v, quality %d", size, s, o, quality)
					o.Quality = quality
					in := gradients(size[0], size[1], s[0], s[1])
					src, err := Encode(in, o)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					out, err := Decode(src, DecodeOptions{})
					if err != nil || out.Model != in.Model || out.Width != size[0] || out.Height != size[1] {
						t.Fatalf("%s: got %+v, %v", name, out, err)
					}
					for i, want := range stdPlanes(t, src) {
						if d := maxDifference(t, out.Planes[i], want); d > 1 {
							t.Errorf("%s, plane %d: %d levels from image/jpeg", name, i, d)
						}
						if db := psnr(out.Planes[i], in.Planes[i]); db < minPSNR && size[0] > 8 {
							t.Errorf("%s, plane %d: got %.1f dB, want %.0f", name, i, db, minPSNR)
						}
					}
				}
			}
		}
	}
}

// psnr returns the peak signal-to-noise ratio of two planes of the same size, in dB.
func psnr(a, b Plane) float64 {
	sum := 0.0
	for y := range a.H {
		for x := range a.W {
			d := float64(a.Pix[y*a.Stride+x]) - float64(b.Pix[y*b.Stride+x])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255*float64(a.W*a.H)/sum)
}

// The samples of noise, which has coefficients of all sizes, are the same with Decode and image/jpeg, within 1.
func TestEncodeNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		in := gradients(1+r.IntN(70), 1+r.IntN(70), 2, 2)
		for _, p := range in.Planes {
			for i := range p.Pix {
				p.Pix[i] = uint8(r.IntN(256) * r.IntN(2))
			}
		}
		for _, o := range []EncodeOptions{{}, {Progressive: true}, {Thorough: true, SharpenChroma: true}} {
			o.Quality = 1 + r.IntN(100)
			src, err := Encode(in, o)
			if err != nil {
				t.Fatal(err)
			}
			wantStdSamples(t, fmt.Sprintf("%+v", o), src)
		}
	}
}

// A file has no segment that decoders don't need: an icon has few bytes besides.
func TestEncodeSegments(t *testing.T) {
	for _, test := range []struct {
		options EncodeOptions
		want    []byte
	}{
		{EncodeOptions{Quality: 65}, []byte{mDQT, mSOF0, mDHT, mSOS, mEOI}},
		{EncodeOptions{Quality: 65, Thorough: true}, []byte{mDQT, mSOF0, mDHT, mSOS, mEOI}},
		{EncodeOptions{Quality: 65, ICC: []byte("a profile")}, []byte{mAPP2, mDQT, mSOF0, mDHT, mSOS, mEOI}},
	} {
		src, err := Encode(gradients(32, 24, 2, 2), test.options)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for s := (segments{src: src, at: 2}); len(got) == 0 || got[len(got)-1] != mEOI; {
			marker, _, err := s.next()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, marker)
		}
		if !bytes.Equal(got, test.want) {
			t.Errorf("%+v: got markers %x, want %x", test.options, got, test.want)
		}
	}
}

// With Huffman tables made for the image, files are not larger than those of image/jpeg.
func TestEncodeSize(t *testing.T) {
	in := gradients(800, 533, 2, 2)
	m := &image.YCbCr{
		Y: in.Planes[0].Pix, Cb: in.Planes[1].Pix, Cr: in.Planes[2].Pix, YStride: 800, CStride: 400,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, 800, 533),
	}
	std := len(stdEncode(t, m, 80))
	ours, err := Encode(in, EncodeOptions{Quality: 80})
	if err != nil {
		t.Fatal(err)
	}
	progressive, err := Encode(in, EncodeOptions{Quality: 80, Progressive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("image/jpeg %d bytes, ours %d, progressive %d", std, len(ours), len(progressive))
	if len(ours) > std {
		t.Errorf("got %d bytes, more than the %d of image/jpeg", len(ours), std)
	}
}

// An ICC profile that does not fit in one APP2 segment is written in several.
func TestEncodeProfile(t *testing.T) {
	icc := bytes.Repeat([]byte("profile!"), 20_000)
	src, err := Encode(gradients(20, 20, 2, 2), EncodeOptions{ICC: icc})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(src, []byte("ICC_PROFILE\x00")); n != 3 {
		t.Errorf("got %d segments, want 3", n)
	}
	if _, err := stdjpeg.Decode(bytes.NewReader(src)); err != nil {
		t.Error(err)
	}
}

// Several scans take fewer bytes than one, even of small images, most of which are tables.
func TestEncodeProgressiveSize(t *testing.T) {
	var all [2]int
	for name, in := range pictures() {
		var size [2]int
		for i, progressive := range []bool{false, true} {
			body, err := Encode(in, EncodeOptions{Quality: 90, Progressive: progressive})
			if err != nil {
				t.Fatal(err)
			}
			size[i] = len(body)
			all[i] += len(body)
		}
		t.Logf("%s: %d bytes, progressive %d", name, size[0], size[1])
	}
	if most := 0.992; float64(all[1]) > most*float64(all[0]) {
		t.Errorf("got %d bytes in several scans, want %.3f of %d at most", all[1], most, all[0])
	}
}

func TestEncodeErrors(t *testing.T) {
	planes := gradients(4, 4, 1, 1).Planes
	for name, p := range map[string]*Raster{
		"no planes":      {Model: Grey},
		"CMYK":           {Model: CMYK, Planes: planes},
		"no chroma":      {Model: YCbCr, Planes: planes[:1]},
		"too wide":       {Model: Grey, Planes: []Plane{{W: 70_000, H: 1}}},
		"no pixels":      {Model: Grey, Planes: []Plane{{}}},
		"quarter chroma": gradients(40, 40, 4, 1),
	} {
		if _, err := Encode(p, EncodeOptions{}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
