package resize

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// photograph returns a JPEG with detail of all sizes, and a sample of chroma for h × v samples of luma.
func photograph(tb testing.TB, w, ht, h, v int, progressive bool) []byte {
	tb.Helper()
	plane := func(w, ht int, k float64) jpeg.Plane {
		p := jpeg.Plane{Pix: make([]uint8, w*ht), Stride: w, W: w, H: ht}
		for i := range p.Pix {
			x, y := k*float64(i%w), k*float64(i/w)
			p.Pix[i] = uint8(128 + 60*math.Sin(x*x/9000+y/50) + 40*math.Sin(y*y/7000-x/31) + 20*math.Sin(x/3)*math.Cos(y/4))
		}
		return p
	}
	chroma := plane((w+h-1)/h, (ht+v-1)/v, 1.7)
	planes := []jpeg.Plane{plane(w, ht, 1), chroma, plane(chroma.W, chroma.H, 2.3)}
	p := &jpeg.Raster{Width: w, Height: ht, Model: jpeg.YCbCr, Planes: planes}
	src, err := jpeg.Encode(p, jpeg.EncodeOptions{Quality: 90, Progressive: progressive})
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

// TestCropsOfParts compares crops of the part of the image that is decoded for them with crops of the whole image.
func TestCropsOfParts(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine, many pixels")
	}
	e := NewEngine(EngineConfig{})
	crops := []Transform{
		{Rect: Rect{600, 500, 130, 90}},
		{Rect: Rect{690, 1, 301, 203}, Width: 150},
		{Rect: Rect{700, 700, 1000, 1000}, Width: 77},
		{Rect: Rect{400, 400, 240, 212}, Width: 33, Height: 200, Fit: Fill},
		{Width: 90, Height: 700, Fit: Cover},
		{Width: 50, Height: 500, Fit: Cover, Crop: Right},
		{Width: 1000, Height: 20, Fit: Cover, Crop: Bottom},
		{Width: 32, Height: 256, Fit: Cover, Crop: Focal, Focus: Point{0.9, 0.5}},
	}
	for _, sampling := range [][2]int{{2, 2}, {1, 1}, {2, 1}, {1, 2}} {
		src := photograph(t, 1501, 1103, sampling[0], sampling[1], sampling[0] > sampling[1])
		for o := 1; o <= 8; o++ {
			if o != 6 && sampling != [2]int{2, 2} {
				continue
			}
			for i, crop := range crops {
				crop.Format = PNG
				ts := []Transform{crop.Normal()}
				if i == 0 { // together with a smaller crop, which is made through halvings
					ts = append(ts, Transform{Rect: Rect{500, 450, 330, 290}, Width: 20, Format: PNG}.Normal())
				}
				h := Header{Format: JPEG, Width: 1501, Height: 1103, Orientation: o}
				want := h.demand(ts)
				part := renderings(t, e, src, h, want, ts)
				if want.part.Dx()*want.part.Dy() > 1501*1103*3/4 {
					t.Errorf("orientation %d, %v: %v is decoded", o, crop, want.part)
				}
				want.part = image.Rectangle{}
				for k, whole := range renderings(t, e, src, h, want, ts) {
					if d := farthest(part[k], whole); d > 1 {
						t.Errorf("sampling %v, orientation %d, %v: %d levels off", sampling, o, ts[k], d)
					}
				}
			}
		}
	}
}

// renderings decodes what a demand asks for, and renders transforms.
func renderings(t *testing.T, e *Portable, src []byte, h Header, want demand, ts []Transform) (all []*image.NRGBA) {
	t.Helper()
	p, err := e.readPyramid(src, h, want)
	if err != nil {
		t.Fatal(err)
	}
	w, ht := p.Displayed()
	for _, tr := range ts {
		plan, err := PlanFor(tr, w, ht, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Render(plan.Crop, plan.Size, 1).NRGBA())
	}
	return all
}

// farthest returns the largest difference between samples.
func farthest(a, b *image.NRGBA) (most int) {
	if a.Rect != b.Rect {
		return math.MaxInt
	}
	for i, v := range a.Pix {
		d := int(v) - int(b.Pix[i])
		most = max(most, d, -d)
	}
	return most
}

// TestSmartNeedsAll checks that the whole image is decoded for a crop that looks at it.
func TestSmartNeedsAll(t *testing.T) {
	h := Header{Format: JPEG, Width: 3000, Height: 2000, Orientation: 6}
	for _, crop := range []Crop{Smart, Faces} {
		got := h.demand([]Transform{{Width: 40, Height: 400, Fit: Cover, Crop: crop}}).part
		if want := image.Rect(0, 0, 3000, 2000); got != want {
			t.Errorf("%s: got %v, want %v", crop, got, want)
		}
	}
}

// BenchmarkCrop makes a variant of a part of an image, and decodes that part or the whole image.
func BenchmarkCrop(b *testing.B) {
	e := NewEngine(EngineConfig{})
	for name, crop := range map[string]Transform{
		"detail":   {Rect: Rect{2000, 1500, 800, 600}},
		"square":   {Width: 800, Height: 800, Fit: Cover},
		"portrait": {Width: 1080, Height: 1920, Fit: Cover},
	} {
		for _, progressive := range []bool{false, true} {
			src := photograph(b, 6000, 4000, 2, 2, progressive)
			h := Header{Format: JPEG, Width: 6000, Height: 4000, Orientation: 1}
			want := h.demand([]Transform{crop})
			for _, part := range []image.Rectangle{want.part, {}} {
				b.Run(fmt.Sprintf("%s/progressive=%t/whole=%t", name, progressive, part.Empty()), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						p, err := e.readPyramid(bytes.Clone(src), h, demand{want.ratio, part})
						if err != nil {
							b.Fatal(err)
						}
						encode, err := e.variant(p, crop)
						if err == nil {
							_, err = encode()
						}
						if err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
