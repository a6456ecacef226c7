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
	w.add(m, m.Rect, m.Rect, 0)
	w.out.Config.ColorModel = w.out.Image[0].Palette
	return w.Finish()
}

// Paint returns an image in a palette of at most 255 colours: all that it has, or those that suit it best, dithered in its calm
// parts. Of an image that is not opaque, another colour, the last, is transparent.
func Paint(m *image.NRGBA, colors int) *image.Paletted {
	c := canvas{most: min(max(colors, 1), maxColors)}
	return c.paint(m, m.Rect, m.Rect)
}

// A Writer writes an animation frame by frame.
type Writer struct {
	out     gif.GIF
	last    *image.NRGBA
	canvas  canvas
	isClear bool // the first frame has transparent pixels
}

// NewWriter returns a writer of an animation that is played so many times, for ever if that is 0.
func NewWriter(plays int) *Writer { return NewPainter(plays, maxColors) }

// NewPainter returns a writer like NewWriter, each of whose palettes has at most so many colours, see [Paint].
func NewPainter(plays, colors int) *Writer {
	w := &Writer{canvas: canvas{most: min(max(colors, 1), maxColors)}}
	w.out.LoopCount = plays - 1
	if plays <= 1 {
		w.out.LoopCount = -plays
	}
	return w
}

// Add appends a frame and keeps it until the next call. All frames are of one size. Only those pixels are stored that differ from
// what is displayed. Where something becomes transparent, the frame before is cleared, since nothing else can.
func (w *Writer) Add(m *image.NRGBA, delay time.Duration) {
	if w.last == nil {
		w.canvas.source, w.canvas.shown = image.NewNRGBA(m.Rect), image.NewNRGBA(m.Rect)
		w.add(m, m.Rect, m.Rect, delay)
		w.last, w.isClear = m, !m.Opaque()
		return
	}
	var cleared image.Rectangle
	if vanished := w.canvas.vanished(m); !vanished.Empty() {
		cleared = w.clearLast(vanished)
	}
	w.add(m, difference(w.last, m).Union(cleared), cleared, delay)
	w.last = m
}

// add appends a part of an image as a frame, before which another part, or all, is cleared.
func (w *Writer) add(m *image.NRGBA, part, cleared image.Rectangle, delay time.Duration) {
	ticks := int((delay + tick/2) / tick)
	if ticks == 0 && delay > 0 {
		ticks = 1 // 0 would leave the delay to the browser
	}
	w.out.Image = append(w.out.Image, w.canvas.paint(m, part, cleared))
	w.out.Delay = append(w.out.Delay, ticks)
	w.out.Disposal = append(w.out.Disposal, gif.DisposalNone)
	if len(w.out.Image) == 1 {
		w.out.Config = image.Config{ColorModel: w.canvas.table, Width: m.Rect.Dx(), Height: m.Rect.Dy()}
	}
}

// clearLast makes the last frame clear its rectangle, which grows to hold another, before the next frame. It returns that
// rectangle.
func (w *Writer) clearLast(part image.Rectangle) image.Rectangle {
	n := len(w.out.Image) - 1
	frame := w.out.Image[n]
	w.out.Disposal[n] = gif.DisposalBackground
	if part.In(frame.Rect) {
		return frame.Rect
	}
	larger := image.NewPaletted(frame.Rect.Union(part), w.canvas.table)
	for i := range larger.Pix {
		larger.Pix[i] = w.canvas.palette.transparent()
	}
	for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
		from := frame.PixOffset(frame.Rect.Min.X, y)
		copy(larger.Pix[larger.PixOffset(frame.Rect.Min.X, y):], frame.Pix[from:from+frame.Rect.Dx()])
	}
	w.out.Image[n] = larger
	return larger.Rect
}

// Displayed returns what is displayed after the last frame. Each pixel is opaque, or transparent and zero.
func (w *Writer) Displayed() *image.NRGBA {
	m := image.NewNRGBA(w.canvas.shown.Rect)
	for i := 0; i < len(m.Pix); i += 4 {
		if shown := w.canvas.shown.Pix[i : i+4]; shown[3] != 0 {
			copy(m.Pix[i:], shown)
		}
	}
	return m
}

// Finish returns the file.
func (w *Writer) Finish() ([]byte, error) {
	if len(w.out.Image) == 0 {
		return nil, errors.New("gif: no frames")
	}
	if w.last != nil && w.isClear {
		w.clearLast(w.last.Rect) // a player need not clear the canvas before it plays the animation again
	}
	body, err := encodeAll(&w.out)
	if shared := withOnePalette(&w.out); err == nil && shared != nil {
		if other, err := encodeAll(shared); err == nil && len(other) < len(body) {
			return other, nil
		}
	}
	return body, err
}

func encodeAll(g *gif.GIF) ([]byte, error) {
	var b bytes.Buffer
	err := gif.EncodeAll(&b, g)
	return b.Bytes(), err
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
