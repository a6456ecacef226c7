package resize

import (
	"errors"
	"fmt"
	stdpng "image/png"
	"io"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// decodePNG refuses an image whose file can't hold its pixels, before memory is taken for them: zlib packs no more than
// 1,032 bytes into one, a match of 258 bytes in two bits, while a file of a hundred bytes can claim any size.
func decodePNG(src []byte, h Header) (*raster, error) {
	depth, samples := int64(src[24]), map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[src[25]]
	if probe.Pixels(h.Width, h.Height)/8*depth*samples/1032 > int64(len(src)) {
		return nil, errFewBytes(src, h)
	}
	r, err := decodeImage(stdpng.Decode, src)
	if _, isUnsupported := errors.AsType[stdpng.UnsupportedError](err); err != nil && !isUnsupported {
		r, err = decodeDamagedPNG(src, err)
	}
	if err != nil {
		return nil, err
	}
	r.icc = probe.PNGProfile(src)
	return r, nil
}

// decodeDamagedPNG decodes a PNG that image/png refuses with an error, if all of its pixels are there, as browsers do. Else
// it returns that error.
func decodeDamagedPNG(src []byte, refused error) (*raster, error) {
	r, w := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if p := recover(); p != nil { // which the goroutine of the engine would not see
				w.CloseWithError(fmt.Errorf("panic: %v", p))
			}
		}()
		w.CloseWithError(png.Mend(w, src))
	}()
	defer func() {
		r.Close()
		<-ended // the bytes of src may be reused from now on
	}()
	m, err := stdpng.Decode(r)
	if err != nil {
		return nil, refused
	}
	return fromImage(m), nil
}
