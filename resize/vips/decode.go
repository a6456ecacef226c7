//go:build vips && cgo

package vips

/*
#cgo pkg-config: vips
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

// Codecs returns what this build can do.
func Codecs() []resize.Codec {
	return []resize.Codec{
		{Format: resize.HEIC, Decode: decoder(C.LOAD_HEIF)},
		{Format: resize.AVIF, Decode: decoder(C.LOAD_HEIF), Encode: Encode},
		{Format: resize.JXL, Decode: decoder(C.LOAD_JXL)},
		{Format: resize.TIFF, Decode: decoder(C.LOAD_TIFF)},
	}
}

// Start loads libvips and its modules, as the first picture does otherwise: for a process that gives up files before it.
func Start() error { return start() }

// start begins to use libvips, when the first picture needs it.
var start = sync.OnceValue(func() error {
	if C.start() != 0 {
		return errors.New("vips: libvips does not start")
	}
	return nil
})

// margin is how many times larger than the result a picture is handed over, at least. What is shrunk by averaging
// needs more of it than what is filtered.
const margin = 2

// decoder returns the Decode of a codec, see [resize.Codec].
func decoder(loader C.int) func([]byte, float64) (resize.Decoded, error) {
	return func(src []byte, ratio float64) (resize.Decoded, error) {
		if err := start(); err != nil {
			return resize.Decoded{}, err
		}
		h, err := resize.ProbeBytes(src)
		if err != nil {
			return resize.Decoded{}, err
		}
		shrink := int(min(max(ratio/margin, 1), 64))
		var p C.vips_picture
		if C.decode(unsafe.Pointer(&src[0]), C.size_t(len(src)), loader, C.int(h.Width), C.int(h.Height), C.int(shrink), &p) != 0 {
			return resize.Decoded{}, fault(C.GoString(&p.error[0]))
		}
		defer C.release(unsafe.Pointer(p.pix))
		d := resize.Decoded{Image: picture(&p), Shrink: shrink}
		if p.icc != nil {
			d.ICC = C.GoBytes(p.icc, C.int(p.icc_size))
			C.release(p.icc)
		}
		return d, nil
	}
}

// fault gives a message of libvips its meaning.
func fault(message string) error {
	message = strings.Join(strings.Fields(message), " ")
	if strings.Contains(strings.ToLower(message), "unsupported") {
		return fmt.Errorf("%w: vips: %s", resize.ErrUnsupported, message)
	}
	return fmt.Errorf("%w: vips: %s", resize.ErrCorrupt, message)
}

// picture copies what libvips made into an image of Go's.
func picture(p *C.vips_picture) image.Image {
	r := image.Rect(0, 0, int(p.width), int(p.height))
	bands, pixels := int(p.bands), int(p.width)*int(p.height)
	pix := unsafe.Slice((*byte)(unsafe.Pointer(p.pix)), pixels*bands)
	switch {
	case p.space == C.CMYK:
		m := image.NewCMYK(r)
		copy(m.Pix, pix)
		return m
	case p.space == C.GREY && bands == 1:
		m := image.NewGray(r)
		copy(m.Pix, pix)
		return m
	}
	m := image.NewRGBA(r)
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
