//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

//go:embed modules/heic-decode.wasm.gz
var heicDecoderCode []byte

// heicDecoder is libheif with libde265. It exports
//
//	decode(file, size, headerOnly, *width, *height, *space, *chroma, *premultiplied, pixels)
//
// which returns 0 for an error. The pixels are those of the primary image as it is displayed, of 8 bits: planes one
// after another, without alpha; or RGBA.
var heicDecoder = newModule("libheif", heicDecoderCode)

// Colour spaces and kinds of chroma of libheif.
const (
	spaceYCbCr = 0
	spaceRGB   = 1
	spaceGrey  = 2

	chroma420 = 1
	chroma422 = 2
	chroma444 = 3
)

// decodeHEIC returns the primary image of a HEIC. Its alpha is a second image, which is decoded by itself.
func decodeHEIC(ctx context.Context, src []byte, ratio float64) (resize.Decoded, error) {
	picture, err := probe.ReadHEIFPicture(src)
	if err != nil {
		return resize.Decoded{}, err
	}
	shrink := shrinkFor(ratio)
	d := resize.Decoded{Shrink: shrink, ICC: picture.ICC}
	planes, err := heicPlanes(ctx, src, picture, shrink)
	if err != nil {
		return d, err
	}
	if picture.Alpha == 0 || planes.space == spaceRGB {
		d.Image, d.Limited = planes.image(picture)
		return d, nil
	}
	file, err := probe.WithHEIFPrimary(src, picture.Alpha)
	if err != nil {
		return d, err
	}
	of, err := probe.ReadHEIFPicture(file)
	if err != nil {
		return d, err
	}
	alpha, err := heicPlanes(ctx, file, of, shrink)
	if err != nil {
		return d, err
	}
	d.Image = planes.withAlpha(picture, alpha, !of.Full)
	return d, nil
}

// heicPlanes decodes the primary image in a memory of its own, and copies its planes, shrunk.
func heicPlanes(ctx context.Context, src []byte, picture probe.HEIFPicture, shrink int) (*planes, error) {
	limit, err := decodingLimit(src)
	if err != nil {
		return nil, err
	}
	i, err := heicDecoder.start(ctx, limit)
	if err != nil {
		return nil, err
	}
	defer i.close()
	views, p, err := i.heicPixels(src, picture)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		pix, w, h := v.shrunk(shrink)
		p.pix = append(p.pix, pix)
		if len(p.pix) == 1 {
			p.w, p.h = w, h
		}
	}
	return p, nil
}

// heicPixels decodes a file into the memory of the module, and returns its planes there.
func (i *instance) heicPixels(src []byte, picture probe.HEIFPicture) ([]view, *planes, error) {
	file, err := i.placeHEIC(src)
	if err != nil {
		return nil, nil, err
	}
	const width, height, space, chroma, premultiplied, all = 0, 4, 8, 12, 16, 20
	at, err := i.allocate(all)
	if err != nil {
		return nil, nil, err
	}
	decode := func(headerOnly uint64, pixels uint32) error {
		ok, err := i.call("decode", uint64(file), uint64(len(src)), headerOnly, uint64(at+width), uint64(at+height),
			uint64(at+space), uint64(at+chroma), uint64(at+premultiplied), uint64(pixels))
		if err == nil && ok == 0 {
			err = i.failure(errors.New("can't read the file"))
		}
		return err
	}
	if err := decode(1, 0); err != nil {
		return nil, nil, err
	}
	n, err := i.numbers(at, 5)
	if err != nil {
		return nil, nil, err
	}
	w, h := picture.Displayed()
	if distance(n[0], w) > 1 || distance(n[1], h) > 1 {
		return nil, nil, errSize(n[0], n[1], picture)
	}
	p := &planes{space: n[2], chroma: n[3], premultiplied: n[4] != 0}
	views, size, err := p.layout(n[0], n[1])
	if err != nil {
		return nil, nil, err
	}
	pixels, err := i.allocate(size)
	if err != nil {
		return nil, nil, err
	}
	if err := decode(0, pixels); err != nil {
		return nil, nil, err
	}
	pix, err := i.bytes(pixels, size)
	for k := range views {
		views[k].pix = pix
	}
	return views, p, err
}

// placeHEIC copies a file into the memory of the module. The copy claims to have full chroma: libheif converts all chroma
// to that, and would then reduce it again to what the file claims, which loses detail twice. With more than 8 bits it
// claims 4:2:0, because this second conversion is the one that reduces samples to 8 bits.
func (i *instance) placeHEIC(src []byte) (uint32, error) {
	at, file, err := i.placeHEIF(src)
	if err != nil {
		return 0, err
	}
	return at, probe.ClaimHEVCChroma(file)
}

func distance(a, b int) int { return max(a, b) - min(a, b) }

// layout returns where libheif puts the planes of w × h pixels, and how many bytes they take together.
func (p *planes) layout(w, h int) (views []view, size int64, err error) {
	add := func(w, h, channels int) {
		// libheif allocates rows of an even number of pixels, and at least 64, in multiples of 16 bytes.
		stride := (max((w+1)&^1, 64)*channels + 15) &^ 15
		views = append(views, view{w: w, h: h, at: int(size), dx: channels, dy: stride, channels: channels})
		size += int64(stride) * int64(h)
	}
	switch {
	case p.space == spaceGrey:
		add(w, h, 1)
	case p.space == spaceRGB:
		add(w, h, 4)
	case p.space == spaceYCbCr && p.chroma >= chroma420 && p.chroma <= chroma444:
		add(w, h, 1)
		cw, ch := w, h
		if p.chroma != chroma444 {
			cw = (w + 1) / 2
		}
		if p.chroma == chroma420 {
			ch = (h + 1) / 2
		}
		add(cw, ch, 1)
		add(cw, ch, 1)
	default:
		return nil, 0, fmt.Errorf("%w: samples of kind %d, %d", resize.ErrUnsupported, p.space, p.chroma)
	}
	return views, size, nil
}
