package decode

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

// A WebP decodes images in WebP.
type WebP struct {
	// Codec decodes images that are not animated, unless it is nil. golang.org/x/image/webp decides on what it refuses: that is the
	// reference for damage that is passed over.
	Codec func(src []byte) (image.Image, error)
}

// Decode decodes a still image, or the first frame of an animation, whose header claims a width and a height.
func (d WebP) Decode(src []byte, width, height int) (*raster.Image, error) {
	var icc []byte
	for name, data := range probe.WebPChunks(src) {
		switch name {
		case "ICCP":
			icc = data
		case "ANMF":
			if err := d.CheckWhole(src); err != nil {
				return nil, err
			}
			r, err := d.onCanvas(data, width, height)
			if err == nil {
				r.ICC = icc
			}
			return r, err
		}
	}
	r, err := d.still(src)
	if err == nil {
		r.ICC = icc
	}
	return r, err
}

// still decodes an image that is not animated.
func (d WebP) still(src []byte) (*raster.Image, error) {
	if d.Codec != nil {
		if m, err := d.Codec(src); err == nil {
			return fromWebP(m), nil
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

// onCanvas decodes the frame of an ANMF chunk onto an empty canvas.
func (d WebP) onCanvas(chunk []byte, width, height int) (*raster.Image, error) {
	r, at, err := d.Frame(chunk, width, height)
	if err != nil {
		return nil, err
	}
	if at == (image.Point{}) && r.W == width && r.H == height {
		return r, nil
	}
	part := r.Whole()
	canvas := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, part.Rect.Add(at), part, image.Point{}, draw.Src)
	return raster.From(canvas), nil
}

// Frame decodes the frame of an ANMF chunk, by writing it as a still image, and returns its place on the canvas, which has a width and a
// height.
func (d WebP) Frame(chunk []byte, width, height int) (r *raster.Image, at image.Point, err error) {
	if len(chunk) < 24 {
		return nil, at, fmt.Errorf("%w: webp: short frame", probe.ErrCorrupt)
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
	if err := checkFrame(still, image.Rectangle{at, at.Add(image.Pt(u24(6)+1, u24(9)+1))}, image.Rect(0, 0, width, height)); err != nil {
		return nil, at, err
	}
	r, err = d.still(still)
	return r, at, err
}

// checkFrame checks that a frame has the size that its chunk claims and lies on the canvas, whose size is within the
// limits. The decoder goes by the size in the frame itself.
func checkFrame(frame []byte, claimed, canvas image.Rectangle) error {
	h, err := probe.WebP(frame)
	switch {
	case err != nil:
		return err
	case image.Pt(h.Width, h.Height) != claimed.Size(), !claimed.In(canvas):
		return fmt.Errorf("%w: webp: a frame that does not fit its canvas", probe.ErrCorrupt)
	}
	return nil
}

// CheckWhole refuses an animation whose last frames may be missing. A missing byte is accepted: some writers forget
// the byte that makes the length of the last chunk even.
func (WebP) CheckWhole(src []byte) error {
	if riff := int64(binary.LittleEndian.Uint32(src[4:])) + 8; riff > int64(len(src))+1 {
		return fmt.Errorf("%w: %d bytes of %d", probe.ErrCorrupt, len(src), riff)
	}
	return nil
}
