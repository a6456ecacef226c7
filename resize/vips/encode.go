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

// Speeds of libaom. Of four photographs 800 pixels wide, an AVIF with the same score by SSIMULACRA 2 as at speed 9 is 4 to 14 %
// smaller at speed 8, for 3 times the time, and 9 to 20 % at speed 6, for 7 to 10 times the time. Speeds 5 and 4 take 37 and 53
// times the time for about 3 % more.
const (
	fastSpeed     = 9
	thoroughSpeed = 6
)

// fullChroma is the number of the quality from which chroma has full size. It is that of libvips, as the whole scale is.
const fullChroma = 90

// settingsOf returns the settings of the encoder. libheif writes what libvips writes with them, except for the Exif of 255 bytes that
// libvips adds to every image.
func settingsOf(o resize.Encoding) C.avif_settings {
	s := C.avif_settings{quality: C.int(o.Quality), speed: fastSpeed}
	if o.Thorough {
		s.quality, s.speed = C.int(thoroughQuality(o.Quality)), thoroughSpeed
	}
	if s.quality >= fullChroma {
		s.full_chroma = 1
	}
	return s
}

// thoroughQuality returns the quality at which a thorough encoder makes what looks as a fast one's does. At the same quality a
// slower encoder writes about as many bytes, which look better: those photographs have the same score with quality 60 at
// speed 9 and with 56.1 to 57.8 at speed 6, with 40 and 34.5 to 36.8, and with 80 and 77.5 to 78.2.
func thoroughQuality(quality int) int {
	const most = 3
	return quality - min(most, (100-quality)/10, quality-1)
}

// Encode encodes an image that is not empty as AVIF: it is the Encode of a [resize.Codec]. Images other than
// *image.NRGBA are converted to that. Quality is 1…100; Lossless has no effect. Thorough takes about ten times the
// time for a smaller file that looks the same.
func Encode(m image.Image, o resize.Encoding) ([]byte, error) {
	if err := start(); err != nil {
		return nil, err
	}
	if m.Bounds().Empty() {
		return nil, errors.New("avif: encode an empty image")
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
	if C.encodeAVIF(unsafe.Pointer(&pix[0]), w, h, C.int(bands), settingsOf(o), icc, C.size_t(len(o.ICC)),
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
