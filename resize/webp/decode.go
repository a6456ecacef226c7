//go:build cgo

package webp

/*
#include "libwebp.h"

// readFeatures returns 0 if there is no image, and otherwise what it is.
static int readFeatures(const uint8_t *src, size_t size, webp_features *features) {
	return WebPGetFeaturesInternal(src, size, features, DECODER_ABI_VERSION) == 0 && !features->has_animation;
}

// decodePlanes decodes a lossy image, with its alpha unless a is NULL. Rows follow each other without padding. It returns 0 if
// the image is refused, or is larger.
static int decodePlanes(const uint8_t *src, size_t size, int width, int height,
		uint8_t *y, uint8_t *u, uint8_t *v, uint8_t *a) {
	int half = (width + 1) / 2;
	size_t luma = (size_t)width * height, chroma = (size_t)half * ((height + 1) / 2);
	if (!a) return WebPDecodeYUVInto(src, size, y, luma, width, u, chroma, half, v, chroma, half) != NULL;
	webp_decoder *decoder = WebPINewYUVA(y, luma, width, u, chroma, half, v, chroma, half, a, luma, width);
	int ok = decoder && WebPIUpdate(decoder, src, size) == 0; // 0 is the end, others are errors, or ask for more
	WebPIDelete(decoder);
	return ok;
}
*/
import "C"

import (
	"encoding/binary"
	"fmt"
	"image"
	"unsafe"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/webp/frame"
)

// Decoders returns the codec that decodes WebP, with [Decode]. Built without cgo, it returns nil.
func Decoders() []resize.Codec {
	return []resize.Codec{{Format: resize.WebP, Name: "libwebp", Decode: Decode}}
}

// Decode decodes an image that is not animated: it is the Decode of a [resize.Codec]. It returns the planes of a lossy image,
// an *image.YCbCr or *image.NYCbCrA of video levels, and otherwise an *image.NRGBA. They are equal to what
// golang.org/x/image/webp decodes, in a third of the time.
func Decode(src []byte, _ float64) (resize.Decoded, error) {
	h, err := resize.ProbeBytes(src)
	if err != nil {
		return resize.Decoded{}, err
	}
	if !isWhole(src) {
		return resize.Decoded{}, fmt.Errorf("%w: webp: the file is not whole", resize.ErrCorrupt)
	}
	var features C.webp_features
	if C.readFeatures((*C.uint8_t)(&src[0]), C.size_t(len(src)), &features) == 0 ||
		int(features.width) != h.Width || int(features.height) != h.Height {
		return resize.Decoded{}, fmt.Errorf("%w: webp: no image, or one of another size", resize.ErrCorrupt)
	}
	const lossless = 2
	d := resize.Decoded{Limited: features.format != lossless}
	if d.Limited {
		d.Image = decodePlanes(src, h, features.has_alpha != 0)
	} else {
		d.Image = decodeRGBA(src, h)
	}
	if d.Image == nil {
		return resize.Decoded{}, fmt.Errorf("%w: webp: libwebp refuses it", resize.ErrCorrupt)
	}
	return d, nil
}

// isWhole reports whether a file has all bytes, and the alpha, that its header announces. libwebp takes no offence as long as
// the bytes of all pixels are there, or has them opaque.
func isWhole(src []byte) bool {
	if int64(binary.LittleEndian.Uint32(src[4:]))+8 > int64(len(src)) {
		return false
	}
	announced, found := string(src[12:16]) == "VP8X" && src[20]&frame.FlagAlpha != 0, false
	for name := range probe.WebPChunks(src) {
		switch name {
		case "ALPH":
			found = true
		case "VP8 ":
			return announced == found
		case "VP8L":
			return true
		}
	}
	return false
}

// decodePlanes returns the planes of a lossy image, or nil.
func decodePlanes(src []byte, h resize.Header, hasAlpha bool) image.Image {
	p := frame.NewPlanes(h.Width, h.Height)
	var alpha []uint8
	if hasAlpha {
		alpha = make([]uint8, h.Width*h.Height)
	}
	if C.decodePlanes((*C.uint8_t)(&src[0]), C.size_t(len(src)), C.int(h.Width), C.int(h.Height), (*C.uint8_t)(&p.Y[0]),
		(*C.uint8_t)(&p.U[0]), (*C.uint8_t)(&p.V[0]), (*C.uint8_t)(unsafe.SliceData(alpha))) == 0 {
		return nil
	}
	m := image.YCbCr{
		Y: p.Y, Cb: p.U, Cr: p.V, YStride: p.W, CStride: p.ChromaW,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, p.W, p.H),
	}
	if hasAlpha {
		return &image.NYCbCrA{YCbCr: m, A: alpha, AStride: p.W}
	}
	return &m
}

// decodeRGBA returns an image without loss, or nil.
func decodeRGBA(src []byte, h resize.Header) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, h.Width, h.Height))
	if C.WebPDecodeRGBAInto((*C.uint8_t)(&src[0]), C.size_t(len(src)),
		(*C.uint8_t)(&m.Pix[0]), C.size_t(len(m.Pix)), C.int(m.Stride)) == nil {
		return nil
	}
	return m
}
