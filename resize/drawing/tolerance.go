package drawing

import "image"

// A Tolerance bounds the differences of two images that look the same: the mean squares of the differences of levels, in the whole
// image and in any of its blocks, where something small may be missing.
type Tolerance struct{ whole, block int }

var (
	// UsualTolerance: a blend of an edge that is off by a few levels is not seen.
	UsualTolerance = Tolerance{whole: 3 * 3, block: 10 * 10}

	// PaletteTolerance: an original with a palette shows steps or dots between its colours that are larger than these.
	PaletteTolerance = Tolerance{whole: 7 * 7, block: 16 * 16}

	// PairTolerance: an original of two colours shows steps that are larger than those of eight levels, but not the greys that the
	// dots of a halftone become.
	PairTolerance = Tolerance{whole: 6 * 6, block: 14 * 14}
)

// blockSide is the width and height of the blocks of a tolerance, in pixels.
const blockSide = 16

// Accepts reports whether two opaque images of one size look the same.
func (t Tolerance) Accepts(a, b *image.NRGBA) bool {
	w, h := a.Rect.Dx(), a.Rect.Dy()
	whole := 0
	for y := 0; y < h; y += blockSide {
		for x := 0; x < w; x += blockSide {
			block := image.Rect(x, y, min(x+blockSide, w), min(y+blockSide, h))
			sum := squares(a, b, block)
			if sum > 3*blockSide*blockSide*t.block {
				return false
			}
			whole += sum
		}
	}
	return whole <= 3*w*h*t.whole
}

// squares returns the sum of the squares of the differences of two images in a part of them.
func squares(a, b *image.NRGBA, part image.Rectangle) (sum int) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		rowA, rowB := a.Pix[y*a.Stride+4*part.Min.X:][:4*part.Dx()], b.Pix[y*b.Stride+4*part.Min.X:][:4*part.Dx()]
		for i, v := range rowA {
			d := int(v) - int(rowB[i])
			sum += d * d
		}
	}
	return sum
}
