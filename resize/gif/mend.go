package gif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"slices"

	"github.com/imgorigin/imgorigin/resize/probe"
)

var (
	errEarly  = errors.New("gif: it ends before its last frame does")
	errBeyond = errors.New("gif: frames far beyond the canvas")
)

// mended returns a reader of a file that image/gif accepts, from a file that browsers show whole: it may lack the trailer, have
// extensions that are not known, which become comments, and frames may leave the canvas somewhat, whose size is made larger then.
// The caller clips them to the canvas that is returned. Only allFrames needs a file that has all of them.
func mended(src []byte, allFrames bool) (_ io.Reader, canvas image.Rectangle, err error) {
	if len(src) < headerBytes {
		return nil, canvas, errEarly
	}
	w := probe.WalkGIF(src)
	canvas = image.Rect(0, 0, w.Width, w.Height)
	if allFrames && !w.Whole {
		return nil, canvas, errEarly
	}
	if w.HasUnknown {
		src = slices.Clone(src)
		probe.CommentGIF(src)
	}
	right, bottom := max(w.Right, canvas.Max.X), max(w.Bottom, canvas.Max.Y)
	// A frame takes memory for all of its pixels, and the limits know those of the canvas only.
	const somewhat = 10_000 // pixels
	isBeyond := right > canvas.Max.X || bottom > canvas.Max.Y
	if isBeyond && (right > 0xffff || bottom > 0xffff || right*bottom > canvas.Dx()*canvas.Dy()*3/2+somewhat) {
		return nil, canvas, errBeyond
	}
	isClaimed := int(binary.LittleEndian.Uint16(src[6:])) == right && int(binary.LittleEndian.Uint16(src[8:])) == bottom
	if isClaimed && (!w.Whole || w.End < len(src) && src[w.End] == trailer) {
		return bytes.NewReader(src), canvas, nil
	}
	header := slices.Clone(src[:headerBytes])
	binary.LittleEndian.PutUint16(header[6:], uint16(right))
	binary.LittleEndian.PutUint16(header[8:], uint16(bottom))
	rest, end := src[headerBytes:], []byte(nil)
	if w.Whole {
		rest = src[headerBytes:min(w.End, len(src))]
		end = append(make([]byte, w.End-headerBytes-len(rest)), trailer)
	}
	return io.MultiReader(bytes.NewReader(header), bytes.NewReader(rest), bytes.NewReader(end)), canvas, nil
}

const (
	headerBytes = 13 // signature and the description of the canvas
	trailer     = 0x3b
)
