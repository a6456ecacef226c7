package jpeg

import (
	"math"
	"math/rand/v2"
)

// drawn returns an image of w × h pixels, of which colour returns R, G and B, 0…255, at a place in units of the width.
func drawn(w, h int, colour func(x, y float64) [3]float64) *Raster {
	r := &Raster{Width: w, Height: h, Model: YCbCr, Planes: []Plane{newPlane(w, h), newPlane(w, h), newPlane(w, h)}}
	for i := range w * h {
		c := colour(float64(i%w)/float64(w), float64(i/w)/float64(w))
		l := 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
		r.Planes[0].Pix[i] = level8(l)
		r.Planes[1].Pix[i] = level8(128 + (c[2]-l)/1.772)
		r.Planes[2].Pix[i] = level8(128 + (c[0]-l)/1.402)
	}
	return r
}

// halved returns an image whose planes of chroma have half the size, with the means of two by two samples.
func halved(r *Raster) *Raster {
	half := *r
	half.Planes = []Plane{r.Planes[0]}
	for _, p := range r.Planes[1:] {
		h := newPlane(ceil(p.W, 2), ceil(p.H, 2))
		for i := range h.Pix {
			sum := 2
			for k := range 4 {
				sum += int(p.Pix[min(i/h.W*2+k/2, p.H-1)*p.Stride+min(i%h.W*2+k%2, p.W-1)])
			}
			h.Pix[i] = uint8(sum / 4)
		}
		half.Planes = append(half.Planes, h)
	}
	return &half
}

func newPlane(w, h int) Plane { return Plane{Pix: make([]uint8, w*h), Stride: w, W: w, H: h} }

func level8(v float64) uint8 { return uint8(min(max(math.Round(v), 0), 255)) }

// pictures are images with what photographs have, and one with text.
func pictures() map[string]*Raster {
	all := make(map[string]*Raster)
	for name := range scenes {
		all[name] = pictureOf(name, 192, 128)
	}
	return all
}

// pictureOf returns one of pictures in some size, with chroma of half of it.
func pictureOf(name string, w, h int) *Raster { return halved(wholePicture(name, w, h)) }

// wholePicture is pictureOf with whole chroma.
func wholePicture(name string, w, h int) *Raster {
	noise := rand.New(rand.NewPCG(1, 2))
	grain := func(most float64) float64 { return most * (noise.Float64() + noise.Float64() - 1) }
	return drawn(w, h, func(x, y float64) [3]float64 { return scenes[name](x, y, grain) })
}

// scenes return the colour of pictures at a place, with grain of some levels.
var scenes = map[string]func(x, y float64, grain func(most float64) float64) [3]float64{
	"sky": func(x, y float64, grain func(float64) float64) [3]float64 {
		l, g := 150+60*y-20*x, grain(2)
		return [3]float64{l - 50 + g, l + g, 240 + g}
	},
	"face": func(x, y float64, grain func(float64) float64) [3]float64 {
		l := 190 - 300*((x-0.5)*(x-0.5)+(y-0.33)*(y-0.33)) + 6*math.Sin(40*x+9*y) + grain(5)
		if math.Hypot((x-0.4)*2, y-0.28) < 0.06 {
			return [3]float64{60 + 0.2*l, 40 + 0.1*l, 40}
		}
		return [3]float64{l + 30, 0.8 * l, 0.66 * l}
	},
	"grass": func(x, y float64, grain func(float64) float64) [3]float64 {
		l := 110 + 40*math.Sin(70*x+60*x*y)*math.Sin(31*y+90*x) + 20*math.Sin(200*x-50*y) + grain(24)
		return [3]float64{0.8 * l, l, 0.4 * l}
	},
	"wall": func(x, y float64, grain func(float64) float64) [3]float64 {
		l := 170.0
		if math.Mod(12*y, 1) < 0.1 || math.Mod(6*x+math.Floor(12*y)/2, 1) < 0.06 {
			l = 90
		}
		l += grain(12)
		return [3]float64{l, 0.62 * l, 0.5 * l}
	},
	"text": func(x, y float64, _ func(float64) float64) [3]float64 {
		column, row := int(x*192), int(y*192)
		if row%12 < 8 && (column*7+row/12*5)%11 < 2 || row%12 == 4 && column%9 < 5 {
			return [3]float64{20, 20, 40}
		}
		return [3]float64{255, 255, 255}
	},
}
