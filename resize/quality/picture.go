package quality

import "image"

// A Picture holds the luma and the chroma of an image as in JPEG (ITU-R BT.601, full range), 0…255; 128 means no colour. The
// planes of chroma may have half as many samples as Y either way.
type Picture struct{ Y, Cb, Cr Plane }

// Colour returns the luma and the chroma of m, with white behind transparent parts. The planes of an [image.YCbCr] are
// returned unchanged, unless four samples of luma in a row share a sample of chroma.
func Colour(m image.Image) Picture {
	if m, ok := m.(*image.YCbCr); ok {
		if stepX, stepY, ok := chromaSteps(m.SubsampleRatio); ok {
			return Picture{Luma(m), chroma(m, m.Cb, stepX, stepY), chroma(m, m.Cr, stepX, stepY)}
		}
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	p := Picture{newPlane(w, h), newPlane(w, h), newPlane(w, h)}
	rows(h, func(y int) {
		luma, cb, cr := p.Y.row(y), p.Cb.row(y), p.Cr.row(y)
		for x := range luma {
			r, g, b := overWhite(m, b.Min.X+x, b.Min.Y+y)
			luma[x] = 0.299*r + 0.587*g + 0.114*b
			cb[x] = 128 + (b-luma[x])/1.772
			cr[x] = 128 + (r-luma[x])/1.402
		}
	})
	return p
}

// chromaSteps returns how many samples of luma share a sample of chroma either way. It reports false if that is more than 2.
func chromaSteps(r image.YCbCrSubsampleRatio) (x, y int, ok bool) {
	switch r {
	case image.YCbCrSubsampleRatio444:
		return 1, 1, true
	case image.YCbCrSubsampleRatio422:
		return 2, 1, true
	case image.YCbCrSubsampleRatio440:
		return 1, 2, true
	case image.YCbCrSubsampleRatio420:
		return 2, 2, true
	}
	return 0, 0, false
}

// chroma returns a plane of chroma of m, whose samples are pix.
func chroma(m *image.YCbCr, pix []uint8, stepX, stepY int) Plane {
	b := m.Bounds()
	p := newPlane((b.Dx()+stepX-1)/stepX, (b.Dy()+stepY-1)/stepY)
	rows(p.H, func(y int) {
		row := p.row(y)
		from := pix[m.COffset(b.Min.X, b.Min.Y+y*stepY):]
		for x := range row {
			row[x] = float32(from[x])
		}
	})
	return p
}

// overWhite returns red, green and blue of a pixel, 0…255, with white behind it.
func overWhite(m image.Image, x, y int) (r, g, b float32) {
	if m, ok := m.(*image.NRGBA); ok {
		at := m.PixOffset(x, y)
		px := m.Pix[at : at+4 : at+4]
		alpha := float32(px[3]) / 255
		white := 255 * (1 - alpha)
		return alpha*float32(px[0]) + white, alpha*float32(px[1]) + white, alpha*float32(px[2]) + white
	}
	red, green, blue, alpha := m.At(x, y).RGBA() // premultiplied, of 16 bits
	white := 0xffff - alpha
	return float32(red+white) / 257, float32(green+white) / 257, float32(blue+white) / 257
}

// Reduce resamples all planes to w×h samples as the function [Reduce] does. A sample of chroma lies in the middle of the
// samples of luma that share it, as in JPEG.
func (p Picture) Reduce(w, h int) Picture {
	fit := func(c Plane) Plane {
		width, height := float64(p.Y.W), float64(p.Y.H)
		if c.W < p.Y.W {
			width /= 2
		}
		if c.H < p.Y.H {
			height /= 2
		}
		return resample(c, w, h, width, height)
	}
	return Picture{fit(p.Y), fit(p.Cb), fit(p.Cr)}
}

// doubled returns a plane with twice as many samples in each direction in which it has fewer than w and h. Samples are interpolated
// linearly, as libjpeg does, and so browsers; those at the edges stand for those beyond them.
func doubled(p Plane, w, h int) Plane {
	if p.W < w {
		wide := newPlane(w, p.H)
		rows(p.H, func(y int) {
			from, to := p.row(y), wide.row(y)
			for x := range to {
				near, far := neighbours(x, p.W)
				to[x] = 0.75*from[near] + 0.25*from[far]
			}
		})
		p = wide
	}
	if p.H < h {
		high := newPlane(w, h)
		rows(h, func(y int) {
			near, far := neighbours(y, p.H)
			upper, lower := p.row(near), p.row(far)
			for x := range high.row(y) {
				high.row(y)[x] = 0.75*upper[x] + 0.25*lower[x]
			}
		})
		p = high
	}
	return p
}

// neighbours returns which of n samples lie around the sample i of twice as many.
func neighbours(i, n int) (near, far int) {
	near = i / 2
	if i%2 == 0 {
		return near, max(near-1, 0)
	}
	return near, min(near+1, n-1)
}
