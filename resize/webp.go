package resize

import (
	"bytes"
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
	full := &pyramid{levels: []*raster{r}, orientation: 1}
	whole := Plan{Crop: image.Rect(0, 0, r.w, r.h), Size: image.Pt(r.w, r.h)}
	m := full.render(whole, 1).nrgba()
	for y := range r.h {
		row := m.Pix[y*m.Stride:]
		for x, a := range alpha.row(y) {
			row[4*x+3] = a
		}
	}
	return fromImage(m)
}

// decodeWebPFrame decodes the frame of an ANMF chunk onto its canvas, by making a still picture of it.
func decodeWebPFrame(src, frame []byte) (*raster, error) {
	if len(frame) < 24 {
		return nil, fmt.Errorf("%w: short frame", ErrCorrupt)
	}
	u24 := func(at int) int { return int(frame[at]) | int(frame[at+1])<<8 | int(frame[at+2])<<16 }
	x, y := 2*u24(0), 2*u24(3)
	h, err := ProbeBytes(src)
	if err != nil {
		return nil, err
	}
	still := append([]byte("RIFF\x00\x00\x00\x00WEBP"), frame[16:]...)
	if string(frame[16:20]) == "ALPH" {
		extended := []byte("VP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
		extended = append(extended, frame[6:12]...)
		still = append(append([]byte("RIFF\x00\x00\x00\x00WEBP"), extended...), frame[16:]...)
	}
	n := len(still) - 8
	still[4], still[5], still[6], still[7] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	if err := h.holds(still, x, y, u24(6)+1, u24(9)+1); err != nil {
		return nil, err
	}
	m, err := webp.Decode(bytes.NewReader(still))
	if err != nil {
		return nil, err
	}
	r := fromWebP(m)
	if x == 0 && y == 0 && r.w == h.Width && r.h == h.Height {
		return r, nil
	}
	part := (&pyramid{levels: []*raster{r}, orientation: 1}).render(
		Plan{Crop: image.Rect(0, 0, r.w, r.h), Size: image.Pt(r.w, r.h)}, 1).nrgba()
	canvas := image.NewNRGBA(image.Rect(0, 0, h.Width, h.Height))
	draw.Draw(canvas, part.Rect.Add(image.Pt(x, y)), part, image.Point{}, draw.Src)
	return fromImage(canvas), nil
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
