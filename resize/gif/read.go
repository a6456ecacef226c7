// Package gif reads and writes GIFs, with package image/gif of the standard library underneath. It adds what that
// package leaves to its callers:
//
//	read    Decode, DecodeAll    what is displayed at each frame, instead of the parts that are in the file; files
//	                             that lack their end, or with frames that leave the canvas
//	write   Encode, Writer       images in 255 colours, and of a frame the pixels that have changed
//
// An image of at most 255 colours is written without loss. For others a palette is chosen by Wu's algorithm, which cuts
// the space of colours where that explains the most, and refined by Lloyd's. Errors are spread to neighbours only in
// calm parts, where bands would be visible; and a neighbour's colour is taken where it is hardly worse, since equal
// colours take few bytes.
//
// In an animation a pixel is painted again only if it changes by more than noise, so that what stands still does not
// flicker. A frame gets a palette of its own only if that of the frame before is worse.
package gif

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"
	"iter"
	"time"
)

// tick is the unit of time of a GIF.
const tick = 10 * time.Millisecond

// Decode decodes the first frame, on its canvas.
func Decode(src []byte) (image.Image, error) {
	file, whole, err := mended(src, false)
	if err != nil {
		return nil, err
	}
	m, err := gif.Decode(file)
	if err != nil {
		return nil, err
	}
	if m.Bounds() == whole {
		return m, nil
	}
	canvas := image.NewRGBA(whole)
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Over)
	return canvas, nil
}

// An Animation is a GIF that was decoded.
type Animation struct {
	file   *gif.GIF
	canvas image.Rectangle
}

// DecodeAll decodes all frames, of a file that has all of them.
func DecodeAll(src []byte) (*Animation, error) {
	file, canvas, err := mended(src, true)
	if err != nil {
		return nil, err
	}
	g, err := gif.DecodeAll(file)
	if err != nil {
		return nil, err
	}
	return &Animation{g, canvas}, nil
}

// Plays returns how many times the animation is played; 0 is for ever.
func (a *Animation) Plays() int {
	// The file counts repetitions: 0 is for ever, and −1 stands for none.
	if a.file.LoopCount <= 0 {
		return -a.file.LoopCount
	}
	return a.file.LoopCount + 1
}

// Frames yields what is displayed at each frame, and for how long. The image is valid until the next frame.
func (a *Animation) Frames() iter.Seq2[*image.RGBA, time.Duration] {
	return func(yield func(*image.RGBA, time.Duration) bool) {
		g := a.file
		canvas := image.NewRGBA(a.canvas) // as the frames before have left it
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
			if !yield(canvas, time.Duration(g.Delay[i])*tick) {
				return
			}
			switch disposal {
			case gif.DisposalBackground: // which browsers take for transparent
				draw.Draw(canvas, frame.Rect, image.Transparent, image.Point{}, draw.Src)
			case gif.DisposalPrevious:
				canvas = before
			}
		}
	}
}
