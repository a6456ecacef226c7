package frames

import (
	"encoding/binary"
	"image"
	"image/draw"
	"time"

	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// A webpReader draws the frames of an animated WebP on a canvas, and decodes each when its turn comes (WebP Container
// Specification, "Animation").
type webpReader struct {
	decoder       decode.WebP
	width, height int
	frames        [][]byte // ANMF chunks
	icc           []byte
}

// WebP finds the frames of an animated WebP, whose header claims a width and a height. They are decoded one after another, so those of
// a damaged file may end early.
func WebP(decoder decode.WebP, src []byte, width, height int) (*Animation, error) {
	if err := decoder.CheckWhole(src); err != nil {
		return nil, err
	}
	r, a := webpReader{decoder: decoder, width: width, height: height}, new(Animation)
	for name, data := range probe.WebPChunks(src) {
		switch {
		case name == "ANIM" && len(data) >= 6:
			a.Plays = int(binary.LittleEndian.Uint16(data[4:]))
		case name == "ICCP":
			r.icc = data
		case name == "ANMF":
			r.frames = append(r.frames, data)
		}
	}
	a.Frames = func(yield func(*raster.Image, time.Duration) bool) { a.err = r.draw(yield) }
	return a, nil
}

// draw yields what is displayed at each frame. It ignores the background colour of the file, like browsers, which leave
// the canvas transparent.
func (w webpReader) draw(yield func(*raster.Image, time.Duration) bool) error {
	canvas := image.NewNRGBA(image.Rect(0, 0, w.width, w.height))
	for _, chunk := range w.frames {
		r, at, err := w.decoder.Frame(chunk, w.width, w.height)
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
