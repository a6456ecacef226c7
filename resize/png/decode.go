package png

import (
	"errors"
	"fmt"
	"io"

	"github.com/imgorigin/imgorigin/resize/png/inflate"
)

// Errors that a file can cause. The errors that match them say what is wrong with the file.
var (
	// ErrCorrupt is the error of a file that breaks the rules of the format, or ends early.
	ErrCorrupt = errors.New("png: corrupt")

	// ErrUnsupported is the error of a file of a kind that the format does not define.
	ErrUnsupported = errors.New("png: unsupported")
)

// A fault is an error that a file causes. Its text is what is wrong with the file. It matches the kind of error that it is, which
// callers name.
type fault struct {
	kind error
	what string
}

func (f *fault) Error() string { return "png: " + f.what }
func (f *fault) Unwrap() error { return f.kind }

func corrupt(format string, args ...any) error {
	return &fault{ErrCorrupt, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &fault{ErrUnsupported, fmt.Sprintf(format, args...)}
}

// A Raster is an image in planes: of grey alone; of red, green and blue; or of these and alpha, which they are not multiplied
// with. The sample in column x of row y is Planes[i][y*Width+x].
type Raster struct {
	Width, Height int
	Planes        [][]uint8
}

// Decode decodes a PNG file. Of samples of 16 bits it takes the upper 8. It does not retain src.
//
// A file that is damaged where browsers don't mind is decoded. Pixels count as whole if their own checksum, that of zlib, is
// right, or if it is cut off behind them and no checksum of a chunk of pixels is wrong. Other chunks with a wrong
// checksum are ignored, and so is what comes behind the pixels.
//
// Decode takes memory for the planes, for a few rows, and 150 KiB. A file that is too short for its pixels is refused
// before that.
func Decode(src []byte) (*Raster, error) {
	var d decoder
	if err := d.readChunks(partOf(src)); err != nil {
		return nil, err
	}
	return d.decode(stream{partOf(src), "IDAT"}, new(inflate.Reader))
}

// decode decodes the pixels of an image by a reader that may have been used before.
func (d *decoder) decode(pixels stream, from *inflate.Reader) (*Raster, error) {
	if err := d.checkSize(pixels.size()); err != nil {
		return nil, err
	}
	r := &Raster{Width: d.width, Height: d.height, Planes: make([][]uint8, d.planes())}
	for i := range r.Planes {
		r.Planes[i] = make([]uint8, d.width*d.height)
	}
	from.Reset(pixels.pieces())
	switch err := d.readPixels(from, r); {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, corrupt("it ends in its pixels")
	case err != nil:
		return nil, corrupt("pixels: %v", err)
	}
	switch sum, ok := from.StoredSum(); {
	case ok && sum != from.Sum():
		return nil, corrupt("a wrong checksum of the pixels")
	case !ok && !pixels.isRight():
		return nil, corrupt("a wrong checksum of a chunk of pixels")
	}
	return r, nil
}

// checkSize refuses an image whose compressed bytes can't hold its pixels: zlib packs no more than 1,032 bytes into one, a match of
// 258 bytes in two bits, while a file of a hundred bytes can claim any size.
func (d *decoder) checkSize(packed int) error {
	if float64(d.width)*float64(d.height)*float64(d.channels*d.depth)/8 > 1032*float64(packed) {
		return corrupt("%d bytes can't be %d × %d pixels", packed, d.width, d.height)
	}
	return nil
}

// A pass is a part of the pixels that is stored by itself: those from a column and a row on, in steps.
type pass struct{ x, y, stepX, stepY int }

var (
	wholeImage = []pass{{0, 0, 1, 1}}
	adam7      = []pass{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	}
)

// readPixels reads the pixels of all passes. It is an error if there are more.
func (d *decoder) readPixels(from io.Reader, to *Raster) error {
	passes := wholeImage
	if d.isInterlaced {
		passes = adam7
	}
	for _, p := range passes {
		if err := d.readPass(from, p, to); err != nil {
			return err
		}
	}
	switch _, err := io.ReadFull(from, make([]byte, 1)); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("more than the image has")
	default:
		return err
	}
}

// readPass reads a pass, row by row.
func (d *decoder) readPass(from io.Reader, p pass, to *Raster) error {
	w, h := (d.width-p.x+p.stepX-1)/p.stepX, (d.height-p.y+p.stepY-1)/p.stepY
	if w == 0 || h == 0 {
		return nil
	}
	n := d.rowBytes(w)
	buf := make([]byte, 1+n+n)
	number, row, above := buf[:1], buf[1:1+n], buf[1+n:]
	samples := make([][]uint8, len(to.Planes))
	for i := range samples {
		samples[i] = make([]uint8, w)
	}
	for y := range h {
		if _, err := io.ReadFull(from, number); err != nil {
			return err
		}
		if _, err := io.ReadFull(from, row); err != nil {
			return err
		}
		if !unfilter(int(number[0]), row, above, d.pixelBytes()) {
			return errors.New("an unknown filter")
		}
		d.unpack(samples, row)
		at := (p.y + y*p.stepY) * d.width
		for i, plane := range to.Planes {
			p.put(plane[at:at+d.width], samples[i])
		}
		row, above = above, row
	}
	return nil
}

// put puts the samples of a row of the pass in their columns.
func (p pass) put(row, samples []uint8) {
	if p.stepX == 1 {
		copy(row[p.x:], samples)
		return
	}
	for i, v := range samples {
		row[p.x+i*p.stepX] = v
	}
}
