package png

import (
	"encoding/binary"
	"image"
	"iter"
	"math"
	"time"

	"github.com/imgorigin/imgorigin/resize/png/inflate"
)

// An Animation is an animated PNG.
type Animation struct {
	file  part
	still decoder // of the image without its frames
	count int     // of frames
	plays int
	err   error

	reader inflate.Reader // for reuse: there may be many small frames
}

// DecodeAll reads the chunks of an animated PNG (PNG, 11.3.6), which has all frames that it claims. Frames behind these are ignored,
// and so is the order that the chunks of frames claim. The animation retains src, and takes memory for two images of its size, and
// for a frame.
func DecodeAll(src []byte) (*Animation, error) {
	a := &Animation{file: partOf(src)}
	if err := a.still.readChunks(a.file); err != nil {
		return nil, err
	}
	for c := range a.file.chunks() {
		if c.name() == "IDAT" {
			break
		}
		if c.name() == "acTL" && len(c.data()) == 8 {
			a.count, a.plays = count(c.data()), count(c.data()[4:])
			break
		}
	}
	found := 0
	for frame := range a.parts() {
		if _, err := a.control(frame); err != nil {
			return nil, err
		}
		found++
	}
	if a.count < 1 || found < a.count {
		return nil, corrupt("%d frames of %d", found, a.count)
	}
	return a, nil
}

// parts yields the parts of the file that hold the frames, as many as it claims.
func (a *Animation) parts() iter.Seq[part] {
	return func(yield func(part) bool) {
		n := 0
		for frame := range a.file.frames() {
			if n == a.count || !yield(frame) {
				return
			}
			n++
		}
	}
}

// frames yields the parts of a file that begin with a chunk fcTL and end before the next one.
func (p part) frames() iter.Seq[part] {
	return func(yield func(part) bool) {
		var frame part
		at := p
		for c, rest := range p.chunks() {
			if c.name() == "fcTL" && c.isRight() {
				if frame != nil && !yield(frame[:len(frame)-len(at)]) {
					return
				}
				frame = at
			}
			at = rest
		}
		if frame != nil {
			yield(frame)
		}
	}
}

// Plays returns how many times the animation is played; 0 is for ever.
func (a *Animation) Plays() int { return a.plays }

// Frames yields what is displayed at each frame, and for how long. The image is valid until the next frame. If the frames end
// early because the pixels of the next can't be read, Err returns why.
func (a *Animation) Frames() iter.Seq2[*image.NRGBA, time.Duration] {
	return func(yield func(*image.NRGBA, time.Duration) bool) {
		displayed := newCanvas(a.still.width, a.still.height)
		for frame := range a.parts() {
			c, m, err := a.decode(frame)
			if a.err = err; err != nil {
				return
			}
			displayed.draw(m, c)
			m = nil // so that its memory is free while the frame is made use of
			if !yield(displayed.image, c.delay) {
				return
			}
			displayed.dispose(c)
		}
	}
}

// Err returns the error that ended the frames early, nil if they did not.
func (a *Animation) Err() error { return a.err }

// decode decodes the pixels of a frame. They are those of the image itself if its chunks are among those of the frame.
func (a *Animation) decode(frame part) (control, *Raster, error) {
	c, err := a.control(frame)
	if err != nil {
		return c, nil, err
	}
	d := a.still
	d.width, d.height = c.place.Dx(), c.place.Dy()
	pixels := stream{frame, "IDAT"}
	if pixels.size() == 0 {
		pixels.name = "fdAT"
	}
	m, err := d.decode(pixels, &a.reader)
	return c, m, err
}

// A control says where a frame is drawn, how, and for how long.
type control struct {
	place    image.Rectangle // on the canvas
	delay    time.Duration
	disposal byte // what becomes of the place after the frame
	isOver   bool // the frame is drawn over what is displayed rather than instead of it
}

// What becomes of the place of a frame.
const (
	stays = iota
	isCleared
	isRestored
)

// control reads the chunk with which a frame begins.
func (a *Animation) control(frame part) (control, error) {
	chunk, _, _ := frame.next()
	data := chunk.data()
	if len(data) != 26 {
		return control{}, corrupt("a frame's header of %d bytes", len(data))
	}
	field := func(at int) int64 { return int64(binary.BigEndian.Uint32(data[at:])) }
	w, h, x, y := field(4), field(8), field(12), field(16)
	c := control{disposal: data[24], isOver: data[25] == 1}
	if w < 1 || h < 1 || x+w > int64(a.still.width) || y+h > int64(a.still.height) || c.disposal > isRestored || data[25] > 1 {
		return c, corrupt("a frame of %d × %d pixels at %d, %d, drawn by %d and %d", w, h, x, y, data[25], c.disposal)
	}
	c.place = image.Rect(int(x), int(y), int(x+w), int(y+h))
	unit := time.Second / 100
	if d := binary.BigEndian.Uint16(data[22:]); d > 0 {
		unit = time.Second / time.Duration(d)
	}
	c.delay = time.Duration(binary.BigEndian.Uint16(data[20:])) * unit
	return c, nil
}

// count reads a number that fits an int.
func count(b []byte) int { return int(min(binary.BigEndian.Uint32(b), math.MaxInt32)) }
