package frame

import (
	"fmt"
	"image"
	"image/draw"

	"github.com/imgorigin/imgorigin/resize"
)

// Planes are the samples of a lossy WebP: 4:2:0 in video levels, with luma of 16…235 and chroma of 16…240. Rows follow
// each other without padding.
type Planes struct {
	W, H, ChromaW, ChromaH int // samples
	Y, U, V                []uint8
}

// NewPlanes returns planes for an image of w × h pixels. The size of chroma is half of that, rounded up.
func NewPlanes(w, h int) *Planes {
	cw, ch := (w+1)/2, (h+1)/2
	return PlanesIn(make([]uint8, w*h+2*cw*ch), w, h)
}

// PlanesIn returns planes that are in pix one after another.
func PlanesIn(pix []uint8, w, h int) *Planes {
	p := &Planes{W: w, H: h, ChromaW: (w + 1) / 2, ChromaH: (h + 1) / 2}
	p.Y, pix = pix[:w*h], pix[w*h:]
	p.U, p.V = pix[:p.ChromaW*p.ChromaH], pix[p.ChromaW*p.ChromaH:][:p.ChromaW*p.ChromaH]
	return p
}

// lumaLevels and chromaLevels map samples of full range, as of JFIF, to video levels (ITU-R BT.601).
var lumaLevels, chromaLevels = videoLevels(219, 0, 16), videoLevels(224, 128, 128)

// videoLevels returns a map of the levels v = 0…255 to (v − from)·span/255 + to, rounded to the nearest integer.
func videoLevels(span, from, to int) *[256]uint8 {
	var t [256]uint8
	for v := range t {
		t[v] = uint8((span*(v-from)*2 + 255 + 2*255*to) / (2 * 255))
	}
	return &t
}

// TakesPlanes reports whether the planes of an image are encoded as they are: of an *image.YCbCr of 4:2:0 and full range, or of an
// *image.Gray, with loss.
func TakesPlanes(m image.Image, o resize.Encoding) bool {
	switch m := m.(type) {
	case *image.YCbCr:
		return o.Quality < 100 && m.SubsampleRatio == image.YCbCrSubsampleRatio420
	case *image.Gray:
		return o.Quality < 100
	}
	return false
}

// Set sets p from an image of its size, whose planes are taken as they are.
func (p *Planes) Set(m image.Image) {
	switch m := m.(type) {
	case *image.YCbCr:
		convert(p.Y, p.W, p.H, m.Y, m.YStride, lumaLevels)
		convert(p.U, p.ChromaW, p.ChromaH, m.Cb, m.CStride, chromaLevels)
		convert(p.V, p.ChromaW, p.ChromaH, m.Cr, m.CStride, chromaLevels)
	case *image.Gray:
		convert(p.Y, p.W, p.H, m.Pix, m.Stride, lumaLevels)
		for i := range p.U {
			p.U[i], p.V[i] = 128, 128
		}
	}
}

// convert maps w × h samples of src to levels.
func convert(dst []uint8, w, h int, src []uint8, stride int, levels *[256]uint8) {
	for y := range h {
		row := dst[y*w : y*w+w]
		for x, v := range src[y*stride : y*stride+w] {
			row[x] = levels[v]
		}
	}
}

// Colours returns an image whose planes are not taken in RGB with alpha. It is an error for kinds that engines do not make.
func Colours(m image.Image) (*image.NRGBA, error) {
	switch m := m.(type) {
	case *image.NRGBA:
		return m, nil
	case *image.YCbCr, *image.Gray:
		n := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
		draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
		return n, nil
	}
	return nil, fmt.Errorf("webp: can't encode a %T", m)
}
