//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// Codecs returns codecs that decode HEIC and AVIF. It costs little until an image comes. On processors for which modules
// can't be translated, and on systems that don't execute what they are translated to, it returns nil.
func Codecs() []resize.Codec {
	if !executes() {
		return nil
	}
	return []resize.Codec{
		codec{format: resize.HEIC, decode: decodeHEIC}.within(context.Background()),
		codec{format: resize.AVIF, decode: decodeAVIF}.within(context.Background()),
	}
}

// A codec is a [resize.Codec] before the context of a job is known.
type codec struct {
	format resize.Format
	decode func(ctx context.Context, src []byte, ratio float64) (resize.Decoded, error)
}

func (c codec) within(ctx context.Context) resize.Codec {
	return resize.Codec{
		Format: c.format, Within: c.within,
		Decode: func(src []byte, ratio float64) (resize.Decoded, error) { return c.decode(ctx, src, ratio) },
	}
}

// margin is how many times larger than the largest variant a decoded image is, at least, in each direction. An image
// that is shrunk by averaging blocks of pixels needs it to be as sharp as one that is decoded at a scale of its DCT.
const margin = 2

// maxShrink bounds the pixels that a pixel of a decoded image is the mean of, in each direction.
const maxShrink = 64

func shrinkFor(ratio float64) int { return int(min(max(ratio/margin, 1), maxShrink)) }

// What a decoder may have, in bytes: for the tables of the module, and for a pixel of the image, for each byte of a
// sample. It is about half as much again as the most that was measured, which [resize.Header.Memory] says.
const (
	decoderBytes      = 16 << 20
	heicDecoderPixel  = 16
	avifDecoderPixel  = 40
	largestPixelCount = maxMemory / heicDecoderPixel
)

// decodingLimit returns the memory that an image may take to decode, of so many bytes for a pixel.
func decodingLimit(src []byte, p probe.HEIFPicture, bytes int64) int64 {
	if h, err := resize.ProbeBytes(src); err == nil && h.Depth > 8 {
		bytes *= 2
	}
	pixels := min(probe.Pixels(p.Width, p.Height), largestPixelCount)
	return min(decoderBytes+bytes*pixels+int64(len(src)), maxMemory)
}
