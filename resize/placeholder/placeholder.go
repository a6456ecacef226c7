// Package placeholder describes an image in a few bytes, for pages that show something until the image has arrived.
//
//	DominantColor    "#c82810"                         a colour
//	BlurHash         "L;Hx}]|=$1xCq2objvkCgYflfTfi"    20 to 30 characters, decoded by a script, without alpha
//	ThumbHash        "XAgOHZhgdndwh4h2iGiIh/GxD/eI"    about as long, with alpha and the ratio of the sides
//
// The functions are meant for images that were reduced before, to [Side] pixels or less.
package placeholder

import (
	"encoding/base64"
	"fmt"
	"image"
	"image/color"

	blurhash "github.com/bbrks/go-blurhash" // the implementation in Go that blurha.sh names
	"github.com/disintegration/imaging"
	"go.n16f.net/thumbhash" // of the ports to Go the one that is maintained
)

// Side is the longest side of an image that ThumbHash is defined for. It is enough for the other functions too.
const Side = 100

// BlurHash returns a hash as of https://blurha.sh with four components along the longer side and three along the other,
// as its authors advise. The image is put on white, since the hash has no alpha.
func BlurHash(m *image.NRGBA) (string, error) {
	const side = 32 // the time grows with the pixels, and the hash holds only the lowest frequencies
	small := imaging.Fit(m, side, side, imaging.Box)
	opaque := imaging.New(small.Rect.Dx(), small.Rect.Dy(), color.White)
	x, y := 4, 3
	if small.Rect.Dy() > small.Rect.Dx() {
		x, y = y, x
	}
	return blurhash.Encode(x, y, imaging.Overlay(opaque, small, image.Point{}, 1))
}

// ThumbHash returns a hash as of https://evanw.github.io/thumbhash in base64.
func ThumbHash(m *image.NRGBA) string {
	// The library multiplies the colours of an RGBA by alpha, though an RGBA is premultiplied. With colours that are
	// not, the result is right.
	plain := &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	return base64.StdEncoding.EncodeToString(thumbhash.EncodeImage(plain))
}

// DominantColor returns the mean of the most common colours that are near each other, as #rrggbb. It is white for an
// image that is transparent.
func DominantColor(m *image.NRGBA) string {
	const cells = 16 // for each channel
	var sums [cells][cells][cells][4]int
	for i := 0; i < len(m.Pix); i += 4 {
		r, g, b, a := int(m.Pix[i]), int(m.Pix[i+1]), int(m.Pix[i+2]), int(m.Pix[i+3])
		cell := &sums[r*cells/256][g*cells/256][b*cells/256]
		cell[0], cell[1], cell[2], cell[3] = cell[0]+r*a, cell[1]+g*a, cell[2]+b*a, cell[3]+a
	}
	// Cubes of two cells along each channel are compared, so that a colour near the border of a cell is not split.
	best := [4]int{255, 255, 255, 1}
	weight := 0
	for r := range cells - 1 {
		for g := range cells - 1 {
			for b := range cells - 1 {
				var sum [4]int
				for i := range 8 {
					for c, n := range sums[r+i&1][g+i>>1&1][b+i>>2&1] {
						sum[c] += n
					}
				}
				if sum[3] > weight {
					best, weight = sum, sum[3]
				}
			}
		}
	}
	mean := func(c int) int { return (best[c] + best[3]/2) / best[3] }
	return fmt.Sprintf("#%02x%02x%02x", mean(0), mean(1), mean(2))
}
