//go:build vips && cgo

package vips

/*
#include "vips.h"
*/
import "C"

import (
	_ "embed"
	"image"
	"sync"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// greySample is a grey AVIF of video levels, made with libheif and libaom. The pixel at (10, 0) is black, and has the level 16.
//
//go:embed greylimited.avif
var greySample []byte

// expandsGrey reports whether libheif expands grey of video levels. Some versions take it for full range, which makes it pale.
var expandsGrey = sync.OnceValue(func() bool {
	d, err := decodeBy(C.LOAD_HEIF, greySample, resize.Header{Format: resize.AVIF, Width: 64, Height: 48}, 1)
	if err != nil {
		return true // there is no decoder, so that nothing comes that would have to be expanded
	}
	r, _, _, _ := d.Image.At(10, 0).RGBA()
	return r>>8 < 8
})

// fullRange expands a grey HEIC or AVIF of video levels, if libheif does not.
func fullRange(m image.Image, src []byte, h resize.Header) {
	if h.Format != resize.HEIC && h.Format != resize.AVIF {
		return
	}
	if p, err := probe.ReadHEIFPicture(src); err != nil || p.Full || !p.Grey || expandsGrey() {
		return
	}
	switch m := m.(type) {
	case *image.Gray:
		for i, v := range m.Pix {
			m.Pix[i] = expanded(v, 255)
		}
	case *image.RGBA:
		for i, v := range m.Pix {
			if i%4 != 3 {
				m.Pix[i] = expanded(v, m.Pix[i|3])
			}
		}
	}
}

// expanded returns the level in full range of a video level that is premultiplied with alpha.
func expanded(v, alpha uint8) uint8 {
	const low, high = 16, 235
	return uint8(min(max((255*int(v)-low*int(alpha)+(high-low)/2)/(high-low), 0), int(alpha)))
}
