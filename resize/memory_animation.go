package resize

import (
	"math"
	"slices"
)

// minFrameBytes is less than any frame of an animation takes in the file.
const minFrameBytes = 16

// mostFrames returns how many frames an image has at most: as many as were counted, or as many as the file may have
// within the limits. It is 1 if the frames are not kept.
func (h Header) mostFrames(size int64, l Limits) int64 {
	switch {
	case !h.animates && h.Frames < 2, h.counted && h.LosesFrames(l):
		return 1
	case h.counted:
		return int64(h.Frames)
	}
	limit := l.AnimationPixels / max(int64(h.pixels()), 1)
	return max(1, min(limit, size/minFrameBytes))
}

// animationBytes returns what variants of an animation take, which are made in passes over its frames. Where the frames
// are not counted, all variants are assumed to be made in one pass.
func (h Header) animationBytes(frames float64, c EngineConfig, ts []Transform) float64 {
	held := 8 * h.pixels() // the canvas, and planes of it
	if h.Format == GIF {
		held += (frames + 4) * h.pixels() // the frames, a byte for a pixel, and a canvas to return to
	} else {
		held += 12 * h.pixels() // a frame as it is decoded
	}
	var most, finished float64
	for len(ts) > 0 {
		pass := len(ts)
		if h.counted {
			pass = h.passLength(ts)
		}
		bytes, outputs := h.passBytes(frames, c, ts[:pass])
		most = max(most, finished+bytes)
		finished += outputs
		ts = ts[pass:]
	}
	return held + most
}

// passBytes returns what the variants of a pass take while they are made, and when they are finished.
func (h Header) passBytes(frames float64, c EngineConfig, ts []Transform) (bytes, finished float64) {
	var states, work float64
	for _, t := range ts {
		v, ok := h.shapeOf(t, demand{ratio: math.Inf(1)}, c)
		if !ok {
			continue
		}
		v.planar, v.mayBeDrawn = false, false
		v.format = filmFormat(v.format, c.animates)
		v.copies = c.copies(v.format)
		state, w := v.filmBytes(frames)
		state += h.fewerBytes(frames, v)
		states, work, finished = states+state, max(work, w), finished+v.outputBytes(frames)
	}
	return states + work, finished
}

// fewerBytes returns what the films in few colours hold beside a variant: frames in indexes and canvases, and those of libwebp.
func (h Header) fewerBytes(frames float64, v shape) float64 {
	if h.Format != GIF || v.transform.askedQuality() != 0 || v.size >= h.pixels() {
		return 0
	}
	canvases := 16.0
	if v.format == WebP {
		canvases += filmCanvases
	}
	return float64(len(filmSizes)) * (min(frames*v.canvas, maxPainted) + canvases*min(v.canvas, maxPainted/2))
}

// animates reports whether a codec writes animations in a format. A configuration without codecs stands for any, of which those
// of WebP do.
func (c EngineConfig) animates(f Format) bool {
	return len(c.Codecs) == 0 && f == WebP ||
		slices.ContainsFunc(c.Codecs, func(codec Codec) bool { return codec.Format == f && codec.Animate != nil })
}

// outputBytes returns the most that the file of a variant of an animation has.
func (v shape) outputBytes(frames float64) float64 {
	_, output := v.encoding()
	switch v.format {
	case GIF, Auto:
		return frames * v.canvas
	case WebP, AVIF:
		return frames * output * v.canvas
	}
	return output * v.canvas
}

// filmCanvases is what an animation in WebP holds, in bytes for a pixel: four canvases of libwebp, and what is displayed.
const filmCanvases = 20

// filmBytes returns what a variant of an animation holds from its first frame to its last, and what it takes while a
// frame is added or the file is finished.
func (v shape) filmBytes(frames float64) (state, work float64) {
	encoding, output := v.encoding()
	switch v.format {
	case GIF, Auto: // frames in indexes, the frame before, and the file
		return (frames + 4) * v.canvas, v.pixelBytes() + (encoding+frames*2.5)*v.canvas
	case WebP, AVIF: // encoded frames and canvases, and the file
		return (frames*output/2 + filmCanvases) * v.canvas, v.pixelBytes() + (encoding+frames*output)*v.canvas
	}
	return output * v.canvas, v.pixelBytes() + encoding*v.canvas
}
