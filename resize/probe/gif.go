package probe

import "encoding/binary"

// firstFrameBytes is how much of a GIF is looked through for the beginning of its first frame.
const firstFrameBytes = 64 << 10

// GIF reads the size, and counts the frames that begin within src. If there is more before the first frame than firstFrameBytes, src
// may end anywhere behind that.
func GIF(src []byte) (Header, error) {
	h := initial()
	h.Paletted = true
	if len(src) < 13 {
		return h, ErrShort
	}
	w := WalkGIF(src)
	if w.Frames == 0 && w.isShort && len(src) < firstFrameBytes {
		return h, ErrShort
	}
	h.Width, h.Height = w.Width, w.Height
	isCounted := w.Whole && w.End < len(src) // else src may be the head of a file with more frames
	h.Frames, h.Counted, h.Animates = max(1, w.Frames), isCounted, !isCounted || w.Frames > 1
	return h, nil
}

// A GIFWalk is what a walk over the blocks of a GIF finds.
type GIFWalk struct {
	// Width and Height are the size of the canvas. It is larger than the file claims if the first frame leaves it: browsers enlarge it
	// then, and clip the other frames. Old GIFs claim nothing.
	Width, Height int

	Frames int // that begin within the file
	Right  int // edges of all frames together, pixels
	Bottom int

	// Whole reports that the blocks of all frames are there. End is the number of bytes up to their end, where the trailer
	// is. Browsers take any other byte that begins no block for the trailer, and the end of the file, too. There, the
	// byte that ends the last block may be missing: End is one more than the file has bytes then.
	Whole bool
	End   int

	HasUnknown bool // extensions that the specification does not have

	isShort bool // the file ends in a block
}

// WalkGIF walks over the blocks of a GIF (GIF89a, 17 to 27), which has at least the 13 bytes of the header. Extensions must
// have the lengths that image/gif takes for granted: where the two disagreed, frames could hide from the limits.
func WalkGIF(src []byte) GIFWalk { return walkGIF(src, func(int) {}) }

// CommentGIF turns the extensions that are not in the specification into comments, in place.
func CommentGIF(src []byte) {
	walkGIF(src, func(label int) { src[label] = gifComment })
}

const gifComment = 0xfe

// walkGIF calls unknown with the places of the labels of extensions that the specification does not have.
func walkGIF(src []byte, unknown func(label int)) (w GIFWalk) {
	w.Width, w.Height = int(binary.LittleEndian.Uint16(src[6:])), int(binary.LittleEndian.Uint16(src[8:]))
	at := 13 + colorTableBytes(src[10])
	for at < len(src) {
		switch src[at] {
		case 0x2c: // image descriptor
			if at+10 > len(src) {
				w.isShort = true
				return w
			}
			w.addFrame(src[at+1:])
			if w.Frames == 1 && at < firstFrameBytes {
				w.Width, w.Height = max(w.Width, w.Right), max(w.Height, w.Bottom)
			}
			at += 11 + colorTableBytes(src[at+9]) // with the byte that holds the size of the codes
		case 0x21: // extension
			if at+2 >= len(src) {
				w.isShort = true
				return w
			}
			switch isKnown, isRight := gifExtension(src[at+1], src[at+2]); {
			case !isKnown:
				w.HasUnknown = true
				unknown(at + 1)
			case !isRight:
				return w
			}
			at += 2
		default:
			w.Whole, w.End = w.Frames > 0, at
			return w
		}
		for at < len(src) && src[at] != 0 {
			at += 1 + int(src[at])
		}
		at++
	}
	w.Whole, w.End, w.isShort = w.Frames > 0 && at <= len(src)+1, at, true
	return w
}

// addFrame counts a frame by its image descriptor.
func (w *GIFWalk) addFrame(descriptor []byte) {
	field := func(i int) int { return int(binary.LittleEndian.Uint16(descriptor[2*i:])) }
	w.Frames++
	w.Right, w.Bottom = max(w.Right, field(0)+field(2)), max(w.Bottom, field(1)+field(3))
}

// gifExtension reports whether the label of an extension is one of the specification, and whether its first block has the length
// that belongs to the label.
func gifExtension(label, length byte) (isKnown, isRight bool) {
	switch label {
	case 0x01: // plain text
		return true, length == 12
	case 0xf9: // graphic control
		return true, length == 4
	case gifComment:
		return true, true
	case 0xff: // application
		return true, length != 0
	}
	return false, false
}

func colorTableBytes(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
