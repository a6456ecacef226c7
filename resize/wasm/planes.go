//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"image"
	"image/draw"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// planes are the samples of a HEIC, without padding between rows.
type planes struct {
	space, chroma int // of libheif
	premultiplied bool
	w, h          int // of the first plane
	pix           [][]byte
}

// image returns the planes as an image, and whether it has video levels.
func (p *planes) image(of probe.HEIFPicture) (m image.Image, limited bool) {
	bounds := image.Rect(0, 0, p.w, p.h)
	switch {
	case p.space == spaceRGB && p.premultiplied:
		return &image.RGBA{Pix: p.pix[0], Stride: 4 * p.w, Rect: bounds}, false
	case p.space == spaceRGB:
		return &image.NRGBA{Pix: p.pix[0], Stride: 4 * p.w, Rect: bounds}, false
	case p.space == spaceGrey:
		if !of.Full {
			expand(p.pix[0], 16, 235)
		}
		return &image.Gray{Pix: p.pix[0], Stride: p.w, Rect: bounds}, false
	}
	return p.ycc(of), !of.Full
}

// ycc returns luma and chroma by the matrix of JFIF.
func (p *planes) ycc(of probe.HEIFPicture) *image.YCbCr {
	m := &image.YCbCr{
		Y: p.pix[0], Cb: p.pix[1], Cr: p.pix[2], YStride: p.w, CStride: p.w, Rect: image.Rect(0, 0, p.w, p.h),
		SubsampleRatio: image.YCbCrSubsampleRatio444,
	}
	switch p.chroma {
	case chroma420:
		m.SubsampleRatio, m.CStride = image.YCbCrSubsampleRatio420, (p.w+1)/2
	case chroma422:
		m.SubsampleRatio, m.CStride = image.YCbCrSubsampleRatio422, (p.w+1)/2
	}
	toJFIF(m, of.Matrix, of.Full)
	return m
}

// withAlpha returns the image with an alpha, which has video levels if it is limited, and another size perhaps.
func (p *planes) withAlpha(of probe.HEIFPicture, alpha *planes, limited bool) image.Image {
	m, isLimited := p.image(of)
	if ycc, ok := m.(*image.YCbCr); ok && isLimited {
		expand(ycc.Y, 16, 235)
		expand(ycc.Cb, 16, 240)
		expand(ycc.Cr, 16, 240)
	}
	if limited {
		expand(alpha.pix[0], 16, 235)
	}
	rgba := image.NewRGBA(m.Bounds())
	draw.Draw(rgba, rgba.Rect, m, image.Point{}, draw.Src)
	for y := range p.h {
		from := alpha.pix[0][y*alpha.h/p.h*alpha.w*alpha.channels():]
		row := rgba.Pix[y*rgba.Stride:][:4*p.w]
		for x := range p.w {
			a := from[x*alpha.w/p.w*alpha.channels()]
			q := row[4*x : 4*x+4 : 4*x+4]
			for c := range 3 {
				if of.Premultiplied {
					q[c] = min(q[c], a)
				} else {
					q[c] = uint8((int(q[c])*int(a) + 127) / 255)
				}
			}
			q[3] = a
		}
	}
	return rgba
}

// channels returns how many samples of the first plane a pixel has.
func (p *planes) channels() int {
	if p.space == spaceRGB {
		return 4
	}
	return 1
}

// expand maps samples of video levels to all levels.
func expand(pix []byte, low, high int) {
	var table [256]byte
	for v := range table {
		table[v] = uint8(min(max(((v-low)*255*2+high-low)/(2*(high-low)), 0), 255))
	}
	for i, v := range pix {
		pix[i] = table[v]
	}
}
