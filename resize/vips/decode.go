//go:build vips && cgo

package vips

/*
#cgo pkg-config: vips libheif
#include "vips.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"unsafe"

	"github.com/imgorigin/imgorigin/resize"
)

// Codecs returns codecs that decode HEIC, AVIF, JPEG XL and TIFF and encode AVIF, with [Encode]. Built without libvips,
// it returns nil.
func Codecs() []resize.Codec {
	const name = "libvips"
	return []resize.Codec{
		{Format: resize.HEIC, Name: name, Decode: decoder(C.LOAD_HEIF)},
		{Format: resize.AVIF, Name: name, Decode: decoder(C.LOAD_HEIF), Encode: Encode},
		{Format: resize.JXL, Name: name, Decode: decoder(C.LOAD_JXL)},
		{Format: resize.TIFF, Name: name, Decode: decoder(C.LOAD_TIFF)},
	}
}

// Start loads libvips and its modules, which the first image does otherwise. A process that gives up its access to
// files calls it before.
func Start() error { return start() }

// start initialises libvips once.
var start = sync.OnceValue(func() error {
	if C.start() != 0 {
		return errors.New("vips: initialise libvips")
	}
	return nil
})

// margin is how many times larger than the largest variant a decoded image is, at least, in each direction. An image
// that is shrunk by averaging blocks of pixels, as here, needs a larger margin than one that is decoded at a scale of
// its DCT, to be as sharp.
const margin = 2

// maxShrink bounds the pixels that a pixel of a decoded image is the mean of, in each direction.
const maxShrink = 64

// decoder returns the Decode of a [resize.Codec] that uses a loader of vips.h.
func decoder(loader C.int) func([]byte, float64) (resize.Decoded, error) {
	return func(src []byte, ratio float64) (resize.Decoded, error) {
		h, err := resize.ProbeBytes(src)
		if err != nil {
			return resize.Decoded{}, err
		}
		d, err := decodeBy(loader, src, h, ratio)
		if err == nil {
			fullRange(d.Image, src, h)
		}
		return d, err
	}
}

// decodeBy decodes an image with levels as libvips returns them.
func decodeBy(loader C.int, src []byte, h resize.Header, ratio float64) (resize.Decoded, error) {
	if err := start(); err != nil {
		return resize.Decoded{}, err
	}
	shrink := int(min(max(ratio/margin, 1), maxShrink))
	var r C.vips_raster
	failed := decodeAlone(func() bool {
		return C.decode(unsafe.Pointer(&src[0]), C.size_t(len(src)), loader,
			C.int(h.Width), C.int(h.Height), C.int(shrink), &r) != 0
	})
	if failed {
		return resize.Decoded{}, decodeError(C.GoString(&r.error[0]))
	}
	defer C.release(unsafe.Pointer(r.pix))
	d := resize.Decoded{Image: toImage(&r), Shrink: shrink}
	if r.icc != nil {
		d.ICC = C.GoBytes(r.icc, C.int(r.icc_size))
		C.release(r.icc)
	}
	return d, nil
}

// decoding is held for writing by a decode whose messages are read. Threads share the buffer of messages: of two decodes that
// fail at the same time, each would be blamed for both.
var decoding sync.RWMutex

// decodeAlone calls decode, and again when it failed, while no other image is decoded: the messages are its own then.
func decodeAlone(decode func() (failed bool)) (failed bool) {
	decoding.RLock()
	failed = decode()
	decoding.RUnlock()
	if !failed {
		return false
	}
	decoding.Lock()
	defer decoding.Unlock()
	C.forgetErrors()
	return decode()
}

// decodeError returns the error for a message of libvips: [resize.ErrUnsupported] if it says so, and otherwise
// [resize.ErrCorrupt].
func decodeError(message string) error {
	message = strings.Join(strings.Fields(message), " ")
	lower := strings.ToLower(message)
	if strings.Contains(lower, "unsupported") || strings.Contains(lower, "not supported") {
		return fmt.Errorf("%w: vips: %s", resize.ErrUnsupported, message)
	}
	return fmt.Errorf("%w: vips: %s", resize.ErrCorrupt, message)
}

// toImage copies a raster: to an *image.CMYK, to an *image.Gray if it is grey without alpha, or to an *image.RGBA.
func toImage(r *C.vips_raster) image.Image {
	bounds := image.Rect(0, 0, int(r.width), int(r.height))
	bands, pixels := int(r.bands), int(r.width)*int(r.height)
	pix := unsafe.Slice((*byte)(unsafe.Pointer(r.pix)), pixels*bands)
	switch {
	case r.space == C.CMYK:
		m := image.NewCMYK(bounds)
		copy(m.Pix, pix)
		return m
	case r.space == C.GREY && bands == 1:
		m := image.NewGray(bounds)
		copy(m.Pix, pix)
		return m
	}
	m := image.NewRGBA(bounds)
	if bands == 4 {
		copy(m.Pix, pix)
		return m
	}
	for i := range pixels {
		q, from := m.Pix[4*i:4*i+4:4*i+4], pix[i*bands:(i+1)*bands]
		switch bands {
		case 2:
			q[0], q[1], q[2], q[3] = from[0], from[0], from[0], from[1]
		case 3:
			q[0], q[1], q[2], q[3] = from[0], from[1], from[2], 255
		}
	}
	return m
}
