package resize

import "github.com/imgorigin/imgorigin/resize/jpeg"

// Covers reports whether what is decoded of an image for the transforms ts is enough to make t of it too.
func (h Header) Covers(ts []Transform, t Transform) bool {
	if h.Width == 0 || h.Frames > 1 { // nothing is known of it, or it is made frame by frame, all variants of each
		return false
	}
	have, want := h.demand(ts), h.demand([]Transform{t})
	if !want.part.In(have.part) {
		return false
	}
	if h.Format == JPEG {
		return jpeg.ScaleFor(want.ratio, decodeMargin) <= jpeg.ScaleFor(have.ratio, decodeMargin)
	}
	return want.ratio >= have.ratio
}
