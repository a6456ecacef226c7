package resize

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/webp"

	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// decodeWebP decodes a still image, or the first frame of an animation.
func (e *Portable) decodeWebP(src []byte, h Header) (*raster.Image, error) {
	var icc []byte
	for name, data := range probe.WebPChunks(src) {
		switch name {
		case "ICCP":
			icc = data
		case "ANMF":
			if err := checkWholeWebP(src); err != nil {
				return nil, err
			}
			r, err := e.decodeWebPFrame(data, h)
			if err == nil {
				r.ICC = icc
			}
			return r, err
		}
	}
	r, err := e.decodeStillWebP(src)
	if err == nil {
		r.ICC = icc
	}
	return r, err
}

// decodeStillWebP decodes an image that is not animated, with the codec if there is one. x/image/webp decides on what that
// refuses: it is the reference for damage that is passed over.
func (e *Portable) decodeStillWebP(src []byte) (*raster.Image, error) {
	if e.webp.Decode != nil {
		if d, err := e.webp.Decode(src, 1); err == nil {
			return fromWebP(d.Image), nil
		}
	}
	m, err := webp.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	return fromWebP(m), nil
}

// fromWebP returns the planes of a decoded image. Lossy WebP has video levels, 16…235 of luma, while the YCbCr images of Go
// have full range.
func fromWebP(m image.Image) *raster.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		r := raster.From(m)
		r.Limited = true
		return r
	case *image.NYCbCrA:
		r := raster.From(&m.YCbCr)
		r.Limited = true
		alpha := plane.Plane{Pix: m.A, Stride: m.AStride, W: r.W, H: r.H, StepX: 1, StepY: 1}
		return r.WithAlpha(alpha)
	}
	return raster.From(m)
}

// decodeWebPFrame decodes the frame of an ANMF chunk onto an empty canvas.
func (e *Portable) decodeWebPFrame(chunk []byte, h Header) (*raster.Image, error) {
	r, at, err := e.webpFrame(chunk, h)
	if err != nil {
		return nil, err
	}
	if at == (image.Point{}) && r.W == h.Width && r.H == h.Height {
		return r, nil
	}
	part := r.Whole()
	canvas := image.NewNRGBA(image.Rect(0, 0, h.Width, h.Height))
	draw.Draw(canvas, part.Rect.Add(at), part, image.Point{}, draw.Src)
	return raster.From(canvas), nil
}

// webpFrame decodes the frame of an ANMF chunk, by writing it as a still image, and returns its place on the canvas.
func (e *Portable) webpFrame(chunk []byte, h Header) (r *raster.Image, at image.Point, err error) {
	if len(chunk) < 24 {
		return nil, at, fmt.Errorf("%w: webp: short frame", ErrCorrupt)
	}
	u24 := func(at int) int { return int(chunk[at]) | int(chunk[at+1])<<8 | int(chunk[at+2])<<16 }
	at = image.Pt(2*u24(0), 2*u24(3))
	still := []byte("RIFF\x00\x00\x00\x00WEBP")
	if string(chunk[16:20]) == "ALPH" {
		still = append(still, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		still = append(still, chunk[6:12]...)
	}
	still = append(still, chunk[16:]...)
	binary.LittleEndian.PutUint32(still[4:], uint32(len(still)-8))
	if err := h.checkFrame(still, at.X, at.Y, u24(6)+1, u24(9)+1); err != nil {
		return nil, at, err
	}
	r, err = e.decodeStillWebP(still)
	return r, at, err
}

// checkFrame checks that a frame has the size that its chunk claims and lies on the canvas, whose size is within the
// limits. The decoder goes by the size in the frame itself.
func (h Header) checkFrame(frame []byte, x, y, width, height int) error {
	claimed, err := ProbeBytes(frame)
	switch {
	case err != nil:
		return corrupt(err)
	case claimed.Width != width || claimed.Height != height, x+width > h.Width, y+height > h.Height:
		return fmt.Errorf("%w: webp: a frame that does not fit its canvas", ErrCorrupt)
	}
	return nil
}
