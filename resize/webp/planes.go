//go:build cgo

package webp

import (
	"encoding/binary"
	"image"
	"image/draw"
)

// planes are what lossy WebP is made of: luma of 16…235 and chroma of 16…240, of half the size.
type planes struct {
	w, h, chromaW, chromaH int
	y, u, v                []uint8
}

func newPlanes(w, h int) *planes {
	p := &planes{w: w, h: h, chromaW: (w + 1) / 2, chromaH: (h + 1) / 2}
	pix := make([]uint8, w*h+2*p.chromaW*p.chromaH)
	p.y, pix = pix[:w*h], pix[w*h:]
	p.u, p.v = pix[:p.chromaW*p.chromaH], pix[p.chromaW*p.chromaH:]
	return p
}

// Tables from full range to video levels.
var lumaLevels, chromaLevels = levels(219, 0, 16), levels(224, 128, 128)

func levels(span, from, to int) *[256]uint8 {
	var t [256]uint8
	for v := range t {
		t[v] = uint8((span*(v-from)*2 + 255 + 2*255*to) / (2 * 255))
	}
	return &t
}

func (p *planes) take(y []uint8, yStride int, cb, cr []uint8, cStride int) {
	convert(p.y, p.w, p.h, y, yStride, lumaLevels)
	convert(p.u, p.chromaW, p.chromaH, cb, cStride, chromaLevels)
	convert(p.v, p.chromaW, p.chromaH, cr, cStride, chromaLevels)
}

func (p *planes) takeGrey(m *image.Gray) {
	convert(p.y, p.w, p.h, m.Pix, m.Stride, lumaLevels)
	for i := range p.u {
		p.u[i], p.v[i] = 128, 128
	}
}

func convert(dst []uint8, w, h int, src []uint8, stride int, levels *[256]uint8) {
	for y := range h {
		row := dst[y*w : y*w+w]
		for x, v := range src[y*stride : y*stride+w] {
			row[x] = levels[v]
		}
	}
}

func toNRGBA(m image.Image) *image.NRGBA {
	n := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	return n
}

// withProfile puts an ICC profile into a WebP (WebP container specification, "Extended file format").
func withProfile(body []byte, w, h int, icc []byte) []byte {
	if len(icc) == 0 {
		return body
	}
	chunks := body[12:]
	flags := byte(0x20)
	if string(chunks[:4]) == "VP8X" {
		flags |= chunks[8]
		chunks = chunks[18:]
	} else if string(chunks[:4]) == "VP8L" && chunks[12]&0x10 != 0 { // alpha_is_used, bit 28 behind the signature
		flags |= 0x10
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00")
	out = append(out, flags, 0, 0, 0, byte(w-1), byte((w-1)>>8), byte((w-1)>>16), byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
	out = binary.LittleEndian.AppendUint32(append(out, "ICCP"...), uint32(len(icc)))
	out = append(out, icc...)
	if len(icc)%2 == 1 {
		out = append(out, 0)
	}
	out = append(out, chunks...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
