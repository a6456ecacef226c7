package bench

import (
	"fmt"
	"math/rand/v2"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// Generate returns images of 24, 12 and 3 megapixels, the first also as a progressive JPEG. They have noise whose power falls
// with its frequency, as in nature, sharp edges, and the grain of a sensor, but a third to a tenth of the bytes of
// photographs, and take less time to read. They are the same at each call.
func Generate() ([]Original, error) {
	var originals []Original
	for _, size := range []struct {
		name        string
		w, h        int
		progressive bool
	}{
		{"24 MP", 6000, 4000, false},
		{"12 MP", 4032, 3024, false},
		{"3 MP", 2048, 1536, false},
		{"24 MP progressive", 6000, 4000, true},
	} {
		o, err := generate(size.name, size.w, size.h, size.progressive)
		if err != nil {
			return nil, err
		}
		originals = append(originals, o)
	}
	return originals, nil
}

func generate(name string, w, h int, progressive bool) (Original, error) {
	m := &jpeg.Raster{Width: w, Height: h, Model: jpeg.YCbCr, Planes: []jpeg.Plane{
		paint(w, h, 1, 1.0), paint(w/2, h/2, 2, 0.5), paint(w/2, h/2, 3, 0.5),
	}}
	body, err := jpeg.Encode(m, jpeg.EncodeOptions{Quality: 90, Progressive: progressive})
	if err != nil {
		return Original{}, fmt.Errorf("generate %s: %w", name, err)
	}
	return NewOriginal(name, body)
}

// paint returns a plane with octaves of noise, each of half the size and 0.62 of the strength of the octave before, discs
// with hard edges, and grain.
func paint(w, h int, seed uint64, strength float32) jpeg.Plane {
	random := rand.New(rand.NewPCG(seed, 7))
	luma := make([]float32, w*h)
	weight := 60 * strength
	for cell := max(w, h) / 3; cell >= 2; cell /= 2 {
		addNoise(luma, w, h, cell, weight, random)
		weight *= 0.62
	}
	addShapes(luma, w, h, strength, random)
	p := jpeg.Plane{Pix: make([]uint8, w*h), Stride: w, W: w, H: h}
	grain := 2.5 * strength
	for i, v := range luma {
		p.Pix[i] = uint8(min(max(128+v+grain*(random.Float32()-0.5), 0), 255))
	}
	return p
}

// addNoise adds random values at the corners of cells, and interpolates between them.
func addNoise(luma []float32, w, h, cell int, weight float32, random *rand.Rand) {
	columns := w/cell + 2
	corners := make([]float32, columns*(h/cell+2))
	for i := range corners {
		corners[i] = weight * (2*random.Float32() - 1)
	}
	for y := range h {
		top := corners[y/cell*columns:]
		below := top[columns:]
		v := float32(y%cell) / float32(cell)
		row := luma[y*w : (y+1)*w]
		for x := range row {
			i, u := x/cell, float32(x%cell)/float32(cell)
			row[x] += (1-v)*((1-u)*top[i]+u*top[i+1]) + v*((1-u)*below[i]+u*below[i+1])
		}
	}
}

// addShapes adds discs that are lighter or darker than their background.
func addShapes(luma []float32, w, h int, strength float32, random *rand.Rand) {
	for range 60 {
		cx, cy, r := random.IntN(w), random.IntN(h), max(w, h)/(20+random.IntN(150))
		step := 70 * strength * (2*random.Float32() - 1)
		for y := max(0, cy-r); y < min(h, cy+r); y++ {
			for x := max(0, cx-r); x < min(w, cx+r); x++ {
				if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
					luma[y*w+x] += step
				}
			}
		}
	}
}
