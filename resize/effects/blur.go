package effects

import (
	"image"

	"github.com/disintegration/imaging"
)

// Blur returns an image blurred by a Gaussian filter, whose time grows with sigma. A wide filter leaves nothing that
// a reduced image could not hold; so the image is reduced, filtered and enlarged again.
func Blur(m *image.NRGBA, sigma float64) *image.NRGBA {
	const widest = 4
	k := int(sigma / widest)
	if w, h := m.Rect.Dx()/max(k, 1), m.Rect.Dy()/max(k, 1); k > 1 && min(w, h) > 1 {
		small := imaging.Resize(m, w, h, imaging.Box)
		return imaging.Resize(imaging.Blur(small, sigma/float64(k)), m.Rect.Dx(), m.Rect.Dy(), imaging.CatmullRom)
	}
	return imaging.Blur(m, sigma)
}
