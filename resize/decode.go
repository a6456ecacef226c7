package resize

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
)

// decode returns the picture, or the first frame of an animation, as it is stored: neither turned nor converted.
// A decoder may give a smaller picture at no loss, as long as it keeps some margin above the demand's ratio.
func (e *Portable) decode(src []byte, h Header, want demand) (r *raster, err error) {
	if codec, ok := e.decodes[h.Format]; ok {
		d, err := codec.Decode(src, want.ratio)
		if err != nil {
			return nil, corrupt(err)
		}
		return d.raster(h)
	}
	switch h.Format {
	case JPEG:
		r, err = decodeJPEG(src, want, e.config.Lenient)
	case PNG:
		r, err = decodePNG(src, h)
	case GIF:
		r, err = decodeGIF(src)
	case WebP:
		r, err = decodeWebP(src)
	case BMP:
		r, err = decodeBMP(src, h)
	default:
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, h.Format)
	}
	if err != nil {
		return nil, corrupt(err)
	}
	return r, nil
}

// corrupt gives the errors of the decoders, whatever they are, the meaning that they all have.
func corrupt(err error) error {
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrTooLarge) {
		return err
	}
	_, isJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, isPNG := errors.AsType[png.UnsupportedError](err)
	if isJPEG || isPNG || errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

func decodeImage(decode func(io.Reader) (image.Image, error), src []byte) (*raster, error) {
	m, err := decode(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	return fromImage(m), nil
}

// decodePNG refuses a picture whose file can't hold its pixels before there is memory for them: zlib packs no more than
// 1,032 bytes into one (a match of 258 in two bits), and a stranger can claim any size in a hundred bytes.
func decodePNG(src []byte, h Header) (*raster, error) {
	depth, samples := int64(src[24]), map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[src[25]]
	if product(h.Width, h.Height)/8*depth*samples/1032 > int64(len(src)) {
		return nil, fmt.Errorf("%w: %d bytes can't be %d × %d pixels", ErrCorrupt, len(src), h.Width, h.Height)
	}
	r, err := decodeImage(png.Decode, src)
	if err != nil {
		return nil, err
	}
	r.icc = pngProfile(src)
	return r, nil
}

// decodeBMP refuses the same; nothing is packed there.
func decodeBMP(src []byte, h Header) (*raster, error) {
	bits := int64(1)
	if src[14] != 12 {
		bits = int64(src[28])
	}
	if product(h.Width, h.Height)/8*bits > int64(len(src)) {
		return nil, fmt.Errorf("%w: %d bytes can't be %d × %d pixels", ErrCorrupt, len(src), h.Width, h.Height)
	}
	return decodeImage(bmp.Decode, src)
}

// fromImage takes an image apart into planes. Those of YCbCr images are shared with it.
func fromImage(m image.Image) *raster {
	b := m.Bounds()
	r := &raster{w: b.Dx(), h: b.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		r.space, r.planes = ycc, yccPlanes(m)
	case *image.Gray:
		r.space = grey
		r.planes = []plane{{pix: m.Pix, stride: m.Stride, w: r.w, h: r.h, stepX: 1, stepY: 1}}
	case *image.Gray16:
		r.space, r.planes = grey, r.split(m.Pix, m.Stride, 2, 0)
	case *image.CMYK:
		r.space, r.planes = cmyk, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3)
	case *image.RGBA:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
	case *image.RGBA64:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
	case *image.NRGBA:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
		r.premultiply()
	case *image.NRGBA64:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
		r.premultiply()
	case *image.Paletted:
		r.space, r.planes, r.alpha = rgb, r.expand(m), true
	default:
		n := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
		draw.Draw(n, n.Bounds(), m, b.Min, draw.Src)
		return fromImage(n)
	}
	r.dropOpaque()
	return r
}

func yccPlanes(m *image.YCbCr) []plane {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	var stepX, stepY = 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		stepX = 2
	case image.YCbCrSubsampleRatio420:
		stepX, stepY = 2, 2
	case image.YCbCrSubsampleRatio440:
		stepY = 2
	case image.YCbCrSubsampleRatio411:
		stepX = 4
	case image.YCbCrSubsampleRatio410:
		stepX, stepY = 4, 2
	}
	cw, ch := (w+stepX-1)/stepX, (h+stepY-1)/stepY
	chroma := func(pix []uint8) plane {
		return plane{pix: pix, stride: m.CStride, w: cw, h: ch, stepX: float64(stepX), stepY: float64(stepY)}
	}
	return []plane{{pix: m.Y, stride: m.YStride, w: w, h: h, stepX: 1, stepY: 1}, chroma(m.Cb), chroma(m.Cr)}
}

// split copies channels, which lie at some offsets of pixels of so many bytes, into planes. Of 16 bits it takes
// the upper 8.
func (r *raster) split(pix []uint8, stride, bytes int, offsets ...int) []plane {
	planes := make([]plane, len(offsets))
	for i, offset := range offsets {
		planes[i] = newPlane(r.w, r.h)
		for y := range r.h {
			row := pix[y*stride+offset:]
			for x, out := 0, planes[i].row(y); x < len(out); x++ {
				out[x] = row[x*bytes]
			}
		}
	}
	return planes
}

// expand looks the colours of a palette up, multiplied by their alpha. Indexes past the palette show nothing.
func (r *raster) expand(m *image.Paletted) []plane {
	var table [4][256]uint8
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		red, green, blue, alpha := c.RGBA()
		table[0][i], table[1][i], table[2][i], table[3][i] = uint8(red>>8), uint8(green>>8), uint8(blue>>8), uint8(alpha>>8)
	}
	planes := make([]plane, len(table))
	for c := range planes {
		planes[c] = newPlane(r.w, r.h)
		for y := range r.h {
			row := m.Pix[y*m.Stride:]
			for x, out := 0, planes[c].row(y); x < len(out); x++ {
				out[x] = table[c][row[x]]
			}
		}
	}
	return planes
}

// premultiply multiplies the colours by alpha, so that transparent pixels have no say in what is made of them.
func (r *raster) premultiply() {
	alpha := r.planes[len(r.planes)-1]
	for _, p := range r.colors() {
		for y := range p.h {
			a := alpha.row(y)
			for x, v := range p.row(y) {
				if a[x] != 255 {
					p.pix[y*p.stride+x] = uint8((uint32(v)*uint32(a[x]) + 127) / 255)
				}
			}
		}
	}
}

// dropOpaque takes away an alpha that says nothing.
func (r *raster) dropOpaque() {
	if !r.alpha {
		return
	}
	if opaque(r.planes[len(r.planes)-1]) {
		r.planes, r.alpha = r.colors(), false
	}
}

func opaque(alpha plane) bool {
	for y := range alpha.h {
		for _, a := range alpha.row(y) {
			if a != 255 {
				return false
			}
		}
	}
	return true
}
