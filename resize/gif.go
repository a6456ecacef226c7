package resize

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"time"
)

// decodeGIF decodes the first frame onto its canvas.
func decodeGIF(src []byte) (*raster, error) {
	size, err := gif.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	m, err := gif.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	whole := image.Rect(0, 0, size.Width, size.Height)
	if m.Bounds() == whole {
		return fromImage(m), nil
	}
	canvas := image.NewRGBA(whole)
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Over)
	return fromImage(canvas), nil
}

// decodeGIFAnimation reads all frames, to draw them one after another.
func decodeGIFAnimation(src []byte) (*animation, error) {
	if _, whole := gifFrames(src); !whole {
		return nil, fmt.Errorf("%w: no trailer behind the frames", ErrCorrupt)
	}
	g, err := gif.DecodeAll(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	shows := g.LoopCount + 1 // it counts repetitions, 0 is for ever and −1 is once
	if g.LoopCount <= 0 {
		shows = -g.LoopCount
	}
	return &animation{shows: shows, frames: gifFilm{g}.frames}, nil
}

// A gifFilm draws frames on a canvas.
type gifFilm struct{ *gif.GIF }

func (g gifFilm) frames(yield func(r *raster, delay time.Duration) bool) {
	canvas := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height)) // as frames before left it
	var before *image.RGBA
	for i, frame := range g.Image {
		disposal := byte(gif.DisposalNone)
		if i < len(g.Disposal) {
			disposal = g.Disposal[i]
		}
		if disposal == gif.DisposalPrevious {
			before = &image.RGBA{Pix: bytes.Clone(canvas.Pix), Stride: canvas.Stride, Rect: canvas.Rect}
		}
		draw.Draw(canvas, frame.Rect, frame, frame.Rect.Min, draw.Over)
		if !yield(fromImage(canvas), time.Duration(g.Delay[i])*gifTick) {
			return
		}
		switch disposal {
		case gif.DisposalBackground: // which browsers take to be transparent
			draw.Draw(canvas, frame.Rect, image.Transparent, image.Point{}, draw.Src)
		case gif.DisposalPrevious:
			canvas = before
		}
	}
}

// gifTick is what GIF counts time in.
const gifTick = 10 * time.Millisecond

// A gifWriter puts finished frames together.
type gifWriter struct {
	out  gif.GIF
	last *image.NRGBA
}

func newGIFFilm(shows int) *gifWriter {
	w := new(gifWriter)
	w.out.LoopCount = shows - 1
	if shows <= 1 {
		w.out.LoopCount = -shows
	}
	return w
}

func (w *gifWriter) add(p *pyramid, t Transform, delay time.Duration) error {
	ticks := int((delay + gifTick/2) / gifTick)
	if ticks == 0 && delay > 0 {
		ticks = 1 // none would mean as fast as it pleases the browser
	}
	w.addImage(p.frame(t), ticks)
	return nil
}

func (w *gifWriter) close() {}

// addImage appends a frame that is shown for some hundredths of a second. Of a frame without transparency only what
// differs from the one before is kept.
func (w *gifWriter) addImage(m *image.NRGBA, delay int) {
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
	w.out.Delay = append(w.out.Delay, delay)
	w.out.Disposal = append(w.out.Disposal, disposal)
	w.out.Config = image.Config{Width: m.Rect.Dx(), Height: m.Rect.Dy()}
}

// clearLast makes the last frame leave nothing behind for the next, which has transparent parts, to show.
func (w *gifWriter) clearLast() {
	if n := len(w.out.Image) - 1; n >= 0 && w.out.Disposal[n] == gif.DisposalNone {
		w.out.Image[n] = quantized(w.last, w.last.Rect)
		w.out.Disposal[n] = gif.DisposalBackground
	}
}

// finish writes the animation.
func (w *gifWriter) finish() ([]byte, error) {
	if len(w.out.Image) == 0 {
		return nil, errors.New("gif: no frames")
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &w.out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// difference returns the smallest rectangle outside of which two pictures of one size are equal; a frame has at
// least one pixel.
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
