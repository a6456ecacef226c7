//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/webp/frame"
)

//go:embed modules/webp.wasm.gz
var webpCode []byte

// webpEncoder is libwebp. It exports
//
//	encode(pixels, width, height, *size, colours, quality, method, lossless, exact)
//
// which returns the address of a file, or 0 for an error. The pixels are RGBA that is not premultiplied, or planes of video levels: of
// luma, of chroma of half the size, and of alpha.
var webpEncoder = newModule("libwebp", webpCode)

// Colours of libwebp.
const (
	webpPlanes = 4 // WEBP_YUV420A
	webpRGBA   = 3 // anything else
)

// webpCopies is what the module holds of RGBA beyond what libwebp does in a process: the pixels, a copy of them, and the room
// that was too small for what grows, which it gives back to nobody. Bytes for a pixel.
const webpCopies = 10

// encodeWebP encodes an image as package webp does, with the same library: the files are the same except for soft alpha.
func encodeWebP(ctx context.Context, m image.Image, o resize.Encoding) ([]byte, error) {
	return encodeWebPBy(ctx, m, o, frame.Method)
}

func encodeWebPBy(ctx context.Context, m image.Image, o resize.Encoding, method func(resize.Encoding) int) ([]byte, error) {
	if o.Lossless {
		o.Quality = 100
	}
	size := m.Bounds().Size()
	if err := frame.CheckSize(size); err != nil {
		return nil, err
	}
	known := resize.Codec{Format: resize.WebP, Copies: webpCopies}.EncodingMemory(m, o)
	i, err := webpEncoder.start(ctx, encoderBytes+3*known/2)
	if err != nil {
		return nil, err
	}
	defer i.close()
	sizeAt, err := i.allocate(4)
	if err != nil {
		return nil, err
	}
	colours := uint64(webpRGBA)
	var from uint32
	if frame.TakesPlanes(m, o) {
		colours = webpPlanes
		from, err = i.placePlanes(m)
	} else {
		from, err = i.placeColours(m, o.Quality < 100)
	}
	if err != nil {
		return nil, err
	}
	quality, lossless := o.Quality, 0
	if quality == 100 {
		lossless, quality = 1, losslessEffort(method(o))
	}
	at, err := i.call("encode", uint64(from), uint64(size.X), uint64(size.Y), uint64(sizeAt), colours, uint64(quality),
		uint64(method(o)), uint64(lossless), 0)
	if err == nil && (at == 0 || i.memory.refused) {
		err = i.failure(errors.New("can't encode the pixels"))
	}
	if err != nil {
		return nil, fmt.Errorf("webp: encode: %w", err)
	}
	body, err := i.file(uint32(at), sizeAt)
	if err != nil {
		return nil, err
	}
	return frame.WithProfile(body, size.X, size.Y, o.ICC), nil
}

// losslessEffort returns what libwebp takes for the quality of an image without loss, by method: of those that its presets pair.
func losslessEffort(method int) int {
	if method <= 2 {
		return 25
	}
	return 50
}

// file returns a copy of what the module has written at an address, whose size is at another.
func (i *instance) file(at, sizeAt uint32) ([]byte, error) {
	n, err := i.numbers(sizeAt, 1)
	if err != nil {
		return nil, err
	}
	body, err := i.bytes(at, int64(n[0]))
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), body...), nil
}

// placePlanes copies the planes of an image into the memory of the module, with an alpha that is opaque.
func (i *instance) placePlanes(m image.Image) (at uint32, err error) {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	luma, chroma := int64(w)*int64(h), int64((w+1)/2)*int64((h+1)/2)
	if at, err = i.allocate(2 * (luma + chroma)); err != nil {
		return 0, err
	}
	pix, err := i.bytes(at, 2*(luma+chroma))
	if err != nil {
		return 0, err
	}
	frame.PlanesIn(pix, w, h).Set(m)
	for alpha := pix[luma+2*chroma:]; len(alpha) > 0; alpha = alpha[1:] {
		alpha[0] = 0xff
	}
	return at, nil
}

// placeColours copies an image in RGBA into the memory of the module. Alpha that will be lossy has levels as package webp gives it.
func (i *instance) placeColours(m image.Image, isLossy bool) (at uint32, err error) {
	n, err := frame.Colours(m)
	if err != nil {
		return 0, err
	}
	w, h := n.Rect.Dx(), n.Rect.Dy()
	if at, err = i.allocate(4 * int64(w) * int64(h)); err != nil {
		return 0, err
	}
	pix, err := i.bytes(at, 4*int64(w)*int64(h))
	if err != nil {
		return 0, err
	}
	for y := range h {
		copy(pix[4*y*w:][:4*w], n.Pix[y*n.Stride:])
	}
	for x := 3; isLossy && x < len(pix); x += 4 {
		pix[x] = frame.RoundAlpha(pix[x])
	}
	return at, nil
}

// animateWebP begins an animation, each of whose frames an instance of its own encodes.
func animateWebP(ctx context.Context, shows int, o resize.Encoding) resize.Animation {
	if o.Lossless {
		o.Quality = 100
	}
	return frame.NewFilm(shows, o, func(m *image.NRGBA, o resize.Encoding) ([]byte, error) {
		body, err := encodeWebPBy(ctx, m, o, frame.FilmMethod)
		if err != nil || o.Quality == 100 || !frame.HasFewColours(m) {
			return body, err
		}
		o.Lossless = true
		if exact, err := encodeWebPBy(ctx, m, o, frame.FilmMethod); err == nil && len(exact) < len(body) {
			return exact, nil
		}
		return body, nil
	})
}
