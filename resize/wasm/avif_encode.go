//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"image/draw"

	"github.com/imgorigin/imgorigin/resize"
)

//go:embed modules/avif-encode.wasm.gz
var avifEncoderCode []byte

// avifEncoder is libavif with libaom. It exports
//
//	encode(pixels, width, height, *size, quality, qualityOfAlpha, speed, chroma)
//
// which returns the address of a file, or 0 for an error. The pixels are RGBA, premultiplied, of 8 bits, and are freed.
// The luma and chroma of the file are by BT.601, of full range, although it leaves open which they are.
var avifEncoder = newModule("libavif", avifEncoderCode)

// Kinds of chroma of libavif.
const (
	avif444 = 1
	avif420 = 3
	avif400 = 4
)

// sharpChroma is the quality from which chroma has full size. It is that of libvips.
const sharpChroma = 90

// The encoder and its quality are those of libvips, and so are its speeds; package vips says what those are worth. Here each
// takes about seven times as long, since WebAssembly has no vectors of 256 bits and these modules none at all. So thorough is
// speed 8: of photographs 800 pixels wide, an AVIF with the same quality takes 5 to 9 % fewer bytes than at speed 9 and looks
// a little better, for 3 to 4 times the time. Speed 6 takes 9 times the time of speed 9 for 4 % fewer bytes than at speed 8.
const (
	fastSpeed     = 9
	thoroughSpeed = 8
)

// encodeAVIF encodes an image that is not empty. Lossless has no effect.
func encodeAVIF(ctx context.Context, m image.Image, o resize.Encoding) ([]byte, error) {
	if m.Bounds().Empty() {
		return nil, errors.New("avif: encode an empty image")
	}
	file := avifFile{size: m.Bounds().Size(), icc: o.ICC}
	chroma := avif420
	if _, isGrey := m.(*image.Gray); isGrey {
		chroma = avif400
	} else if o.Quality >= sharpChroma {
		chroma = avif444
	}
	limit := encoderBytes + 3*resize.Codec{Format: resize.AVIF}.EncodingMemory(m, o)/2
	var err error
	if file.colours, err = encodeAV1(ctx, m, drawColours, chroma, o, limit); err != nil {
		return nil, err
	}
	if n, ok := m.(*image.NRGBA); ok && !n.Opaque() {
		alpha, err := encodeAV1(ctx, m, drawAlpha, avif400, o, limit)
		if err != nil {
			return nil, err
		}
		file.alpha = &alpha
	}
	return file.bytes(), nil
}

// encodeAV1 encodes the opaque image that fill draws of m, in an instance of its own.
func encodeAV1(
	ctx context.Context, m image.Image, fill func(dst *image.RGBA, m image.Image), chroma int, o resize.Encoding, limit int64,
) (av1Image, error) {
	i, err := avifEncoder.start(ctx, limit)
	if err != nil {
		return av1Image{}, err
	}
	defer i.close()
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	size, err := i.allocate(4)
	if err != nil {
		return av1Image{}, err
	}
	pixels, err := i.allocate(4 * int64(w) * int64(h))
	if err != nil {
		return av1Image{}, err
	}
	pix, err := i.bytes(pixels, 4*int64(w)*int64(h))
	if err != nil {
		return av1Image{}, err
	}
	fill(&image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}, m)
	quality, speed := o.Quality, fastSpeed
	if o.Thorough {
		speed = thoroughSpeed
	}
	at, err := i.call("encode", uint64(pixels), uint64(w), uint64(h), uint64(size), uint64(quality), uint64(quality),
		uint64(speed), uint64(chroma))
	if err == nil && (at == 0 || i.memory.refused) {
		err = i.failure(errors.New("can't encode the pixels"))
	}
	if err != nil {
		return av1Image{}, fmt.Errorf("avif: encode: %w", err)
	}
	n, err := i.numbers(size, 1)
	if err != nil {
		return av1Image{}, err
	}
	body, err := i.bytes(uint32(at), int64(n[0]))
	if err != nil {
		return av1Image{}, err
	}
	return readAV1(body)
}

// drawColours draws the colours of an image without their alpha.
func drawColours(dst *image.RGBA, m image.Image) {
	n, ok := m.(*image.NRGBA)
	if !ok {
		draw.Draw(dst, dst.Rect, m, m.Bounds().Min, draw.Src)
		return
	}
	for y := range n.Rect.Dy() {
		row := dst.Pix[y*dst.Stride:][:4*n.Rect.Dx()]
		copy(row, n.Pix[y*n.Stride:])
		for x := 3; x < len(row); x += 4 {
			row[x] = 0xff
		}
	}
}

// drawAlpha draws the alpha of an *image.NRGBA in grey.
func drawAlpha(dst *image.RGBA, m image.Image) {
	n := m.(*image.NRGBA)
	for y := range n.Rect.Dy() {
		from := n.Pix[y*n.Stride:][:4*n.Rect.Dx()]
		row := dst.Pix[y*dst.Stride:][:len(from)]
		for x := 0; x < len(row); x += 4 {
			a := from[x+3]
			row[x], row[x+1], row[x+2], row[x+3] = a, a, a, 0xff
		}
	}
}
