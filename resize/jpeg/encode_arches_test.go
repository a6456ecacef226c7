package jpeg

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Only blocks that have white and other samples get arches, and these are where the white is.
func TestArches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		var pix [64]uint8
		whites, others := 0, 0
		for k := range pix {
			pix[k] = []uint8{uint8(r.IntN(255)), 254, 255}[r.IntN(1+i%3)]
			if pix[k] == white {
				whites++
			} else {
				others++
			}
		}
		if got, want := hasEdgeOfWhite(pix[:], 8), whites > 0 && others > 0; got != want {
			t.Fatalf("%d white samples: has an edge of white %v, want %v", whites, got, want)
		}
		var arches [64]uint8
		for k := range arches {
			arches[k] = 128
		}
		for k := range 8 {
			raise(&pix, &arches, 8*k, 1)
			raise(&pix, &arches, k, 8)
		}
		for k, a := range arches {
			if a < 128 || a > 128+maxArch || a > 128 && pix[k] != white {
				t.Fatalf("sample %d gets an arch of %d", pix[k], a)
			}
		}
	}
	var pix, arches [64]uint8
	for k := range pix {
		pix[k] = []uint8{0, 100, 200, 255, 255, 255, 200, 100}[k%8]
	}
	for y := range 8 {
		raise(&pix, &arches, 8*y, 1)
	}
	if got := arches[3:6]; got[0] < 128+20 || got[0] != got[2] || got[1] < got[0] {
		t.Errorf("got an arch of %v", got)
	}
}

// Text on white is much nearer to the original with arches, for hardly more bytes.
func TestArchesOfText(t *testing.T) {
	in := pictures()["text"]
	without := fast
	without.hasArches = false
	var size [2]int
	var db [2]float64
	for i, tuning := range []tuning{without, fast} {
		body, err := encode(in, EncodeOptions{Quality: 80}, tuning)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Decode(body, DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		size[i], db[i] = len(body), psnr(out.Planes[0], in.Planes[0])
	}
	t.Logf("%d bytes and %.1f dB without, %d and %.1f with arches", size[0], db[0], size[1], db[1])
	if float64(size[1]) > 1.05*float64(size[0]) || db[1] < db[0]+2 {
		t.Errorf("got %d bytes and %.1f dB, without arches %d and %.1f", size[1], db[1], size[0], db[0])
	}
}

// A baseline file has room for 10 bits of an AC coefficient, and for 11 of the difference of two DC coefficients (T.81, F.1.2).
func TestCoefficientsFitBaseline(t *testing.T) {
	luma := newPlane(64, 64)
	edges := &Raster{Width: 64, Height: 64, Model: Grey, Planes: []Plane{luma}}
	for i := range 64 * 64 {
		x, block := i%64, i/64/8*8+i%64/8
		switch block % 3 {
		case 0: // an edge of black and white
			luma.Pix[i] = uint8(x % 8 / 4 * 255)
		case 1: // nearly white, behind black
			luma.Pix[i] = []uint8{255, 255, 255, 255, 255, 255, 255, 235}[x%8]
		}
	}
	for quality := 85; quality <= 100; quality++ {
		for _, tuning := range []tuning{fast, thorough} {
			body, err := encode(edges, EncodeOptions{Quality: quality}, tuning)
			if err != nil {
				t.Fatal(err)
			}
			for rest := body; ; {
				_, after, found := bytes.Cut(rest, []byte{0xFF, 0xC4})
				if !found {
					break
				}
				class, symbols := after[2]>>4, 0
				for _, n := range after[3:19] {
					symbols += int(n)
				}
				for _, symbol := range after[19:][:symbols] {
					if size := symbol & 15; size > 11-class {
						t.Errorf("quality %d: a coefficient of class %d takes %d bits", quality, class, size)
					}
				}
				rest = after
			}
		}
	}
}
