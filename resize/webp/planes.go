//go:build cgo

package webp

import (
	"encoding/binary"
	"image"
	"image/draw"
)

// planes are the samples of a lossy WebP: 4:2:0 in video levels, with luma of 16…235 and chroma of 16…240. Rows follow
// each other without padding.
type planes struct {
	w, h, chromaW, chromaH int // samples
	y, u, v                []uint8
}

// newPlanes returns planes for an image of w × h pixels. The size of chroma is half of that, rounded up.
func newPlanes(w, h int) *planes {
	p := &planes{w: w, h: h, chromaW: (w + 1) / 2, chromaH: (h + 1) / 2}
	pix := make([]uint8, w*h+2*p.chromaW*p.chromaH)
	p.y, pix = pix[:w*h], pix[w*h:]
	p.u, p.v = pix[:p.chromaW*p.chromaH], pix[p.chromaW*p.chromaH:]
	return p
}

// lumaLevels and chromaLevels map samples of full range, as of JFIF, to video levels (ITU-R BT.601).
var lumaLevels, chromaLevels = videoLevels(219, 0, 16), videoLevels(224, 128, 128)

// videoLevels returns a map of the levels v = 0…255 to (v − from)·span/255 + to, rounded to the nearest integer.
func videoLevels(span, from, to int) *[256]uint8 {
	var t [256]uint8
	for v := range t {
		t[v] = uint8((span*(v-from)*2 + 255 + 2*255*to) / (2 * 255))
	}
	return &t
}

// setYCbCr sets p from 4:2:0 planes of full range.
func (p *planes) setYCbCr(y []uint8, yStride int, cb, cr []uint8, cStride int) {
	convert(p.y, p.w, p.h, y, yStride, lumaLevels)
	convert(p.u, p.chromaW, p.chromaH, cb, cStride, chromaLevels)
	convert(p.v, p.chromaW, p.chromaH, cr, cStride, chromaLevels)
}

// setGrey sets p from luma of full range.
func (p *planes) setGrey(m *image.Gray) {
	convert(p.y, p.w, p.h, m.Pix, m.Stride, lumaLevels)
	for i := range p.u {
		p.u[i], p.v[i] = 128, 128
	}
}

// convert maps w × h samples of src to levels.
func convert(dst []uint8, w, h int, src []uint8, stride int, levels *[256]uint8) {
	for y := range h {
		row := dst[y*w : y*w+w]
		for x, v := range src[y*stride : y*stride+w] {
			row[x] = levels[v]
		}
	}
}

// toNRGBA converts to an image whose bounds begin at (0, 0).
func toNRGBA(m image.Image) *image.NRGBA {
	n := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	return n
}

// Flags of a VP8X chunk (RFC 9649, "Extended File Format").
const (
	flagAlpha = 0x10
	flagICC   = 0x20
)

// withProfile returns a WebP of w × h pixels with an ICC profile, or body if there is no profile. A file with a profile
// is in the extended file format: it begins with a VP8X chunk, and the profile comes before the image data.
func withProfile(body []byte, w, h int, icc []byte) []byte {
	if len(icc) == 0 {
		return body
	}
	chunks := body[12:] // after RIFF, the size of the file and WEBP
	flags := byte(flagICC)
	if string(chunks[:4]) == "VP8X" {
		flags |= chunks[8]
		chunks = chunks[18:]
	} else if string(chunks[:4]) == "VP8L" && chunks[12]&0x10 != 0 { // alpha_is_used: bit 28 after the signature byte
		flags |= flagAlpha
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00")
	out = append(out, flags, 0, 0, 0,
		byte(w-1), byte((w-1)>>8), byte((w-1)>>16), byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
	out = binary.LittleEndian.AppendUint32(append(out, "ICCP"...), uint32(len(icc)))
	out = append(out, icc...)
	if len(icc)%2 == 1 {
		out = append(out, 0)
	}
	out = append(out, chunks...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
