package resize

import (
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// A space is the meaning of the planes of a raster.
type space int

const (
	grey space = iota // luma
	ycc               // Y, Cb, Cr of JFIF, in full range
	rgb               // R, G, B
	cmyk              // C, M, Y, K; 255 is all of the ink, or none of it if the raster is inverted
	ycck              // Y, Cb, Cr of three inks as if they were light, and K, inverted
)

// A raster is a decoded image: samples of 8 bits in planes. Planes of a raster may differ in size, as those of chroma
// do; each of them covers the same part of the image, from (x, y) on.
type raster struct {
	w, h   int // of the whole image, pixels
	x, y   int // of the first samples of the planes in the image
	space  space
	planes []plane.Plane
	alpha  bool // the last plane is alpha, and the others are premultiplied with it

	inverted bool   // cmyk: 255 is no ink
	limited  bool   // ycc: video levels of 16…235 and 16…240
	icc      []byte // the profile of the colours; nil means sRGB
	greyFile bool   // whose profile is one of grey, although the planes are those of colours
}

// colors returns the planes without alpha.
func (r *raster) colors() []plane.Plane {
	if r.alpha {
		return r.planes[:len(r.planes)-1]
	}
	return r.planes
}

// whole returns a raster as an image of its size.
func (r *raster) whole() *image.NRGBA {
	full := &pyramid{levels: []*raster{r}, orientation: 1}
	return full.render(Plan{Crop: image.Rect(0, 0, r.w, r.h), Size: image.Pt(r.w, r.h)}, 1).nrgba()
}

// withAlpha returns an opaque raster as RGB with alpha.
func (r *raster) withAlpha(alpha plane.Plane) *raster {
	m := r.whole()
	for y := range r.h {
		row := m.Pix[y*m.Stride:]
		for x, a := range alpha.Row(y) {
			row[4*x+3] = a
		}
	}
	return fromImage(m)
}

// raster returns the planes of a decoded image. The last row and column may reach beyond the end of the stored image.
func (d Decoded) raster(h Header) (*raster, error) {
	if h.Format == SVG {
		return h.drawn(fromImage(d.Image)), nil
	}
	shrink := max(d.Shrink, 1)
	r := fromImage(d.Image)
	w, ht := shrink*r.w, shrink*r.h
	if distance(w, h.Width) > shrink || distance(ht, h.Height) > shrink {
		return nil, fmt.Errorf("%w: %d × %d pixels for %d × %d", ErrCorrupt, w, ht, h.Width, h.Height)
	}
	r.limited, r.icc = d.Limited, d.ICC
	for i := range r.planes {
		r.planes[i].StepX *= float64(shrink)
		r.planes[i].StepY *= float64(shrink)
	}
	r.w, r.h = h.Width, h.Height
	return r, nil
}

func distance(a, b int) int { return max(a, b) - min(a, b) }

// image returns opaque planes of luma, or of luma and chroma, as an image that shares them.
func (r *raster) image() image.Image {
	y := r.planes[0]
	bounds := image.Rect(0, 0, r.w, r.h)
	if r.space == grey {
		return &image.Gray{Pix: y.Pix, Stride: y.Stride, Rect: bounds}
	}
	cb, cr := r.planes[1], r.planes[2]
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
