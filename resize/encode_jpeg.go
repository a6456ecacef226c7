package resize

import (
	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/raster"
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
func encodeJPEG(r *raster.Image, o jpeg.EncodeOptions) ([]byte, error) {
	p := &jpeg.Raster{Width: r.W, Height: r.H, Model: jpeg.YCbCr}
	if r.Space == raster.Grey {
		p.Model = jpeg.Grey
	}
	for _, channel := range r.Planes {
		p.Planes = append(p.Planes, jpeg.Plane{Pix: channel.Pix, Stride: channel.Stride, W: channel.W, H: channel.H})
	}
	return jpeg.Encode(p, o)
}
