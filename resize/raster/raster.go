// Package raster has decoded images as planes of samples, and reduces them.
//
//	a decoder ─► Image ─► Pyramid ──────► Render ───────► Image ─► an encoder of planes
//	             planes   halvings,       of a crop,      └─► NRGBA, Printed ─► an image in RGB
//	                      made once       in some size
//
// Planes stay as the file has them: the chroma of a JPEG has half the size of its luma, and a CMYK image has four planes. They are
// converted after they have been reduced, when few pixels are left. Rotating and mirroring cost nothing, because the grids that are
// laid over the stored image are rotated instead.
package raster

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// A Space is the meaning of the planes of an image.
type Space int

const (
	Grey Space = iota // luma
	YCC               // Y, Cb, Cr of JFIF, in full range
	RGB               // R, G, B
	CMYK              // C, M, Y, K; 255 is all of the ink, or none of it if the image is inverted
	YCCK              // Y, Cb, Cr of three inks as if they were light, and K, inverted
)

// An Image is a decoded image: samples of 8 bits in planes. Planes of an image may differ in size, as those of chroma
// do; each of them covers the same part of the image, from (x, y) on.
type Image struct {
	W, H   int // of the whole image, pixels
	X, Y   int // of the first samples of the planes in the image
	Space  Space
	Planes []plane.Plane
	Alpha  bool // the last plane is alpha, and the others are premultiplied with it

	Inverted bool   // CMYK: 255 is no ink
	Limited  bool   // YCC: video levels of 16…235 and 16…240
	ICC      []byte // the profile of the colours; nil means sRGB
	GreyFile bool   // whose profile is one of grey, although the planes are those of colours
}

// colors returns the planes without alpha.
func (r *Image) colors() []plane.Plane {
	if r.Alpha {
		return r.Planes[:len(r.Planes)-1]
	}
	return r.Planes
}

// Whole returns an image whose planes are of any size as one in RGB.
func (r *Image) Whole() *image.NRGBA {
	return NewPyramid(r, 1).Render(image.Rect(0, 0, r.W, r.H), image.Pt(r.W, r.H), 1).NRGBA()
}

// WithAlpha returns an opaque image as RGB with alpha, or as it is if that is opaque too.
func (r *Image) WithAlpha(alpha plane.Plane) *Image {
	if isOpaque(alpha) {
		return r
	}
	m := r.Whole()
	for y := range r.H {
		row := m.Pix[y*m.Stride:]
		for x, a := range alpha.Row(y) {
			row[4*x+3] = a
		}
	}
	return From(m)
}

// Image returns opaque planes of luma, or of luma and chroma, as an image that shares them.
func (r *Image) Image() image.Image {
	y := r.Planes[0]
	bounds := image.Rect(0, 0, r.W, r.H)
	if r.Space == Grey {
		return &image.Gray{Pix: y.Pix, Stride: y.Stride, Rect: bounds}
	}
	cb, cr := r.Planes[1], r.Planes[2]
	if cb.Stride != cr.Stride { // of a JPEG that samples them differently: one may be as it was decoded, the other resampled
		cb, cr = cb.Packed(), cr.Packed()
	}
	ratio := image.YCbCrSubsampleRatio420
	if cb.W == y.W && cb.H == y.H && (y.W > 1 || y.H > 1) {
		ratio = image.YCbCrSubsampleRatio444
	}
	return &image.YCbCr{
		Y: y.Pix, Cb: cb.Pix, Cr: cr.Pix, YStride: y.Stride, CStride: cb.Stride, SubsampleRatio: ratio, Rect: bounds,
	}
}
