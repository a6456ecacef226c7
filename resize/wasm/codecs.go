//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	"image"

	"github.com/imgorigin/imgorigin/resize"
)

// Codecs returns codecs that decode HEIC and AVIF, encode AVIF and WebP, and draw SVG. It costs little until an image comes. On processors for which modules
// can't be translated, and on systems that don't execute what they are translated to, it returns nil.
func Codecs() []resize.Codec {
	if !executes() {
		return nil
	}
	return []resize.Codec{
		codec{format: resize.HEIC, name: "libheif in WebAssembly", decode: decodeHEIC}.within(context.Background()),
		codec{format: resize.AVIF, name: "libavif in WebAssembly", decode: decodeAVIF, encode: encodeAVIF, isSlow: true}.
			within(context.Background()),
		codec{format: resize.WebP, name: "libwebp in WebAssembly", encode: encodeWebP, animate: animateWebP, copies: webpCopies}.
			within(context.Background()),
		codec{format: resize.SVG, name: "resvg in WebAssembly", decode: drawSVG}.within(context.Background()),
	}
}

// A codec is a [resize.Codec] before the context of a job is known. What is nil it does not do.
type codec struct {
	format  resize.Format
	name    string
	decode  func(ctx context.Context, src []byte, ratio float64) (resize.Decoded, error)
	encode  func(ctx context.Context, m image.Image, o resize.Encoding) ([]byte, error)
	animate func(ctx context.Context, shows int, o resize.Encoding) resize.Animation
	isSlow  bool
	copies  float64
}

func (c codec) within(ctx context.Context) resize.Codec {
	bound := resize.Codec{Format: c.format, Name: c.name, Within: c.within, Slow: c.isSlow, Copies: c.copies}
	if c.decode != nil {
		bound.Decode = func(src []byte, ratio float64) (resize.Decoded, error) { return c.decode(ctx, src, ratio) }
	}
	if c.encode != nil {
		bound.Encode = func(m image.Image, o resize.Encoding) ([]byte, error) { return c.encode(ctx, m, o) }
	}
	if c.animate != nil {
		bound.Animate = func(shows int, o resize.Encoding) resize.Animation { return c.animate(ctx, shows, o) }
	}
	return bound
}

// margin is how many times larger than the largest variant a decoded image is, at least, in each direction. An image
// that is shrunk by averaging blocks of pixels needs it to be as sharp as one that is decoded at a scale of its DCT.
const margin = 2

// maxShrink bounds the pixels that a pixel of a decoded image is the mean of, in each direction.
const maxShrink = 64

func shrinkFor(ratio float64) int { return int(min(max(ratio/margin, 1), maxShrink)) }

// decoderBytes is what a module takes however small its image is: its stack, its tables, and a frame of the least size.
const decoderBytes = 16 << 20

// encoderBytes is added to what is known of an image, so that none is refused which needs a little more.
const encoderBytes = 16 << 20

// decodingLimit returns the memory that an image may take to decode, in bytes: half as much again as is known of images
// with such a header.
func decodingLimit(src []byte) (int64, error) {
	h, err := resize.ProbeBytes(src)
	if err != nil {
		return 0, err
	}
	return decoderBytes + min(h.Memory(int64(len(src)), resize.EngineConfig{}), maxMemory)*3/2, nil
}
