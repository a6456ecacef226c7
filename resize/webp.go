package resize

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// decodeWebP decodes a still picture, or the first frame of an animation.
func decodeWebP(src []byte) (*raster, error) {
	var icc []byte
	for name, data := range riffChunks(src) {
		switch name {
		case "ICCP":
			icc = data
		case "ANMF":
			if err := isWholeWebP(src); err != nil {
				return nil, err
			}
			r, err := decodeWebPFrame(src, data)
			if err == nil {
				r.icc = icc
			}
			return r, err
		}
	}
	m, err := webp.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	r := fromWebP(m)
	r.icc = icc
	return r, nil
}

// fromWebP minds what x/image/webp does not say: lossy WebP has video levels, 16…235 for luma, and the image
// types of Go mean full ones.
func fromWebP(m image.Image) *raster {
	switch m := m.(type) {
	case *image.YCbCr:
		r := fromImage(m)
		r.limited = true
		return r
	case *image.NYCbCrA:
		r := fromImage(&m.YCbCr)
		r.limited = true
		alpha := plane{pix: m.A, stride: m.AStride, w: r.w, h: r.h, stepX: 1, stepY: 1}
		if opaque(alpha) {
			return r
		}
		return r.withAlpha(alpha)
	}
	return fromImage(m)
}

// withAlpha returns an opaque raster as RGB with alpha.
func (r *raster) withAlpha(alpha plane) *raster {
	m := r.whole()
	for y := range r.h {
		row := m.Pix[y*m.Stride:]
		for x, a := range alpha.row(y) {
			row[4*x+3] = a
		}
	}
	return fromImage(m)
}

// decodeWebPFrame decodes the frame of an ANMF chunk onto an empty canvas.
func decodeWebPFrame(src, chunk []byte) (*raster, error) {
	h, err := ProbeBytes(src)
	if err != nil {
		return nil, err
	}
	r, at, err := h.webpFrame(chunk)
	if err != nil {
		return nil, err
	}
	if at == (image.Point{}) && r.w == h.Width && r.h == h.Height {
		return r, nil
	}
	part := r.whole()
	canvas := image.NewNRGBA(image.Rect(0, 0, h.Width, h.Height))
	draw.Draw(canvas, part.Rect.Add(at), part, image.Point{}, draw.Src)
	return fromImage(canvas), nil
}

// whole returns a raster as an image of its size.
func (r *raster) whole() *image.NRGBA {
	full := &pyramid{levels: []*raster{r}, orientation: 1}
	return full.render(Plan{Crop: image.Rect(0, 0, r.w, r.h), Size: image.Pt(r.w, r.h)}, 1).nrgba()
}

// webpFrame decodes the frame of an ANMF chunk, by making a still picture of it, and tells where it belongs.
func (h Header) webpFrame(chunk []byte) (r *raster, at image.Point, err error) {
	if len(chunk) < 24 {
		return nil, at, fmt.Errorf("%w: short frame", ErrCorrupt)
	}
	u24 := func(at int) int { return int(chunk[at]) | int(chunk[at+1])<<8 | int(chunk[at+2])<<16 }
	at = image.Pt(2*u24(0), 2*u24(3))
	picture := []byte("RIFF\x00\x00\x00\x00WEBP")
	if string(chunk[16:20]) == "ALPH" {
		picture = append(picture, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		picture = append(picture, chunk[6:12]...)
	}
	picture = append(picture, chunk[16:]...)
	binary.LittleEndian.PutUint32(picture[4:], uint32(len(picture)-8))
	if err := h.holds(picture, at.X, at.Y, u24(6)+1, u24(9)+1); err != nil {
		return nil, at, err
	}
	m, err := webp.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, at, err
	}
	return fromWebP(m), at, nil
}

// holds checks that a frame has the size that its chunk says and lies on the canvas, whose size was held to the
// limits: the decoder goes by what stands in the frame itself.
func (h Header) holds(frame []byte, x, y, width, height int) error {
	claimed, err := ProbeBytes(frame)
	switch {
	case err != nil:
		return corrupt(err)
	case claimed.Width != width || claimed.Height != height, x+width > h.Width, y+height > h.Height:
		return fmt.Errorf("%w: a frame that does not fit its canvas", ErrCorrupt)
	}
	return nil
}
