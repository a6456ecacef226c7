//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

//go:embed modules/avif-decode.wasm.gz
var avifDecoderCode []byte

// avifDecoder is libavif with libaom. It exports
//
//	decode(file, size, headerOnly, allFrames, *width, *height, *depth, *frames, *delays, pixels)
//
// which returns 0 for an error, except for one in the pixels: then it has not written to delays. The pixels are RGBA,
// premultiplied, of 8 bits, or of 16 if the file has more than 8.
var avifDecoder = newModule("libavif", avifDecoderCode)

// decodeAVIF returns the first frame of an AVIF.
func decodeAVIF(ctx context.Context, src []byte, ratio float64) (resize.Decoded, error) {
	picture, err := probe.ReadHEIFPicture(src)
	if err != nil {
		return resize.Decoded{}, err
	}
	limit, err := decodingLimit(src)
	if err != nil {
		return resize.Decoded{}, err
	}
	i, err := avifDecoder.start(ctx, limit)
	if err != nil {
		return resize.Decoded{}, err
	}
	defer i.close()
	v, err := i.avifPixels(src, picture)
	if err != nil {
		return resize.Decoded{}, err
	}
	shrink := shrinkFor(ratio)
	pix, w, h := v.displayed(picture).shrunk(shrink)
	m := &image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	return resize.Decoded{Image: m, Shrink: shrink, ICC: picture.ICC}, nil
}

// avifPixels decodes a file into the memory of the module.
func (i *instance) avifPixels(src []byte, picture probe.HEIFPicture) (v view, err error) {
	file, _, err := i.placeHEIF(src)
	if err != nil {
		return v, err
	}
	untouched := math.Float64bits(-1) // no frame has that delay
	const width, height, depth, frames, delays, all = 0, 4, 8, 12, 16, 24
	at, err := i.allocate(all)
	if err != nil {
		return v, err
	}
	if !i.module.Memory().WriteUint64Le(at+delays, untouched) {
		return v, errOutside
	}
	decode := func(headerOnly uint64, pixels uint32) error {
		ok, err := i.call("decode", uint64(file), uint64(len(src)), headerOnly, 0, uint64(at+width), uint64(at+height),
			uint64(at+depth), uint64(at+frames), uint64(at+delays), uint64(pixels))
		if err == nil && ok == 0 {
			err = i.failure(errors.New("can't read the file"))
		}
		return err
	}
	if err := decode(1, 0); err != nil {
		return v, err
	}
	n, err := i.numbers(at, 3)
	if err != nil {
		return v, err
	}
	if n[0] != picture.Width || n[1] != picture.Height {
		return v, errSize(n[0], n[1], picture)
	}
	v = view{w: n[0], h: n[1], channels: 4, wide: n[2] > 8, dx: 4}
	if v.wide {
		v.dx = 8
	}
	v.dy = v.w * v.dx
	pixels, err := i.allocate(int64(v.dy) * int64(v.h))
	if err != nil {
		return v, err
	}
	if err := decode(0, pixels); err != nil {
		return v, err
	}
	if delay, ok := i.module.Memory().ReadUint64Le(at + delays); !ok || delay == untouched {
		return v, i.failure(errors.New("can't decode the pixels"))
	}
	v.pix, err = i.bytes(pixels, int64(v.dy)*int64(v.h))
	return v, err
}

func errSize(w, h int, p probe.HEIFPicture) error {
	return fmt.Errorf("%w: %d × %d pixels, but the header has %d × %d", resize.ErrCorrupt, w, h, p.Width, p.Height)
}
