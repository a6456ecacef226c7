//go:build cgo

package webp

/*
#cgo LDFLAGS: -lm
#include "libwebp.h"

static int encode(const webp_config *config, webp_picture *picture, int ok, webp_memory *out) {
	WebPMemoryWriterInit(out);
	picture->writer = WebPMemoryWrite;
	picture->custom = out;
	ok = ok && WebPEncode(config, picture);
	int code = ok ? 0 : picture->error_code ? picture->error_code : -1;
	WebPPictureFree(picture);
	if (code) WebPMemoryWriterClear(out);
	return code;
}

static int encodePlanes(int quality, int method, int width, int height,
		uint8_t *y, uint8_t *u, uint8_t *v, int yStride, int uvStride, webp_memory *out) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_INTERFACE)) return -2;
	picture.width = width;
	picture.height = height;
	picture.y = y;
	picture.u = u;
	picture.v = v;
	picture.y_stride = yStride;
	picture.uv_stride = uvStride;
	return encode(&config, &picture, 1, out);
}

static int encodeRGBA(int quality, int method, int width, int height, const uint8_t *pix, int stride, int alpha,
		webp_memory *out) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_INTERFACE)) return -2;
	picture.use_argb = config.lossless;
	picture.width = width;
	picture.height = height;
	int ok = alpha ? WebPPictureImportRGBA(&picture, pix, stride) : WebPPictureImportRGBX(&picture, pix, stride);
	return encode(&config, &picture, ok, out);
}
*/
import "C"

import (
	"fmt"
	"image"
	"unsafe"

	_ "github.com/bep/gowebp/libwebp" // brings libwebp itself

	"github.com/imgorigin/imgorigin/resize"
)

// Codecs returns what this build can do: write WebP.
func Codecs() []resize.Codec {
	return []resize.Codec{{Format: resize.WebP, Encode: Encode, Animate: Animate}}
}

// maxSide is the largest side that WebP can tell.
const maxSide = 16383

// Effort of libwebp, 0 to 6. Two takes half the time of four, for some per cent more bytes.
const (
	onAMiss  = 2
	thorough = 4
)

func method(o resize.Encoding) C.int {
	if o.Thorough {
		return thorough
	}
	return onAMiss
}

// Encode writes a picture, see [resize.Codec].
func Encode(m image.Image, o resize.Encoding) ([]byte, error) {
	if o.Lossless {
		o.Quality = 100
	}
	size := m.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > maxSide || size.Y > maxSide {
		return nil, fmt.Errorf("webp: can't encode %d × %d", size.X, size.Y)
	}
	var out C.webp_memory
	var code C.int
	switch m := m.(type) {
	case *image.YCbCr:
		if o.Quality == 100 || m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			return Encode(toNRGBA(m), o)
		}
		p := newPlanes(size.X, size.Y)
		p.take(m.Y, m.YStride, m.Cb, m.Cr, m.CStride)
		code = p.encode(o, &out)
	case *image.Gray:
		if o.Quality == 100 {
			return Encode(toNRGBA(m), o)
		}
		p := newPlanes(size.X, size.Y)
		p.takeGrey(m)
		code = p.encode(o, &out)
	case *image.NRGBA:
		alpha := C.int(1)
		if m.Opaque() {
			alpha = 0
		}
		code = C.encodeRGBA(C.int(o.Quality), method(o), C.int(size.X), C.int(size.Y),
			(*C.uint8_t)(&m.Pix[0]), C.int(m.Stride), alpha, &out)
	default:
		return nil, fmt.Errorf("webp: a %T", m)
	}
	if code != 0 {
		return nil, fmt.Errorf("webp: libwebp says %d", int(code))
	}
	body := C.GoBytes(unsafe.Pointer(out.mem), C.int(out.size))
	C.WebPMemoryWriterClear(&out)
	return withProfile(body, size.X, size.Y, o.ICC), nil
}

func (p *planes) encode(o resize.Encoding, out *C.webp_memory) C.int {
	return C.encodePlanes(C.int(o.Quality), method(o), C.int(p.w), C.int(p.h),
		(*C.uint8_t)(&p.y[0]), (*C.uint8_t)(&p.u[0]), (*C.uint8_t)(&p.v[0]), C.int(p.w), C.int(p.chromaW), out)
}
