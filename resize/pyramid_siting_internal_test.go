package resize

import (
	"math"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// siting is how far an edge may move, in pixels of the variant.
const siting = 0.1

// TestSiting checks that an edge of luma and chroma stays where it is: at all reductions and decoding scales, mirrored
// or not, and in a crop.
func TestSiting(t *testing.T) {
	if testing.Short() {
		t.Skip("many sizes of an image, one after the other")
	}
	const w, h, at = 1200, 800, 517.3
	e := NewEngine(EngineConfig{})
	for _, every := range [][2]int{{2, 2}, {2, 1}, {1, 2}, {1, 1}} {
		src := edged(t, w, h, every, at)
		for _, tr := range []Transform{
			{}, {Width: 1100}, {Width: 801}, {Width: 640}, {Width: 500},
			{Width: 333}, {Width: 320}, {Width: 200}, {Width: 97},
			{Rect: Rect{301, 5, 400, 300}}, {Rect: Rect{403, 100, 333, 300}, Width: 111},
		} {
			for _, o := range []int{1, 2} {
				hd := Header{Format: JPEG, Width: w, Height: h, Orientation: o}
				p, err := e.readPyramid(src, hd, hd.demand([]Transform{tr}))
				if err != nil {
					t.Fatal(err)
				}
				plan, err := PlanFor(tr, w, h, nil)
				if err != nil {
					t.Fatal(err)
				}
				from := at
				if o == 2 {
					from = w - at
				}
				want := (from - float64(plan.Crop.Min.X)) * float64(plan.Size.X) / float64(plan.Crop.Dx())
				if want < 5 || want > float64(plan.Size.X)-5 {
					continue // out of the crop
				}
				for _, chroma := range []int{1, 2} {
					for i, channel := range p.Render(plan.Crop, plan.Size, chroma).Planes {
						k := 1
						if i > 0 {
							k = chroma
						}
						got := edgeOf(channel.Row(channel.H/2), o == 2) * float64(k)
						if math.Abs(got-want) > siting {
							t.Errorf("chroma of %v, %v, orientation %d: plane %d for %d pixels: got the edge at %.2f, want %.2f",
								every, tr, o, i, k, got, want)
						}
					}
				}
			}
		}
	}
}

// edged returns a JPEG whose luma and chroma go from dark to light at some column.
func edged(t *testing.T, w, h int, every [2]int, at float64) []byte {
	t.Helper()
	p := &jpeg.Raster{Width: w, Height: h, Model: jpeg.YCbCr}
	for i := range 3 {
		kx, ky := every[0], every[1]
		if i == 0 {
			kx, ky = 1, 1
		}
		channel := jpeg.Plane{Stride: (w + kx - 1) / kx, W: (w + kx - 1) / kx, H: (h + ky - 1) / ky}
		for n := range channel.W * channel.H {
			x := (float64(n%channel.W) + 0.5) * float64(kx)
			channel.Pix = append(channel.Pix, uint8(math.Round(48+160/(1+math.Exp((at-x)/2)))))
		}
		p.Planes = append(p.Planes, channel)
	}
	src, err := jpeg.Encode(p, jpeg.EncodeOptions{Quality: 98})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// edgeOf returns where a row goes from 48 to 208, or from 208 to 48 if back is true, in samples.
func edgeOf(row []uint8, back bool) float64 {
	light := 0.0
	for _, v := range row {
		light += (float64(v) - 48) / 160
	}
	if back {
		return light
	}
	return float64(len(row)) - light
}
