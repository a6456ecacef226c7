//go:build cgo

package webp

/*
#cgo LDFLAGS: -lm
#ifdef __linux__
#include <malloc.h>
#endif
#include "libwebp.h"

// returnMemory has malloc of glibc return blocks of 256 KiB and more to the system when they are freed. Otherwise it raises
// the size from which it does so to that of the largest block that was freed, up to 32 MiB, and keeps what is smaller
// in an arena of each thread: Go calls from any, so that a process kept the memory of several images.
static void returnMemory(void) {
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

// encode encodes a picture into out and frees the picture. ok is 0 if the pixels could not be imported. It returns 0,
// and the caller clears out; or a WebPEncodingError, or -1 where libwebp has set none. Its callers return -2 if
// libwebp has another ABI or does not take the settings.
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

// encodePlanes encodes 4:2:0 planes of video levels; the stride of u and v is the same.
static int encodePlanes(int quality, int method, int width, int height,
		uint8_t *y, uint8_t *u, uint8_t *v, int yStride, int uvStride, webp_memory *out) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_ABI_VERSION)) return -2;
	picture.width = width;
	picture.height = height;
	picture.y = y;
	picture.u = u;
	picture.v = v;
	picture.y_stride = yStride;
	picture.uv_stride = uvStride;
	return encode(&config, &picture, 1, out);
}

// encodeRGBA encodes RGBA, whose alpha is ignored if alpha is 0.
static int encodeRGBA(int quality, int method, int width, int height, const uint8_t *pix, int stride, int alpha,
		webp_memory *out) {
	webp_config config;
	webp_picture picture;
	if (!webpConfigure(&config, quality, method) || !WebPPictureInitInternal(&picture, ENCODER_ABI_VERSION)) return -2;
	picture.use_argb = config.lossless;
	picture.width = width;
	picture.height = height;
	int ok = alpha ? WebPPictureImportRGBA(&picture, pix, stride) : WebPPictureImportRGBX(&picture, pix, stride);
	if (ok && alpha && !config.lossless) roundAlpha(&picture);
	return encode(&config, &picture, ok, out);
}
*/
import "C"

import (
	"fmt"
	"image"
	"unsafe"

	_ "github.com/bep/gowebp/libwebp" // compiles and links libwebp

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/webp/frame"
)

// Codecs returns the codec that encodes WebP, with [Encode] and [Animate]. Built without cgo, it returns nil.
func Codecs() []resize.Codec {
	C.returnMemory()
	return []resize.Codec{{Format: resize.WebP, Name: "libwebp", Encode: Encode, Animate: Animate}}
}

// Encode encodes an *image.YCbCr of full range, an *image.Gray or an *image.NRGBA, of 1 to 16383 pixels in each
// direction: it is the Encode of a [resize.Codec]. Any other image is an error. The file is lossless with Lossless or a
// Quality of 100. Thorough takes five times as long for a smaller file, and twice as long without loss.
//
// Lossy WebP is 4:2:0. Planes of that subsampling, and grey, are encoded as they are; everything else goes through RGB.
func Encode(m image.Image, o resize.Encoding) ([]byte, error) {
	if o.Lossless {
		o.Quality = 100
	}
	size := m.Bounds().Size()
	if err := frame.CheckSize(size); err != nil {
		return nil, err
	}
	var out C.webp_memory
	var code C.int
	if frame.TakesPlanes(m, o) {
		p := frame.NewPlanes(size.X, size.Y)
		p.Set(m)
		code = C.encodePlanes(C.int(o.Quality), C.int(frame.Method(o)), C.int(p.W), C.int(p.H), (*C.uint8_t)(&p.Y[0]),
			(*C.uint8_t)(&p.U[0]), (*C.uint8_t)(&p.V[0]), C.int(p.W), C.int(p.ChromaW), &out)
	} else {
		n, err := frame.Colours(m)
		if err != nil {
			return nil, err
		}
		alpha := C.int(1)
		if n.Opaque() {
			alpha = 0
		}
		code = C.encodeRGBA(C.int(o.Quality), C.int(frame.Method(o)), C.int(size.X), C.int(size.Y),
			(*C.uint8_t)(&n.Pix[0]), C.int(n.Stride), alpha, &out)
	}
	if code != 0 {
		return nil, fmt.Errorf("webp: encode: libwebp error %d", int(code))
	}
	body := C.GoBytes(unsafe.Pointer(out.mem), C.int(out.size))
	C.WebPMemoryWriterClear(&out)
	return frame.WithProfile(body, size.X, size.Y, o.ICC), nil
}
