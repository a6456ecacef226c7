//go:build cgo

package webp

/*
#include "libwebp.h"

// newAnimation returns NULL if libwebp has another ABI, or does not take a size. Frames of few colours are encoded without loss too,
// and kept so if that is smaller, as it is of drawings.
static webp_animation *newAnimation(int width, int height, int loops, int minimizeSize) {
	webp_animation_options options;
	if (!WebPAnimEncoderOptionsInitInternal(&options, MUX_ABI_VERSION)) return NULL;
	options.loops = loops;
	options.minimize_size = minimizeSize;
	options.allow_mixed = 1;
	return WebPAnimEncoderNewInternal(width, height, &options, MUX_ABI_VERSION);
}

// addFrame adds a frame of RGBA that is shown from a time on. It returns 0 on an error.
static int addFrame(webp_animation *animation, int quality, int method, int width, int height, const uint8_t *pix,
		int stride, int startMilliseconds) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_ABI_VERSION)) return 0;
	picture.use_argb = 1;
	picture.width = width;
	picture.height = height;
	int ok = WebPPictureImportRGBA(&picture, pix, stride);
	if (ok && !config.lossless) roundAlpha(&picture);
	ok = ok && WebPAnimEncoderAdd(animation, &picture, startMilliseconds, &config);
	WebPPictureFree(&picture);
	return ok;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/webp/frame"
)

// Animate begins an animation that is shown a number of times, or for ever if that is 0: it is the Animate of a
// [resize.Codec]. The first frame decides on the size, 1 to 16383 pixels in each direction; Add returns an error for a
// frame of another size. Delays are rounded down to milliseconds.
//
// libwebp keeps the frames in memory, encoded, until Close frees them.
func Animate(shows int, o resize.Encoding) resize.Animation {
	if o.Lossless {
		o.Quality = 100
	}
	return &animation{shows: shows, encoding: o}
}

// An animation is an animation to which frames are added.
type animation struct {
	shows    int
	encoding resize.Encoding
	size     image.Point       // pixels
	end      int64             // of the last frame, milliseconds from the start
	c        *C.webp_animation // nil before the first frame, and after Close
	steady   frame.Steady
}

// Add encodes a frame. It does not retain the image.
func (a *animation) Add(f resize.Frame) error {
	m := f.Image
	size := m.Rect.Size()
	if a.c == nil {
		if err := a.begin(size); err != nil {
			return err
		}
	}
	if size != a.size {
		return fmt.Errorf("webp: a frame of %v in an animation of %v", size, a.size)
	}
	if a.encoding.Quality < 100 {
		m = a.steady.Next(m, a.encoding.Quality)
	}
	if C.addFrame(a.c, C.int(a.encoding.Quality), C.int(frame.FilmMethod(a.encoding)), C.int(size.X), C.int(size.Y),
		(*C.uint8_t)(&m.Pix[0]), C.int(m.Stride), C.int(a.end)) == 0 {
		return errors.New("webp: add a frame: libwebp refused it")
	}
	a.end += f.Delay.Milliseconds()
	return nil
}

// begin makes the encoder, for frames of a size.
func (a *animation) begin(size image.Point) error {
	minimizeSize := C.int(0)
	if a.encoding.Thorough {
		minimizeSize = 1
	}
	if size.X >= 1 && size.Y >= 1 && size.X <= frame.MaxSide && size.Y <= frame.MaxSide {
		a.c = C.newAnimation(C.int(size.X), C.int(size.Y), C.int(min(a.shows, frame.MaxShows)), minimizeSize)
	}
	if a.c == nil {
		return fmt.Errorf("webp: can't animate %d × %d", size.X, size.Y)
	}
	a.size = size
	return nil
}

// Finish returns the file. It is an error if there are no frames.
func (a *animation) Finish() ([]byte, error) {
	if a.c == nil {
		return nil, errors.New("webp: no frames")
	}
	var out C.webp_data
	// A frame of NULL ends the last one.
	if C.WebPAnimEncoderAdd(a.c, nil, C.int(a.end), nil) == 0 || C.WebPAnimEncoderAssemble(a.c, &out) == 0 {
		return nil, errors.New("webp: assemble the frames: libwebp has an error")
	}
	body := C.GoBytes(unsafe.Pointer(out.bytes), C.int(out.size))
	C.WebPFree(unsafe.Pointer(out.bytes))
	return frame.WithProfile(body, a.size.X, a.size.Y, a.encoding.ICC), nil
}

// Close frees the frames. It may be called more than once.
func (a *animation) Close() {
	if a.c != nil {
		C.WebPAnimEncoderDelete(a.c)
		a.c = nil
	}
}
