package gif

import (
	"encoding/binary"
	"errors"
	"image"
	"slices"

	"github.com/imgorigin/imgorigin/resize/probe"
)

var (
	errEarly  = errors.New("gif: it ends before its last frame does")
	errBeyond = errors.New("gif: frames far beyond the canvas")
)

// mended returns a file that image/gif accepts, from one that browsers show whole: it may lack the trailer, and frames
// may leave the canvas somewhat, whose size is made larger then. The caller clips them. Only allFrames needs a file that has
// all of them.
func mended(src []byte, canvas image.Rectangle, allFrames bool) ([]byte, error) {
	w := probe.WalkGIF(src)
	if allFrames && !w.Whole {
		return nil, errEarly
	}
	if w.Whole && (w.End >= len(src) || src[w.End] != trailer) {
		src = slices.Clip(src[:min(w.End, len(src))])
		if w.End > len(src) {
			src = append(src, 0)
		}
		src = append(src, trailer)
	}
	right, bottom := max(w.Right, canvas.Max.X), max(w.Bottom, canvas.Max.Y)
	if right == canvas.Max.X && bottom == canvas.Max.Y {
		return src, nil
	}
	// A frame takes memory for all of its pixels, and the limits know those of the canvas only.
	const somewhat = 10_000 // pixels
	if right > 0xffff || bottom > 0xffff || right*bottom > canvas.Dx()*canvas.Dy()*3/2+somewhat {
		return nil, errBeyond
	}
	src = slices.Clone(src)
	binary.LittleEndian.PutUint16(src[6:], uint16(right))
	binary.LittleEndian.PutUint16(src[8:], uint16(bottom))
	return src, nil
}

const trailer = 0x3b
