package resize

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"time"
)

// A webpFilm draws the frames of an animated WebP on a canvas, each read when its turn comes (WebP container
// specification, "Animation").
type webpFilm struct {
	header Header
	frames [][]byte // ANMF chunks
	icc    []byte
}

func decodeWebPAnimation(src []byte, h Header) (*animation, error) {
	if err := isWholeWebP(src); err != nil {
		return nil, err
	}
	film, a := webpFilm{header: h}, new(animation)
	for name, data := range riffChunks(src) {
		switch {
		case name == "ANIM" && len(data) >= 6:
			a.shows = int(binary.LittleEndian.Uint16(data[4:]))
		case name == "ICCP":
			film.icc = data
		case name == "ANMF":
			film.frames = append(film.frames, data)
		}
	}
	a.frames = func(yield func(*raster, time.Duration) bool) { a.err = film.draw(yield) }
	return a, nil
}

// isWholeWebP refuses an animation whose last frames may be missing. Some writers forget the byte that makes the last
// chunk even.
func isWholeWebP(src []byte) error {
	if riff := int64(binary.LittleEndian.Uint32(src[4:])) + 8; riff > int64(len(src))+1 {
		return fmt.Errorf("%w: %d bytes of %d", ErrCorrupt, len(src), riff)
	}
	return nil
}

// draw yields what is seen. The colour that a file names for the background is for those who have none of their own;
// browsers take none.
func (f webpFilm) draw(yield func(*raster, time.Duration) bool) error {
	canvas := image.NewNRGBA(image.Rect(0, 0, f.header.Width, f.header.Height))
	for _, chunk := range f.frames {
		r, at, err := f.header.webpFrame(chunk)
		if err != nil {
			return err
		}
		const disposes, replaces = 1, 2
		part, how := r.whole(), draw.Over
		if chunk[15]&replaces != 0 {
			how = draw.Src
		}
		where := part.Rect.Add(at)
		draw.Draw(canvas, where, part, image.Point{}, how)
		seen := fromImage(canvas)
		seen.icc = f.icc
		milliseconds := int(chunk[12]) | int(chunk[13])<<8 | int(chunk[14])<<16
		if !yield(seen, time.Duration(milliseconds)*time.Millisecond) {
			return nil
		}
		if chunk[15]&disposes != 0 {
			draw.Draw(canvas, where, image.Transparent, image.Point{}, draw.Src)
		}
	}
	return nil
}
