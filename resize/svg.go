package resize

import (
	"fmt"
	"image"
	"math"

	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// drawnSide is the longer side of the image that a drawing is taken for, in pixels. The header of an SVG has this size whatever size
// the drawing claims, so that variants are reductions of it like those of any image. A codec draws it at the size of the largest.
const drawnSide = 4096

// draw replaces the size that a drawing claims by that at which it is drawn at most, which has the ratio of the drawing.
func (h *Header) draw(ratio float64) {
	h.natural = Size{h.Width, h.Height}
	drawn := Size{drawnSide, drawnSide}
	if ratio >= 1 {
		drawn.Height = max(1, int(math.Round(drawnSide/ratio)))
	} else {
		drawn.Width = max(1, int(math.Round(drawnSide*ratio)))
	}
	if max(h.Width, h.Height) > drawnSide {
		h.natural = drawn
	}
	h.Width, h.Height = drawn.Width, drawn.Height
}

// inDrawing returns a transform of a drawing for the image that the drawing is taken for: its rectangle is in pixels of the size that
// the drawing claims. It returns transforms of other originals as they are. A variant without a size has that which the drawing
// claims, or its share of it; for one that is trimmed this is known only when it was, see [Header.inOwnSize].
func (h Header) inDrawing(t Transform) Transform {
	if h.Format != SVG {
		return t
	}
	if r := t.Rect; r != (Rect{}) {
		x, y := h.enlargement()
		t.Rect = Rect{scaledTo(r.X, x), scaledTo(r.Y, y), max(1, scaledTo(r.W, x)), max(1, scaledTo(r.H, y))}
	}
	if t.Trim.By != "" {
		return t
	}
	return h.inOwnSize(t)
}

// inOwnSize gives a transform of a drawing without a size the one that its rectangle, in the image that the drawing is taken for,
// has in the drawing, before it is turned and gets a margin.
func (h Header) inOwnSize(t Transform) Transform {
	if h.Format != SVG || t.Width != 0 || t.Height != 0 || t.Format.isText() {
		return t
	}
	part := image.Rect(0, 0, h.Width, h.Height)
	if r := t.Rect; r != (Rect{}) {
		part = part.Intersect(image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
	}
	x, y := h.enlargement()
	size := scaled(float64(part.Dx())/x, float64(part.Dy())/y, 1)
	if t.Mount.Swaps() {
		size.X, size.Y = size.Y, size.X
	}
	size = size.Add(t.Mount.Padding())
	t.Width, t.Height, t.Fit = min(size.X, MaxSide), min(size.Y, MaxSide), Inside
	return t
}

// enlargement returns how many times larger than the drawing claims the image is that it is taken for.
func (h Header) enlargement() (x, y float64) {
	return float64(h.Width) / float64(h.natural.Width), float64(h.Height) / float64(h.natural.Height)
}

// scaledTo returns a coordinate times k. Coordinates far beyond any drawing have the same effect as those just beyond it, and are cut.
func scaledTo(v int, k float64) int { return int(min(math.Round(float64(v)*k), maxCoordinate/2)) }

// drawn returns the planes of a drawing that was drawn at any size.
func (h Header) drawn(r *raster.Image) *raster.Image {
	for i := range r.Planes {
		r.Planes[i].StepX *= float64(h.Width) / float64(r.W)
		r.Planes[i].StepY *= float64(h.Height) / float64(r.H)
	}
	r.W, r.H = h.Width, h.Height
	return r
}

// refusal returns the error for originals in a format that the engine does not read.
func refusal(f Format) error {
	if f == SVG {
		return fmt.Errorf("%w: svg, which is drawn with --svg=draw", ErrUnsupported)
	}
	return fmt.Errorf("%w: %s", ErrUnsupported, f)
}

// What a codec of SVG takes: for itself, for each byte of the text, of which it makes a tree, and for each pixel, of which it has
// those of the image and of up to nine layers, as groups with an opacity, masks and filters need them.
const (
	drawerBytes      = 8 << 20
	drawerTextBytes  = 32
	drawerPixelBytes = 40
)

// DrawingMemory returns the memory that a codec has for drawing an SVG whose file has size bytes, reduced by ratio. A drawing that
// needs more is refused.
func (h Header) DrawingMemory(size int64, ratio float64) int64 {
	return atMost(drawerBytes + drawerTextBytes*h.textBytes(size) + drawerPixelBytes*h.drawnPixels(ratio))
}

// textBytes returns the most bytes of the text of an SVG whose file has size bytes.
func (h Header) textBytes(size int64) float64 { return float64(probe.SVGLimit(size, h.packed)) }

// drawnPixels returns how many pixels are drawn of an SVG.
func (h Header) drawnPixels(ratio float64) float64 { return h.pixels() / max(1, ratio*ratio) }

// svgDecoding: what the codec has, a copy of its image, then planes. Where the text counts, drawingBytes adds it.
func svgDecoding(h Header, want demand) decodingBytes {
	pixels := h.drawnPixels(want.ratio)
	return decodingBytes{float64(h.DrawingMemory(0, want.ratio)) + 8*pixels, 4 * pixels}
}

// drawingBytes returns what an SVG takes for its text: that of the codec, and two copies.
func (h Header) drawingBytes(size int64) float64 {
	if h.Format != SVG {
		return 0
	}
	return (drawerTextBytes + 2) * h.textBytes(size)
}
