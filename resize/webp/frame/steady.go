package frame

import (
	"bytes"
	"image"
	"math"
)

// A Steady keeps pixels of an animation with loss as they were last displayed while they differ from that by little. Such
// pixels take no bytes, and do not flicker.
//
// libwebp leaves out pixels that differ by little from the frame before, so that those of a slow fade never change: some that
// begin black stay so, as specks. What Steady changes is beyond the tolerance of libwebp, and the rest is equal.
type Steady struct {
	shown *image.NRGBA // nil before the first frame
}

// Next returns a frame to encode in some quality. It is valid until the next call.
func (s *Steady) Next(m *image.NRGBA, quality int) *image.NRGBA {
	if s.shown == nil || s.shown.Rect.Size() != m.Rect.Size() {
		s.shown = image.NewNRGBA(image.Rectangle{Max: m.Rect.Size()})
		for y := range m.Rect.Dy() {
			copy(s.shown.Pix[y*s.shown.Stride:][:s.shown.Stride], m.Pix[y*m.Stride:])
		}
		return s.shown
	}
	most := tolerance(quality)
	for y := range m.Rect.Dy() {
		shown, row := s.shown.Pix[y*s.shown.Stride:][:s.shown.Stride], m.Pix[y*m.Stride:][:s.shown.Stride]
		if bytes.Equal(shown, row) {
			continue
		}
		for ; len(row) > 0; shown, row = shown[4:], row[4:] {
			if !isSimilar(shown, row, most) {
				copy(shown[:4], row)
			}
		}
	}
	return s.shown
}

// tolerance returns how many levels a channel may differ in some quality, as in libwebp (QualityToMaxDiff).
func tolerance(quality int) int {
	part := math.Sqrt(float64(quality) / 100)
	return int(31*(1-part) + part + 0.5)
}

// isSimilar reports whether two pixels have the same alpha, and visible colours that differ by some levels at most.
func isSimilar(a, b []byte, most int) bool {
	alpha := int(a[3])
	if alpha != int(b[3]) {
		return false
	}
	for i := range 3 {
		if d := int(a[i]) - int(b[i]); max(d, -d)*alpha > most*255 {
			return false
		}
	}
	return true
}
