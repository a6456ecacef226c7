package bench

import (
	"bytes"
	"context"
	"image"
	_ "image/gif" // these decode references and variants
	_ "image/jpeg"
	_ "image/png"
	"math"
	"slices"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
)

// A Similarity compares a variant with a full decode of the original, reduced by Lanczos3 in floating point, see package
// quality. All are 0 if the original is of a format that only the engine decodes.
type Similarity struct {
	// SSIM is of luma; 1 is equal.
	SSIM float64 `json:"ssim"`

	// PSNR is of luma, in decibels. It is at most 100, since the infinity of an equal variant is not a number in JSON.
	PSNR float64 `json:"psnr"`

	// Score is by SSIMULACRA 2, in colour; 100 is equal, and there is no least score. It is 0 of a variant that has a side
	// of less than 8 pixels.
	Score float64 `json:"ssimulacra2"`
}

// references has the pictures that the variants of an original should be.
type references struct {
	*Original
	whole       *quality.Picture // as stored; nil until it is needed
	undecodable bool             // by package image, so that whole stays nil
	byWidth     map[int]quality.Picture
}

func newReferences(o Original) *references {
	return &references{Original: &o, byWidth: make(map[int]quality.Picture)}
}

// similarity compares a variant with its reference. It reports false if there is none.
func (r *references) similarity(ctx context.Context, e resize.Engine, variant []byte, width int) (Similarity, bool) {
	got, want, ok := r.pair(ctx, e, variant, width)
	if !ok {
		return Similarity{}, false
	}
	s := Similarity{SSIM: quality.SSIM(got.Y, want.Y), PSNR: min(quality.PSNR(got.Y, want.Y), 100)}
	if score := quality.SSIMULACRA2(want, got); !math.IsInf(score, -1) {
		s.Score = score
	}
	return s, true
}

// score returns the score of a variant alone. It reports false if there is no reference, or if a side is too short.
func (r *references) score(ctx context.Context, e resize.Engine, variant []byte, width int) (float64, bool) {
	got, want, ok := r.pair(ctx, e, variant, width)
	if !ok {
		return 0, false
	}
	score := quality.SSIMULACRA2(want, got)
	return score, !math.IsInf(score, -1)
}

// pair decodes a variant, and returns its reference too. It reports false if there is none.
func (r *references) pair(ctx context.Context, e resize.Engine, variant []byte, width int) (got, want quality.Picture, ok bool) {
	m, err := decodeVariant(ctx, e, variant)
	if err != nil {
		return got, want, false
	}
	want, ok = r.reference(width, m.Bounds().Dx(), m.Bounds().Dy())
	return quality.Colour(m), want, ok
}

// decodeVariant decodes a variant. Only the engine decodes AVIF.
func decodeVariant(ctx context.Context, e resize.Engine, variant []byte) (image.Image, error) {
	m, err := decode(variant)
	if err == nil {
		return m, nil
	}
	out, err := e.Resize(ctx, variant, resize.Transform{Format: resize.PNG})
	if err != nil {
		return nil, err
	}
	return decode(out[0])
}

// decode decodes an image. Luma and chroma of a WebP are expanded to full range, which package webp leaves to its callers.
func decode(body []byte) (image.Image, error) {
	m, format, err := image.Decode(bytes.NewReader(body))
	if err != nil || format != "webp" {
		return m, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		expand(m)
	case *image.NYCbCrA:
		expand(&m.YCbCr)
	}
	return m, nil
}

// expand converts luma of 16…235 and chroma of 16…240, as in ITU-R BT.601, to 0…255.
func expand(m *image.YCbCr) {
	scale := func(pix []uint8, zero, by float64) {
		for i, v := range pix {
			pix[i] = uint8(min(max(math.Round(zero+(float64(v)-128)*by), 0), 255))
		}
	}
	scale(m.Y, 112*255/219.0, 255/219.0)
	scale(m.Cb, 128, 255/224.0)
	scale(m.Cr, 128, 255/224.0)
}

// reference returns what a variant of a width should be, if its size is w×h.
func (r *references) reference(width, w, h int) (quality.Picture, bool) {
	if p, ok := r.byWidth[width]; ok {
		return p, p.Y.W == w && p.Y.H == h
	}
	if r.whole == nil && !r.undecodable {
		m, err := decode(r.Body)
		if r.undecodable = err != nil; err == nil {
			whole := quality.Colour(m)
			r.whole = &whole
		}
	}
	if r.undecodable {
		return quality.Picture{}, false
	}
	storedW, storedH := w, h
	if r.orientation >= 5 {
		storedW, storedH = h, w
	}
	p := r.whole.Reduce(storedW, storedH)
	p = quality.Picture{Y: orient(p.Y, r.orientation), Cb: orient(p.Cb, r.orientation), Cr: orient(p.Cr, r.orientation)}
	r.byWidth[width] = p
	return p, true
}

// orient returns a plane that is stored in an EXIF orientation as it is displayed.
func orient(p quality.Plane, orientation int) quality.Plane {
	if orientation <= 1 {
		return p
	}
	out := quality.Plane{W: p.W, H: p.H, Pix: make([]float32, len(p.Pix))}
	if orientation >= 5 {
		out.W, out.H = p.H, p.W
	}
	for y := range out.H {
		for x := range out.W {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			if slices.Contains([]int{2, 3, 7, 8}, orientation) {
				sx = p.W - 1 - sx
			}
			if slices.Contains([]int{3, 4, 6, 7}, orientation) {
				sy = p.H - 1 - sy
			}
			out.Pix[y*out.W+x] = p.Pix[sy*p.W+sx]
		}
	}
	return out
}
