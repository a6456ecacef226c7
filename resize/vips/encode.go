//go:build vips && cgo

package vips

/*
#include "vips.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"strings"
	"unsafe"

	"github.com/imgorigin/imgorigin/resize"
)

// The effort of libvips is 9 less the speed of the AV1 encoder. An AVIF of speed 9 takes about a quarter of the time
// that speed 8 takes, for 5 to 9 % more bytes of the same quality; at lower speeds it gets hardly smaller.
const (
	fastEffort     = 0
	thoroughEffort = 1
)

// Encode encodes an image that is not empty as AVIF: it is the Encode of a [resize.Codec]. Images other than
// *image.NRGBA are converted to that. Quality is 1…100; Lossless has no effect. Thorough takes about four times the
// time for a smaller file.
func Encode(m image.Image, o resize.Encoding) ([]byte, error) {
	if err := start(); err != nil {
		return nil, err
	}
	if m.Bounds().Empty() {
		return nil, errors.New("avif: encode an empty image")
	}
	effort := C.int(fastEffort)
	if o.Thorough {
		effort = thoroughEffort
	}
	pix, bands := packed(m)
	var icc unsafe.Pointer
	if len(o.ICC) > 0 {
		icc = unsafe.Pointer(&o.ICC[0])
	}
	var body unsafe.Pointer
	var size C.size_t
	var message [256]C.char
	w, h := C.int(m.Bounds().Dx()), C.int(m.Bounds().Dy())
	if C.encodeAVIF(unsafe.Pointer(&pix[0]), w, h, C.int(bands), C.int(o.Quality), effort, icc, C.size_t(len(o.ICC)),
		&body, &size, &message[0], C.size_t(len(message))) != 0 {
		return nil, fmt.Errorf("avif: encode: %s", strings.TrimSpace(C.GoString(&message[0])))
	}
	defer C.release(body)
	return C.GoBytes(body, C.int(size)), nil
}

// packed returns the pixels of an image, row by row without padding, as RGBA, or as RGB if all are opaque.
func packed(m image.Image) (pix []byte, bands int) {
	n, ok := m.(*image.NRGBA)
	if !ok {
		n = image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
		draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	}
	w, h := n.Rect.Dx(), n.Rect.Dy()
	bands = 4
	if n.Opaque() {
		bands = 3
	}
	pix = make([]byte, 0, w*h*bands)
	for y := range h {
		for row := n.Pix[y*n.Stride:][:4*w]; len(row) > 0; row = row[4:] {
			pix = append(pix, row[:bands]...)
		}
	}
	return pix, bands
}
