package resize

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// ErrHeaderLong means that the size of an image is not within the first MiB of its file. It may be a good image with
// much metadata; [ProbeBytes] finds the size in the whole file.
var ErrHeaderLong = errors.New("image's size not found at its beginning")

// probeBytes is how much of a file Probe reads: enough for the EXIF, XMP and ICC segments that cameras and editors put
// first.
const probeBytes = 1 << 20

// A Header is what the first bytes of a file claim about an image. An image can be refused because of it, but
// nothing else may rely on it before the image is decoded.
type Header struct {
	Format        Format
	Width, Height int  // as stored, pixels; of HEIC, AVIF and JXL, whose decoders apply the orientation, as displayed; of SVG as drawn
	Orientation   int  // of EXIF: 1…8; 1 is upright
	Frames        int  // of an animation, as many as begin within the bytes that were read, or as a PNG claims; else 1
	Progressive   bool // a JPEG in several scans
	Channels      int  // as decoded: 1, 3 or 4
	Depth         int  // bits of a channel: 8 or 16; of TIFF up to 32
	Quality       int  // of a JPEG as libjpeg counts it, of a WebP as libwebp, of an AVIF as libvips; 0 where it is not known

	// What else memory depends on, see probe.Header.
	samples                     float64
	whole                       int64
	converts, animates, counted bool
	lossless                    bool              // a WebP of the lossless kind, or a TIFF
	paletted                    bool              // a GIF, or a PNG with a palette
	colours                     colour.CodePoints // of a file that names its colours by them
	natural                     Size              // of an SVG, the size that it claims
	packed                      bool              // an SVG that is compressed
}

// Probe reads the beginning of a file and returns what it claims about the image. The error matches [ErrUnsupported]
// for a file that is not an image, [ErrCorrupt] for a header that contradicts itself, and [ErrHeaderLong]. Errors of r
// are returned as they are.
func Probe(r io.Reader) (Header, error) {
	var head bytes.Buffer
	for want := int64(4 << 10); ; want *= 4 { // most headers fit the first block of a network read
		_, err := io.CopyN(&head, r, want-int64(head.Len()))
		if err != nil && !errors.Is(err, io.EOF) {
			return Header{}, err
		}
		h, probeErr := ProbeBytes(head.Bytes())
		switch {
		case !errors.Is(probeErr, probe.ErrShort):
			return h, probeErr
		case errors.Is(err, io.EOF):
			return Header{}, fmt.Errorf("%w: %s: it ends in its header", ErrCorrupt, h.Format)
		case head.Len() >= probeBytes:
			return Header{}, ErrHeaderLong
		}
	}
}

// ProbeBytes is like [Probe] for the beginning of a file, or all of it. If src ends within the header, the error
// matches neither ErrUnsupported nor ErrCorrupt.
func ProbeBytes(src []byte) (Header, error) {
	f := Detect(src)
	if f == "" {
		return Header{}, fmt.Errorf("%w: unknown format", ErrUnsupported)
	}
	p, err := f.row().probe(src)
	if err == nil && (p.Width < 1 || p.Height < 1) {
		err = fmt.Errorf("%w: %s: %d × %d pixels", ErrCorrupt, f, p.Width, p.Height)
	}
	h := Header{
		Format: f, Width: p.Width, Height: p.Height, Orientation: p.Orientation, Frames: p.Frames,
		Progressive: p.Progressive, Channels: p.Channels, Depth: p.Depth, Quality: p.Quality, lossless: p.Lossless, paletted: p.Paletted, colours: p.Colours,
		samples: p.Samples, whole: p.Whole, converts: p.Converts, animates: p.Animates, counted: p.Counted,
		packed: p.Packed,
	}
	if f == SVG && err == nil {
		h.draw(p.Ratio)
	}
	return h, err
}

// Displayed returns the size as the image is displayed, with its orientation applied.
func (h Header) Displayed() (width, height int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Check returns an error that matches [ErrTooLarge] if the image is over the limits.
func (h Header) Check(l Limits) error {
	if limit := l.WithDefaults().Pixels; probe.Pixels(h.Width, h.Height) > limit {
		return fmt.Errorf("%w: %d × %d pixels, more than %d", ErrTooLarge, h.Width, h.Height, limit)
	}
	return nil
}
