//go:build cgo

package webp

/*
#include "libwebp.h"

static webp_animation *newAnimation(int width, int height, int loops, int thorough) {
	webp_animation_options options;
	if (!WebPAnimEncoderOptionsInitInternal(&options, MUX_INTERFACE)) return NULL;
	options.loops = loops;
	options.minimize_size = thorough;
	return WebPAnimEncoderNewInternal(width, height, &options, MUX_INTERFACE);
}

static int addFrame(webp_animation *animation, int quality, int method, int width, int height, const uint8_t *pix,
		int stride, int milliseconds) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_INTERFACE)) return 0;
	picture.use_argb = 1;
	picture.width = width;
	picture.height = height;
	int ok = WebPPictureImportRGBA(&picture, pix, stride) &&
		WebPAnimEncoderAdd(animation, &picture, milliseconds, &config);
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
)

// Animate begins an animation, see [resize.Codec].
func Animate(shows int, o resize.Encoding) resize.Animation {
	if o.Lossless {
		o.Quality = 100
	}
	return &animation{shows: shows, encoding: o}
}

// An animation is one in the making. libwebp keeps its frames as they will be in the file.
type animation struct {
	shows    int
	encoding resize.Encoding
	size     image.Point
	at       int64 // milliseconds
	c        *C.webp_animation
}

// Add appends a frame.
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
	if C.addFrame(a.c, C.int(a.encoding.Quality), method(a.encoding), C.int(size.X), C.int(size.Y),
		(*C.uint8_t)(&m.Pix[0]), C.int(m.Stride), C.int(a.at)) == 0 {
		return errors.New("webp: a frame was not taken")
	}
	a.at += f.Delay.Milliseconds()
	return nil
}

func (a *animation) begin(size image.Point) error {
	slow := C.int(0)
	if a.encoding.Thorough {
		slow = 1
	}
	if size.X >= 1 && size.Y >= 1 && size.X <= maxSide && size.Y <= maxSide {
		a.c = C.newAnimation(C.int(size.X), C.int(size.Y), C.int(a.shows), slow)
	}
	if a.c == nil {
		return fmt.Errorf("webp: can't animate %d × %d", size.X, size.Y)
	}
	a.size = size
	return nil
}

// Finish returns the file.
func (a *animation) Finish() ([]byte, error) {
	if a.c == nil {
		return nil, errors.New("webp: no frames")
	}
	var out C.webp_data
	if C.WebPAnimEncoderAdd(a.c, nil, C.int(a.at), nil) == 0 || C.WebPAnimEncoderAssemble(a.c, &out) == 0 {
		return nil, errors.New("webp: the frames were not put together")
	}
	body := C.GoBytes(unsafe.Pointer(out.bytes), C.int(out.size))
	C.WebPFree(unsafe.Pointer(out.bytes))
	return withProfile(body, a.size.X, a.size.Y, a.encoding.ICC), nil
}

// Close frees the frames.
func (a *animation) Close() {
	if a.c != nil {
		C.WebPAnimEncoderDelete(a.c)
		a.c = nil
	}
}
