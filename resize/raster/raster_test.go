package raster_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// An image has one stride for both planes of chroma, which may have others: a JPEG may sample them differently, so that one is as it
// was decoded, with padding, and the other resampled.
func TestChromaStrides(t *testing.T) {
	const w, h = 7, 5
	padded := plane.Plane{Pix: make([]uint8, 8*3), Stride: 8, W: 4, H: 3, StepX: 2, StepY: 2}
	packed := plane.New(4, 3)
	for y := range 3 {
		for x := range 4 {
			padded.Row(y)[x], packed.Row(y)[x] = uint8(10*y+x), uint8(100+10*y+x)
		}
	}
	for name, chroma := range map[string][2]plane.Plane{"Cb": {padded, packed}, "Cr": {packed, padded}, "both": {padded, padded}} {
		r := raster.Image{W: w, H: h, Space: raster.YCC, Planes: []plane.Plane{plane.New(w, h), chroma[0], chroma[1]}}
		m := r.Image().(*image.YCbCr)
		for y := range h {
			for x := range w {
				want := color.YCbCr{Cb: chroma[0].Row(y / 2)[x/2], Cr: chroma[1].Row(y / 2)[x/2]}
				if got := m.YCbCrAt(x, y); got != want {
					t.Fatalf("padding in %s: got %v at %d,%d, want %v", name, got, x, y, want)
				}
			}
		}
	}
}
