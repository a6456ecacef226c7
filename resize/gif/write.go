package gif

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"time"
)

// Encode returns a GIF of one image.
func Encode(m *image.NRGBA) ([]byte, error) {
	w := NewWriter(0)
	w.add(m, m.Rect, 0, gif.DisposalNone)
	w.out.Config.ColorModel = w.out.Image[0].Palette
	return w.Finish()
}

// Paint returns an image in a palette of at most 255 colours: all that it has, or those that suit it best, dithered in its calm
// parts. Of an image that is not opaque, another colour, the last, is transparent.
func Paint(m *image.NRGBA, colors int) *image.Paletted {
	c := canvas{most: min(max(colors, 1), maxColors)}
	return c.paint(m, m.Rect, false)
}

// A Writer writes an animation frame by frame.
type Writer struct {
	out    gif.GIF
	last   *image.NRGBA
	canvas canvas
}

// NewWriter returns a writer of an animation that is played so many times, for ever if that is 0.
func NewWriter(plays int) *Writer {
	w := &Writer{canvas: canvas{most: maxColors}}
	w.out.LoopCount = plays - 1
	if plays <= 1 {
		w.out.LoopCount = -plays
	}
	return w
}

// Add appends a frame and keeps it until the next call. All frames are of one size. Of a frame without transparency
// only those pixels are stored that differ from what is displayed.
func (w *Writer) Add(m *image.NRGBA, delay time.Duration) {
	part := m.Rect
	disposal := byte(gif.DisposalNone)
	switch {
	case w.last == nil:
		w.canvas.source, w.canvas.shown = image.NewNRGBA(m.Rect), image.NewNRGBA(m.Rect)
	case !m.Opaque():
		w.clearLast()
	case w.last.Opaque():
		part = difference(w.last, m)
	}
	if !m.Opaque() {
		disposal = gif.DisposalBackground
	}
	w.add(m, part, delay, disposal)
	w.last = m
}

// add appends a part of an image as a frame.
func (w *Writer) add(m *image.NRGBA, part image.Rectangle, delay time.Duration, disposal byte) {
	ticks := int((delay + tick/2) / tick)
	if ticks == 0 && delay > 0 {
		ticks = 1 // 0 would leave the delay to the browser
	}
	w.out.Image = append(w.out.Image, w.canvas.paint(m, part, w.stays()))
	w.out.Delay = append(w.out.Delay, ticks)
	w.out.Disposal = append(w.out.Disposal, disposal)
	if len(w.out.Image) == 1 {
		w.out.Config = image.Config{ColorModel: w.canvas.table, Width: m.Rect.Dx(), Height: m.Rect.Dy()}
	}
}

// stays reports whether the last frame stays on the canvas.
func (w *Writer) stays() bool {
	n := len(w.out.Disposal)
	return n > 0 && w.out.Disposal[n-1] == gif.DisposalNone
}

// clearLast makes the last frame leave nothing behind that would show through the transparent parts of the next.
func (w *Writer) clearLast() {
	if n := len(w.out.Image) - 1; w.stays() {
		w.out.Image[n] = w.canvas.paint(w.last, w.last.Rect, false)
		w.out.Disposal[n] = gif.DisposalBackground
	}
}

// Finish returns the file.
func (w *Writer) Finish() ([]byte, error) {
	if len(w.out.Image) == 0 {
		return nil, errors.New("gif: no frames")
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &w.out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// difference returns the smallest rectangle outside of which two images of one size are equal. It has at least one
// pixel, because a frame can't have fewer.
func difference(a, b *image.NRGBA) image.Rectangle {
	var d image.Rectangle
	for y := range b.Rect.Dy() {
		rowA, rowB := a.Pix[y*a.Stride:][:4*a.Rect.Dx()], b.Pix[y*b.Stride:][:4*b.Rect.Dx()]
		if bytes.Equal(rowA, rowB) {
			continue
		}
		from, to := 0, len(rowB)
		for rowA[from] == rowB[from] {
			from++
		}
		for rowA[to-1] == rowB[to-1] {
			to--
		}
		d = d.Union(image.Rect(from/4, y, (to+3)/4, y+1))
	}
	if d.Empty() {
		return image.Rect(0, 0, 1, 1)
	}
	return d
}
