package resize

import (
	"math"

	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// Memory returns about how many bytes are held at most while variants of an image are made one after another; size is
// the size of its file in bytes. It is math.MaxInt64 for more than can be counted. Transforms that do not fit the image
// count for nothing. A test compares the estimates with measurements.
func (h Header) Memory(size int64, l Limits, ts ...Transform) int64 {
	pixels := probe.Pixels(h.Width, h.Height)
	if pixels > (math.MaxInt64-size)/64 {
		return math.MaxInt64
	}
	held := size + pixels*h.pixelBytes()
	if h.Format == JPEG && h.Channels < 4 {
		held = size + h.jpegBytes(ts)
	}
	if h.Format == GIF {
		held = sum(held, h.frameBytes(size, l))
	}
	var work int64
	for _, t := range ts {
		work = max(work, h.variantBytes(t))
	}
	return sum(held, work)
}

// sum adds numbers that are not negative. It is math.MaxInt64 if the sum overflows.
func sum(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// minFrameBytes is less than any frame of a GIF takes in the file.
const minFrameBytes = 16

// frameBytes returns what the frames of a GIF take, as far as frames are kept at all: one byte for each of their
// pixels.
func (h Header) frameBytes(size int64, l Limits) int64 {
	pixels := probe.Pixels(h.Width, h.Height)
	frames := size/minFrameBytes + 1
	limit := max(l.WithDefaults().AnimationPixels, pixels)
	if frames < limit/max(pixels, 1) {
		return frames * pixels
	}
	return limit
}

// pixelBytes returns what a pixel of the original takes: what its decoder holds, then its planes, then their halvings.
func (h Header) pixelBytes() int64 {
	switch decoded := int64(h.Channels * h.Depth / 8); {
	case h.Format == JPEG && h.Channels == 4:
		return 17 // planes, RGBA of YCCK, CMYK, and planes again
	case h.Format == HEIC || h.Format == AVIF:
		return int64(2 + h.Channels*4*h.Depth/8) // planes, pixels, the copy that Go gets, and planes again
	case h.Format == JXL:
		return 32 // floating point
	case h.Format == TIFF:
		return 2*decoded + 10
	case h.Format == WebP && h.Channels == 4:
		return 14 // of a lossy image with alpha: planes, chroma of full size, an image, and planes again
	case h.Channels == 1:
		return decoded + 2
	default:
		return decoded + 4 + 2
	}
}

// reservedWidth is the least width that memory for decoding a JPEG is reserved for. Requests for smaller variants can
// then be joined by requests for variants up to this width, at little cost in memory.
const reservedWidth = 1280

// jpegBytes returns what decoding a JPEG takes, at the scale that the widest of the transforms needs: planes, of which
// chroma of full size is the worst, a third more for their halvings, and the coefficients that are kept of a
// progressive JPEG.
func (h Header) jpegBytes(ts []Transform) int64 {
	w, _ := h.Displayed()
	ratio := min(h.demand(ts).ratio, float64(w)/reservedWidth)
	n := int64(jpeg.ScaleFor(ratio, decodeMargin))
	const fill = 32 // pixels of a minimum coded unit, which the decoded image is rounded up to
	blocks := (probe.Pixels(h.Width, h.Height) + fill*int64(h.Width+h.Height+fill)) / 64
	held := blocks * n * n * 4 / 3
	if h.Progressive {
		held += blocks * (2*min(2*n*n, 64) + 8)
	}
	return int64(h.Channels) * held
}

// variantBytes returns what making a variant takes: planes, an image, what the encoder holds, and a canvas.
func (h Header) variantBytes(t Transform) int64 {
	w, ht := h.Displayed()
	plan, err := PlanFor(t, w, ht, nil)
	if err != nil {
		return 0
	}
	n := 9 * probe.Pixels(plan.Size.X, plan.Size.Y)
	if t.Fit == Fill { // where sides shrink unequally, filters keep many rows packed, see resize/plane
		n += 6 * probe.Pixels(w, ht)
	}
	if plan.Canvas != plan.Size {
		n += 6 * probe.Pixels(plan.Canvas.X, plan.Canvas.Y)
	}
	return n
}
