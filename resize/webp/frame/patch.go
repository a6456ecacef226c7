package frame

import (
	"bytes"
	"image"
)

// A patch is what is drawn over the frame before, to have the next.
type patch struct {
	image    *image.NRGBA // nil if nothing is new
	at       image.Point  // even, since a file has halves of the numbers
	replaces bool         // also with transparent pixels, through which the frame before would show otherwise
}

// block is the side of the blocks that a patch with loss leaves out: libwebp makes them flat, and they take hardly a bit.
const block = 8

// difference returns the patch that makes b of a, which have one size. Where the frame before may show through, the pixels that
// are equal are transparent: all of them without loss, and whole blocks otherwise, if they are most of the patch, since the
// outline takes bytes then.
func difference(a, b *image.NRGBA, isLossy bool) patch {
	part := changed(a, b)
	if part.Empty() {
		return patch{}
	}
	part.Min.X, part.Min.Y = part.Min.X&^1, part.Min.Y&^1
	p := patch{at: part.Min, image: image.NewNRGBA(image.Rectangle{Max: part.Size()})}
	equal := make([]bool, part.Dx()*part.Dy())
	for y := range part.Dy() {
		rowA, rowB := pixels(a, part, y), pixels(b, part, y)
		copy(p.image.Pix[y*p.image.Stride:], rowB)
		for x := range part.Dx() {
			pixelA, pixelB := rowA[4*x:4*x+4], rowB[4*x:4*x+4]
			switch {
			case isSame(pixelA, pixelB):
				equal[y*part.Dx()+x] = true
			case pixelB[3] != 0xff && pixelA[3] != 0:
				p.replaces = true
			}
		}
	}
	if p.replaces {
		return p
	}
	if !isLossy {
		p.leaveOut(equal, 1)
	} else if 2*wholeBlocks(equal, part.Dx()) > part.Dx()*part.Dy() {
		p.leaveOut(equal, block)
	}
	p.replaces = p.image.Opaque()
	return p
}

// changed returns the smallest rectangle outside of which two images are equal.
func changed(a, b *image.NRGBA) (part image.Rectangle) {
	whole := b.Rect.Sub(b.Rect.Min)
	for y := range whole.Dy() {
		rowA, rowB := pixels(a, whole, y), pixels(b, whole, y)
		if bytes.Equal(rowA, rowB) {
			continue
		}
		from, to := 0, whole.Dx()
		for from < to && isSame(rowA[4*from:4*from+4], rowB[4*from:4*from+4]) {
			from++
		}
		for from < to && isSame(rowA[4*to-4:4*to], rowB[4*to-4:4*to]) {
			to--
		}
		if from < to {
			part = part.Union(image.Rect(from, y, to, y+1))
		}
	}
	return part
}

// pixels returns a row of a part of an image, whose pixels are counted from its corner.
func pixels(m *image.NRGBA, part image.Rectangle, y int) []byte {
	return m.Pix[(part.Min.Y+y)*m.Stride+4*part.Min.X:][:4*part.Dx()]
}

// isSame reports whether two pixels look the same.
func isSame(a, b []byte) bool {
	return [4]byte(a) == [4]byte(b) || a[3] == 0 && b[3] == 0
}

// leaveOut makes blocks of side × side pixels transparent that are equal in both frames.
func (p patch) leaveOut(equal []bool, side int) {
	size := p.image.Rect.Size()
	for at := range blocks(equal, size.X, side) {
		for y := at.Min.Y; y < at.Max.Y; y++ {
			clear(p.image.Pix[y*p.image.Stride:][4*at.Min.X : 4*at.Max.X])
		}
	}
}

// wholeBlocks returns how many pixels are in blocks that are equal in both frames.
func wholeBlocks(equal []bool, width int) (n int) {
	for at := range blocks(equal, width, block) {
		n += at.Dx() * at.Dy()
	}
	return n
}

// blocks yields the blocks of side × side pixels, or what of them is inside, all of whose pixels are equal.
func blocks(equal []bool, width, side int) func(yield func(image.Rectangle) bool) {
	bounds := image.Rect(0, 0, width, len(equal)/width)
	return func(yield func(image.Rectangle) bool) {
		for y := 0; y < bounds.Max.Y; y += side {
			for x := 0; x < width; x += side {
				at := image.Rect(x, y, x+side, y+side).Intersect(bounds)
				if all(equal, width, at) && !yield(at) {
					return
				}
			}
		}
	}
}

func all(equal []bool, width int, at image.Rectangle) bool {
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for _, e := range equal[y*width:][at.Min.X:at.Max.X] {
			if !e {
				return false
			}
		}
	}
	return true
}
