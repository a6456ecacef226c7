package bmp

import "image"

// mostPixels is how many pixels a byte of run-length coding can stand for, at most, before a file is refused. A run of
// 255 pixels takes two bytes. What is left out takes none, but an image that consists of little else is not a picture.
const mostPixels = 1032

// runs decodes pixels in run-length coding. Those that it leaves out are transparent.
func (d *decoder) runs() (*image.NRGBA, error) {
	if int64(d.width)*int64(d.height) > mostPixels*int64(len(d.data)) {
		return nil, ErrShort
	}
	r := runReader{decoder: d, to: image.NewNRGBA(image.Rect(0, 0, d.width, d.height))}
	if err := r.read(); err != nil {
		return nil, err
	}
	return r.to, nil
}

// A runReader writes the pixels of runs from left to right, and never goes back: it takes time by the bytes and by the
// pixels.
type runReader struct {
	*decoder
	to   *image.NRGBA
	x, y int // of the next pixel; y is that of the row in the file
}

// read reads codes up to the end of the image. The code for it may be missing behind the last row.
func (r *runReader) read() error {
	for r.y < r.height {
		count, ok := r.next()
		if !ok {
			return r.ended()
		}
		if count > 0 {
			if !r.run(int(count)) {
				return r.ended()
			}
			continue
		}
		switch code, ok := r.next(); {
		case !ok:
			return r.ended()
		case code == 0: // the end of the row
			r.x, r.y = 0, r.y+1
		case code == 1: // the end of the image
			return nil
		case code == 2: // so many columns and rows further on
			right, _ := r.next()
			up, ok := r.next()
			if !ok {
				return r.ended()
			}
			r.x, r.y = r.x+int(right), r.y+int(up)
		case !r.literal(int(code)):
			return r.ended()
		}
	}
	return nil
}

// ended returns the error of a file that ends here.
func (r *runReader) ended() error {
	if r.y == r.height-1 && r.x >= r.width {
		return nil
	}
	return ErrShort
}

func (r *runReader) next() (byte, bool) {
	if len(r.data) == 0 {
		return 0, false
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b, true
}

// run writes a pixel, or two of 4 bits in turns, so many times.
func (r *runReader) run(count int) bool {
	pixel, ok := r.pixels(1)
	for i := 0; ok && i < count; i++ {
		r.put(pixel, i)
	}
	return ok
}

// literal writes so many pixels, which are padded to words of 16 bits.
func (r *runReader) literal(count int) bool {
	units := count
	if r.bits == 4 {
		units = (count + 1) / 2
	}
	pixels, ok := r.pixels(units)
	if !ok {
		return false
	}
	for i := range count {
		unit := i
		if r.bits == 4 {
			unit = i / 2
		}
		r.put(pixels[unit*r.unit():], i)
	}
	if units*r.unit()%2 == 1 {
		r.next() // which may be missing at the end
	}
	return true
}

// unit returns the bytes of a pixel, or of two pixels of 4 bits.
func (r *runReader) unit() int { return max(r.bits/8, 1) }

// pixels takes so many units of the data.
func (r *runReader) pixels(units int) ([]byte, bool) {
	n := units * r.unit()
	if n > len(r.data) {
		return nil, false
	}
	pixels := r.data[:n]
	r.data = r.data[n:]
	return pixels, true
}

// put writes the pixel at the beginning of b; i chooses one of two pixels of 4 bits. What leaves the row is dropped.
func (r *runReader) put(b []byte, i int) {
	x := r.x
	r.x++
	if x >= r.width {
		return
	}
	q := r.to.Pix[r.to.PixOffset(x, r.row(r.y)):][:4]
	if r.bits == 24 {
		q[0], q[1], q[2], q[3] = b[2], b[1], b[0], 255
		return
	}
	number := b[0]
	if r.bits == 4 {
		number = number >> (4 * (1 - i%2)) & 15
	}
	c := r.palette[number]
	q[0], q[1], q[2], q[3] = c.R, c.G, c.B, 255
}
