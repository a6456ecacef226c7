package frame

import (
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// A Film puts an animation together from images that an encoder of still images has encoded. Of each frame but the first it has
// the part that differs from the frame before.
type Film struct {
	shows    int
	encoding resize.Encoding // of the frames, with the profile of the file
	encode   func(m *image.NRGBA, o resize.Encoding) ([]byte, error)

	steady   Steady
	last     *image.NRGBA // what the frame before has displayed
	first    []byte       // the file of the first frame
	frames   []byte       // ANMF chunks
	count    int
	duration int  // of the last frame, milliseconds
	header   int  // where the header of the last frame is in frames
	alpha    bool // a frame has alpha
}

var _ resize.Animation = (*Film)(nil)

// NewFilm begins an animation that is shown a number of times, or for ever if that is 0. The first frame decides on the size;
// Add returns an error for a frame of another size. Delays are rounded down to milliseconds. Encode returns a file
// without a profile.
func NewFilm(shows int, o resize.Encoding, encode func(m *image.NRGBA, o resize.Encoding) ([]byte, error)) *Film {
	return &Film{shows: shows, encoding: o, encode: encode}
}

// Add encodes what is new in a frame. It does not retain the image.
func (f *Film) Add(next resize.Frame) error {
	m := next.Image
	if err := CheckSize(m.Rect.Size()); err != nil {
		return err
	}
	if f.last == nil {
		f.last = image.NewNRGBA(image.Rectangle{Max: m.Rect.Size()})
	} else if size := m.Rect.Size(); size != f.last.Rect.Size() {
		return fmt.Errorf("webp: a frame of %v in an animation of %v", size, f.last.Rect.Size())
	}
	if f.encoding.Quality < 100 {
		m = f.steady.Next(m, f.encoding.Quality)
	}
	part := patch{image: m.SubImage(m.Rect).(*image.NRGBA), replaces: true}
	if f.count > 0 {
		part = difference(f.last, m, f.encoding.Quality < 100)
		if part.image == nil && f.prolong(next.Delay) {
			return nil
		}
	}
	if err := f.append(part, next.Delay); err != nil {
		return err
	}
	for y := range m.Rect.Dy() {
		copy(f.last.Pix[y*f.last.Stride:][:f.last.Stride], m.Pix[y*m.Stride:])
	}
	return nil
}

// maxDuration is the longest time that a frame can be shown, in milliseconds.
const maxDuration = 1<<24 - 1

// prolong shows the last frame for longer, instead of another that is the same. It reports false if it can't.
func (f *Film) prolong(delay time.Duration) bool {
	duration := int64(f.duration) + delay.Milliseconds()
	if duration > maxDuration {
		return false
	}
	f.duration = int(duration)
	copy(f.frames[f.header+12:], number24(f.duration))
	return true
}

// append encodes a part of a frame.
func (f *Film) append(part patch, delay time.Duration) error {
	o := f.encoding
	o.ICC = nil
	if part.image == nil { // nothing new: a pixel stands for it, since a frame has one at least
		part = patch{image: f.last.SubImage(image.Rect(0, 0, 1, 1)).(*image.NRGBA), replaces: true}
	}
	body, err := f.encode(part.image, o)
	if err != nil {
		return err
	}
	if f.count == 0 {
		f.first = body
	}
	f.count++
	f.duration = int(min(delay.Milliseconds(), maxDuration))
	const replaces = 0x02
	flags := byte(0)
	if part.replaces {
		flags = replaces
	}
	size := part.image.Rect.Size()
	var header, chunks []byte
	for _, v := range []int{part.at.X / 2, part.at.Y / 2, size.X - 1, size.Y - 1, f.duration} {
		header = append(header, number24(v)...)
	}
	for name, data := range probe.WebPChunks(body) {
		switch name {
		case "ALPH", "VP8 ", "VP8L":
			f.alpha = f.alpha || hasAlpha(name, data)
			chunks = appendChunk(chunks, name, data)
		}
	}
	f.header = len(f.frames) + 8
	f.frames = appendChunk(f.frames, "ANMF", header, []byte{flags}, chunks)
	return nil
}

// Finish returns the file: a still image if all frames are the same. It is an error if there are no frames.
func (f *Film) Finish() ([]byte, error) {
	if f.count == 0 {
		return nil, errors.New("webp: no frames")
	}
	w, h := f.last.Rect.Dx(), f.last.Rect.Dy()
	if f.count == 1 {
		return WithProfile(f.first, w, h, f.encoding.ICC), nil
	}
	flags := byte(FlagAnimation)
	if f.alpha {
		flags |= FlagAlpha
	}
	if len(f.encoding.ICC) > 0 {
		flags |= FlagICC
	}
	file := openFile(flags, w, h)
	if len(f.encoding.ICC) > 0 {
		file = appendChunk(file, "ICCP", f.encoding.ICC)
	}
	shows := min(f.shows, MaxShows)
	file = appendChunk(file, "ANIM", []byte{0, 0, 0, 0, byte(shows), byte(shows >> 8)}) // on a transparent background
	return closeFile(append(file, f.frames...)), nil
}

// Close implements [resize.Animation].
func (f *Film) Close() {}
