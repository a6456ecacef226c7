//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import "github.com/imgorigin/imgorigin/resize/probe"

// A view is an image, or a plane of it, in the memory of a module, from which it is copied as it is displayed: cropped,
// rotated and mirrored.
type view struct {
	pix        []byte
	w, h       int // pixels, as displayed
	at, dx, dy int // where the first pixel is in pix, and how far the next is away, and the next row; bytes
	channels   int
	wide       bool // samples of 16 bits, of which the lower byte is first
}

// displayed returns the view with the crop, the rotation and the mirroring of a picture, in this order.
func (v view) displayed(p probe.HEIFPicture) view {
	if c := p.Crop; !c.Empty() {
		v.at += c.Min.X*v.dx + c.Min.Y*v.dy
		v.w, v.h = c.Dx(), c.Dy()
	}
	for range p.Turns { // the right column becomes the first row
		v.at += (v.w - 1) * v.dx
		v.dx, v.dy = v.dy, -v.dx
		v.w, v.h = v.h, v.w
	}
	switch p.Mirror {
	case probe.TopBottom:
		v.at += (v.h - 1) * v.dy
		v.dy = -v.dy
	case probe.LeftRight:
		v.at += (v.w - 1) * v.dx
		v.dx = -v.dx
	}
	return v
}

// shrunk returns a copy whose pixels are the means of shrink × shrink pixels, or of as many as there are at the right
// and lower edges. Samples have 8 bits, and rows follow each other without padding.
func (v view) shrunk(shrink int) (pix []byte, w, h int) {
	w, h = (v.w+shrink-1)/shrink, (v.h+shrink-1)/shrink
	pix = make([]byte, w*h*v.channels)
	if shrink == 1 && !v.wide {
		v.copyTo(pix)
		return pix, w, h
	}
	sums := make([]uint32, w*v.channels)
	for y := range h {
		clear(sums)
		rows := min(shrink, v.h-y*shrink)
		for i := range rows {
			v.addRow(sums, y*shrink+i, shrink)
		}
		v.means(pix[y*len(sums):], sums, rows, shrink)
	}
	return pix, w, h
}

func (v view) copyTo(pix []byte) {
	for y := range v.h {
		row := pix[y*v.w*v.channels:][:v.w*v.channels]
		at := v.at + y*v.dy
		if v.dx == v.channels {
			copy(row, v.pix[at:])
			continue
		}
		for ; len(row) > 0; row = row[v.channels:] {
			copy(row[:v.channels], v.pix[at:])
			at += v.dx
		}
	}
}

// addRow adds the samples of a row to the sums that they belong to.
func (v view) addRow(sums []uint32, y, shrink int) {
	at := v.at + y*v.dy
	for x := 0; x < v.w; {
		sum := sums[x/shrink*v.channels:][:v.channels]
		for end := min(x+shrink, v.w); x < end; x++ {
			for c := range sum {
				if v.wide {
					sum[c] += uint32(v.pix[at+2*c]) | uint32(v.pix[at+2*c+1])<<8
				} else {
					sum[c] += uint32(v.pix[at+c])
				}
			}
			at += v.dx
		}
	}
}

// means divides the sums of rows of pixels.
func (v view) means(pix []byte, sums []uint32, rows, shrink int) {
	full := uint32(1)
	if v.wide {
		full = 257 // 65535 / 255
	}
	for x := range len(sums) / v.channels {
		n := uint32(rows*min(shrink, v.w-x*shrink)) * full
		for c := x * v.channels; c < (x+1)*v.channels; c++ {
			pix[c] = uint8((sums[c] + n/2) / n)
		}
	}
}
