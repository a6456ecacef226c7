package resize

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"time"

	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// A webpReader draws the frames of an animated WebP on a canvas, and decodes each when its turn comes (WebP Container
// Specification, "Animation").
type webpReader struct {
	engine *Portable
	header Header
	frames [][]byte // ANMF chunks
	icc    []byte
}

func (e *Portable) readWebPAnimation(src []byte, h Header) (*animation, error) {
	if err := checkWholeWebP(src); err != nil {
		return nil, err
	}
	r, a := webpReader{engine: e, header: h}, new(animation)
	for name, data := range probe.WebPChunks(src) {
		switch {
		case name == "ANIM" && len(data) >= 6:
			a.plays = int(binary.LittleEndian.Uint16(data[4:]))
		case name == "ICCP":
			r.icc = data
		case name == "ANMF":
			r.frames = append(r.frames, data)
		}
	}
	a.frames = func(yield func(*raster.Image, time.Duration) bool) { a.err = r.draw(yield) }
	return a, nil
}

// checkWholeWebP refuses an animation whose last frames may be missing. A missing byte is accepted: some writers forget
// the byte that makes the length of the last chunk even.
func checkWholeWebP(src []byte) error {
	if riff := int64(binary.LittleEndian.Uint32(src[4:])) + 8; riff > int64(len(src))+1 {
		return fmt.Errorf("%w: %d bytes of %d", ErrCorrupt, len(src), riff)
	}
	return nil
}

// draw yields what is displayed at each frame. It ignores the background colour of the file, like browsers, which leave
// the canvas transparent.
func (w webpReader) draw(yield func(*raster.Image, time.Duration) bool) error {
	canvas := image.NewNRGBA(image.Rect(0, 0, w.header.Width, w.header.Height))
	for _, chunk := range w.frames {
		r, at, err := w.engine.webpFrame(chunk, w.header)
		if err != nil {
			return err
		}
		const disposes, replaces = 1, 2
		part, op := r.Whole(), draw.Over
		if chunk[15]&replaces != 0 {
			op = draw.Src
		}
		place := part.Rect.Add(at)
		draw.Draw(canvas, place, part, image.Point{}, op)
		displayed := raster.From(canvas)
		displayed.ICC = w.icc
		milliseconds := int(chunk[12]) | int(chunk[13])<<8 | int(chunk[14])<<16
		if !yield(displayed, time.Duration(milliseconds)*time.Millisecond) {
			return nil
		}
		if chunk[15]&disposes != 0 {
			draw.Draw(canvas, place, image.Transparent, image.Point{}, draw.Src)
		}
	}
	return nil
}
