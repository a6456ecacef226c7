package resize

import (
	"image"
	"image/color"

	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/plane"
)

// chromaStep returns how many samples of luma there are for a sample of chroma, in either direction: full chroma is
// worth its bytes only above quality 90, where the edges of colours matter too.
func chromaStep(quality int) int {
	if quality > 90 {
		return 1
	}
	return 2
}

// mayLoseChroma reports whether a JPEG, with the quality of its encoder, has full chroma at first, and less if its bytes are
// limited: which samples are encoded is not known before.
func (t Transform) mayLoseChroma() bool {
	return t.MaxBytes != 0 && (t.Format == JPEG || t.Format == Auto) && chromaStep(t.Quality) == 1
}

// encodeJPEG writes planes of luma, or of luma and chroma.
func encodeJPEG(r *raster, o jpeg.EncodeOptions) ([]byte, error) {
	p := &jpeg.Raster{Width: r.w, Height: r.h, Model: jpeg.YCbCr}
	if r.space == grey {
		p.Model = jpeg.Grey
	}
	for _, channel := range r.planes {
		p.Planes = append(p.Planes, jpeg.Plane{Pix: channel.Pix, Stride: channel.Stride, W: channel.W, H: channel.H})
	}
	return jpeg.Encode(p, o)
}

// fromNRGBA returns the planes that a JPEG of an opaque image needs: luma alone if the image is grey, else chroma too,
// with a sample for each square of every × every pixels.
func fromNRGBA(m *image.NRGBA, isGrey bool, every int) *raster {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	r := &raster{w: w, h: h, space: grey, planes: []plane.Plane{plane.New(w, h)}}
	luma := r.planes[0]
	for y := range h {
		row, pix := luma.Row(y), m.Pix[y*m.Stride:]
		for x := range row {
			row[x], _, _ = color.RGBToYCbCr(pix[4*x], pix[4*x+1], pix[4*x+2])
		}
	}
	if isGrey {
		return r
	}
	r.space = ycc
	cb, cr := plane.New((w+every-1)/every, (h+every-1)/every), plane.New((w+every-1)/every, (h+every-1)/every)
	for y := range cb.H {
		for x := range cb.W {
			var sum [3]int
			for i := range every * every {
				p := m.Pix[min(every*y+i/every, h-1)*m.Stride+4*min(every*x+i%every, w-1):]
				for c := range 3 {
					sum[c] += int(p[c])
				}
			}
			mean := func(c int) uint8 { return uint8((sum[c] + every*every/2) / (every * every)) }
			_, cb.Row(y)[x], cr.Row(y)[x] = color.RGBToYCbCr(mean(0), mean(1), mean(2))
		}
	}
	r.planes = append(r.planes, cb, cr)
	return r
}
