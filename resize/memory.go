package resize

import (
	"math"

	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// jobBytes is what a job takes however small its image is: tables of coders, filters, and pages that are not full.
const jobBytes = 2 << 20

// spare is the part of the memory that is not full: spans of Go, and arenas of C, from which something was freed.
const spare = 1. / 12

// Memory returns about how many bytes an engine with some configuration holds at once, at most, while it makes variants
// of an image one after another, by Go and by codecs in C; size is the size of the image's file in bytes. That is what
// is in use: the file, the decoded image or what its decoder holds, the variant that is being made, its encoder, and
// the variants that are finished. Garbage is not counted, see deploy/OPERATING.md for what a process needs. It is
// math.MaxInt64 for more than can be counted. Transforms that do not fit the image count for nothing. A test compares
// the estimates with measurements.
//
//	still       file + max(decoder, decoded image + halvings + most of (pixels, encoder) + sum of variants)
//	animation   file + frames that are kept + canvas + sum of (encoder, variant) + most of pixels of a frame
//	marks       file + decoder + pixels, of the most that a mark may have, beside either
func (h Header) Memory(size int64, c EngineConfig, ts ...Transform) int64 {
	if probe.Pixels(h.Width, h.Height) > (math.MaxInt64-size)/256 {
		return math.MaxInt64
	}
	most := h.stillBytes(c, ts)
	if frames := h.mostFrames(size, c.Limits.WithDefaults()); frames > 1 {
		most = max(most, h.animationBytes(float64(frames), c, ts))
	}
	return sum(sum(size, jobBytes), atMost((most+marksBytes(ts)+h.drawingBytes(size))*(1+spare)))
}

// atMost converts a number of bytes. It is math.MaxInt64 for more than can be counted.
func atMost(bytes float64) int64 {
	if bytes >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(bytes)
}

// sum adds numbers that are not negative. It is math.MaxInt64 if the sum overflows.
func sum(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// stillBytes returns what variants of a single image take, without its file.
func (h Header) stillBytes(c EngineConfig, ts []Transform) float64 {
	want := h.demand(ts)
	decoding := h.decoding(want)
	var work, outputs float64
	for _, t := range ts {
		v, ok := h.shapeOf(t, want, c)
		if !ok {
			continue
		}
		w, output := v.bytes()
		work, outputs = max(work, w), outputs+output
	}
	// There is always room for halvings, which are a third together and are begun while what the decoder held is being
	// freed: variants that need them can join others that do not.
	return max(decoding.peak+decoding.held/4, decoding.held*4/3+work+outputs)
}

// variantBytes returns what making a single variant takes, from pixels to file.
func (h Header) variantBytes(c EngineConfig, t Transform) int64 {
	v, ok := h.shapeOf(t, h.demand([]Transform{t}), c)
	if !ok {
		return 0
	}
	work, output := v.bytes()
	return atMost((work + output) * (1 + spare))
}

// scale returns the N of N/8 at which a JPEG is decoded for a demand, at least.
func (h Header) scale(want demand) int {
	w, _ := h.Displayed()
	return jpeg.ScaleFor(min(want.ratio, float64(w)/reservedWidth), decode.JPEGMargin)
}

// reservedWidth is the least width that memory for decoding a JPEG is reserved for. Requests for smaller variants can
// then be joined by requests for variants up to this width, at little cost in memory.
const reservedWidth = 1280
