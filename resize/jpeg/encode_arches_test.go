package jpeg

import (
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
