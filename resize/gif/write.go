package gif

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"time"
)

// A Writer writes an image, or an animation frame by frame.
type Writer struct {
	out  gif.GIF
	last *image.NRGBA
}

// NewWriter returns a writer of an animation that is played so many times, for ever if that is 0.
func NewWriter(plays int) *Writer {
	w := new(Writer)
	w.out.LoopCount = plays - 1
	if plays <= 1 {
		w.out.LoopCount = -plays
	}
	return w
}

// Add appends a frame and keeps it until the next call. All frames are of one size. Of a frame without transparency
// only the part is stored that differs from the frame before.
func (w *Writer) Add(m *image.NRGBA, delay time.Duration) {
	ticks := int((delay + tick/2) / tick)
	if ticks == 0 && delay > 0 {
		ticks = 1 // 0 would leave the delay to the browser
	}
	part := m.Rect
	disposal := byte(gif.DisposalNone)
	switch {
	case !m.Opaque():
		disposal = gif.DisposalBackground
		w.clearLast()
	case w.last != nil && w.last.Opaque():
		part = difference(w.last, m)
	}
	w.last = m
	w.out.Image = append(w.out.Image, quantized(m, part))
	w.out.Delay = append(w.out.Delay, ticks)
	w.out.Disposal = append(w.out.Disposal, disposal)
	w.out.Config = image.Config{Width: m.Rect.Dx(), Height: m.Rect.Dy()}
}

// clearLast makes the last frame leave nothing behind that would show through the transparent parts of the next.
func (w *Writer) clearLast() {
	if n := len(w.out.Image) - 1; n >= 0 && w.out.Disposal[n] == gif.DisposalNone {
		w.out.Image[n] = quantized(w.last, w.last.Rect)
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
