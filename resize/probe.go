package resize

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// ErrHeaderLong says that a picture's size does not stand within the first [probeBytes] of it. It may be a good
// picture with much metadata: whoever has all of its bytes can tell.
var ErrHeaderLong = errors.New("picture's size not found at its beginning")

// probeBytes is how much of a picture Probe reads: enough for the EXIF, XMP and ICC segments that cameras and
// editors put first.
const probeBytes = 1 << 20

// A Header is what the first bytes of a picture claim of it. Nothing of it is to be believed before the picture
// is decoded, but for refusing it.
type Header struct {
	Format        Format
	Width, Height int  // as stored, pixels; of HEIC, AVIF and JXL, whose decoders turn them, as seen
	Orientation   int  // of EXIF: 1…8; 1 is upright
	Frames        int  // of an animation, as far as was seen; 1 for all others
	Progressive   bool // JPEG in several scans
	Channels      int  // as decoded: 1, 3 or 4; of TIFF up to 5
	Depth         int  // bits of a channel: 8 or 16; of TIFF up to 32

	lossless bool // WebP of the lossless kind
	cicp     cicp // colours, where they are named so
}

// Probe reads the beginning of a picture and tells what it claims to be. The error matches [ErrUnsupported] for
// what is not a picture, [ErrCorrupt] for one that contradicts itself, and [ErrHeaderLong]; errors of r come as
// they are.
func Probe(r io.Reader) (Header, error) {
	var head bytes.Buffer
	for want := int64(4 << 10); ; want *= 4 { // most sizes stand in the first block of a network read
		_, err := io.CopyN(&head, r, want-int64(head.Len()))
		if err != nil && !errors.Is(err, io.EOF) {
			return Header{}, err
		}
		h, probeErr := ProbeBytes(head.Bytes())
		switch {
		case !errors.Is(probeErr, errShort):
			return h, probeErr
		case errors.Is(err, io.EOF):
			return Header{}, fmt.Errorf("%w: it ends in its header", ErrCorrupt)
		case head.Len() >= probeBytes:
			return Header{}, ErrHeaderLong
		}
	}
}

// errShort says that a header goes on beyond the bytes at hand.
var errShort = errors.New("header goes on")

// ProbeBytes is [Probe] for the beginning of a picture, or all of it. Of one that is cut short in its header the
// error matches neither ErrUnsupported nor ErrCorrupt.
func ProbeBytes(src []byte) (Header, error) {
	h := Header{Format: Detect(src), Orientation: 1, Frames: 1, Channels: 4, Depth: 8}
	var err error
	switch h.Format {
	case JPEG:
		err = h.jpeg(src)
	case PNG:
		err = h.png(src)
	case GIF:
		err = h.gif(src)
	case WebP:
		err = h.webp(src)
	case BMP:
		err = h.bmp(src)
	case HEIC, AVIF:
		err = h.heif(src)
	case JXL:
		err = h.jxl(src)
	case TIFF:
		err = h.tiff(src)
	case "":
		return Header{}, fmt.Errorf("%w: not a format that is known", ErrUnsupported)
	}
	if err == nil && (h.Width < 1 || h.Height < 1) {
		err = fmt.Errorf("%w: %d × %d pixels", ErrCorrupt, h.Width, h.Height)
	}
	return h, err
}

// Displayed returns the size as it is seen, orientation applied.
func (h Header) Displayed() (width, height int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Check holds the picture to limits. The error matches [ErrTooLarge].
func (h Header) Check(l Limits) error {
	if n := product(h.Width, h.Height); n > l.WithDefaults().Pixels {
		return fmt.Errorf("%w: %d × %d pixels, more than %d", ErrTooLarge, h.Width, h.Height, l.WithDefaults().Pixels)
	}
	return nil
}

// Memory returns about how many bytes are held at most while variants of a picture of size bytes are made, one
// after another; a test holds it to what was measured. Transforms that do not fit the picture count for nothing.
func (h Header) Memory(size int64, l Limits, ts ...Transform) int64 {
	pixels := product(h.Width, h.Height)
	if pixels > (math.MaxInt64-size)/64 {
		return math.MaxInt64
	}
	held := size + pixels*h.pixelBytes()
	if h.Format == JPEG && h.Channels < 4 {
		held = size + h.jpegBytes(ts)
	}
	if h.Format == GIF { // one byte for each pixel of each frame, as far as frames are kept at all
		frames := size/minFrameBytes + 1
		most := max(l.WithDefaults().AnimationPixels, pixels)
		if frames < most/max(pixels, 1) {
			most = frames * pixels
		}
		if most > math.MaxInt64-held {
			return math.MaxInt64
		}
		held += most
	}
	var work int64
	for _, t := range ts {
		work = max(work, h.variantBytes(t))
	}
	if work > math.MaxInt64-held {
		return math.MaxInt64
	}
	return held + work
}

// pixelBytes is what a pixel of the original takes: what the decoder holds, then planes, then their halvings.
func (h Header) pixelBytes() int64 {
	switch decoded := int64(h.Channels * h.Depth / 8); {
	case h.Format == JPEG && h.Channels == 4:
		return 17 // planes, RGBA of YCCK, CMYK, and planes again
	case h.Format == HEIC || h.Format == AVIF: // planes, pixels, pixels at hand, and planes again
		return int64(2 + h.Channels*4*h.Depth/8)
	case h.Format == JXL: // floating point
		return 32
	case h.Format == TIFF:
		return 2*decoded + 10
	case h.Format == WebP && h.Channels == 4:
		return 14 // of a lossy one with alpha: planes, chroma of full size, an image, and planes again
	case h.Channels == 1:
		return decoded + 2
	default:
		return decoded + 4 + 2
	}
}

// reservedWidth is what a JPEG is taken to be decoded for, at least: who asks for less may be joined by who asks for
// that, and waits no longer for it.
const reservedWidth = 1280

// jpegBytes is what decoding a JPEG takes, at the scale that the widest of some transforms wants: planes, of which chroma
// of full size is the worst, a third for their halvings, and the coefficients of a progressive one that are kept.
func (h Header) jpegBytes(ts []Transform) int64 {
	w, _ := h.Displayed()
	ratio := min(h.demand(ts).ratio, float64(w)/reservedWidth)
	n := int64(jpeg.ScaleFor(ratio, decodeMargin))
	const fill = 32 // of an MCU that the picture ends in
	blocks := (product(h.Width, h.Height) + fill*int64(h.Width+h.Height+fill)) / 64
	held := blocks * n * n * 4 / 3
	if h.Progressive {
		held += blocks * (2*min(2*n*n, 64) + 8)
	}
	return int64(h.Channels) * held
}

// variantBytes is what making one variant takes: planes, an image, what the encoder makes of it, and a canvas.
func (h Header) variantBytes(t Transform) int64 {
	w, ht := h.Displayed()
	plan, err := PlanFor(t, w, ht, nil)
	if err != nil {
		return 0
	}
	n := 9 * product(plan.Size.X, plan.Size.Y)
	if t.Fit == Fill { // sides that shrink unequally keep many rows at hand, see packedRows
		n += 6 * product(w, ht)
	}
	if plan.Canvas != plan.Size {
		n += 6 * product(plan.Canvas.X, plan.Canvas.Y)
	}
	return n
}

// minFrameBytes is less than any frame of a GIF takes.
const minFrameBytes = 16

// product multiplies two sides that a stranger claims.
func product(w, h int) int64 {
	if w < 0 || h < 0 || w != 0 && int64(h) > math.MaxInt64/int64(w) {
		return math.MaxInt64
	}
	return int64(w) * int64(h)
}
