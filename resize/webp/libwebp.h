// The part of libwebp's interface that is used here. Layouts are those of webp/encode.h with WEBP_ENCODER_ABI_VERSION
// 2.15, webp/mux.h with WEBP_MUX_ABI_VERSION 1.9, and webp/decode.h with WEBP_DECODER_ABI_VERSION 2.9, as in libwebp 1.4.
// The functions that take a version fail if the major number of libwebp's is another.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define ENCODER_ABI_VERSION 0x020f
#define MUX_ABI_VERSION 0x0109
#define DECODER_ABI_VERSION 0x0209

typedef struct {
	int lossless;
	float quality;
	int method;
	int image_hint;
	int target_size;
	float target_psnr;
	int segments, sns_strength;
	int filter_strength, filter_sharpness, filter_type, autofilter;
	int alpha_compression, alpha_filtering, alpha_quality;
	int pass, show_compressed, preprocessing, partitions, partition_limit;
	int emulate_jpeg_size, thread_level, low_memory, near_lossless, exact;
	int use_delta_palette, use_sharp_yuv;
	int qmin, qmax;
} webp_config;

typedef struct {
	uint8_t *mem;
	size_t size, max_size;
	uint32_t pad[1];
} webp_memory;

typedef struct webp_picture webp_picture;
struct webp_picture {
	int use_argb;
	int colorspace;
	int width, height;
	uint8_t *y, *u, *v;
	int y_stride, uv_stride;
	uint8_t *a;
	int a_stride;
	uint32_t pad1[2];
	uint32_t *argb;
	int argb_stride;
	uint32_t pad2[3];
	int (*writer)(const uint8_t *, size_t, const webp_picture *);
	void *custom;
	int extra_info_type;
	uint8_t *extra_info;
	void *stats;
	int error_code;
	void *progress;
	void *user_data;
	uint32_t pad3[3];
	uint8_t *pad4, *pad5;
	uint32_t pad6[8];
	void *memory, *memory_argb;
	void *pad7[2];
};

typedef struct {
	uint32_t background;
	int loops;
	int minimize_size;
	int kmin, kmax;
	int allow_mixed, verbose;
	uint32_t padding[4];
} webp_animation_options;

typedef struct {
	const uint8_t *bytes;
	size_t size;
} webp_data;

int WebPConfigInitInternal(webp_config *, int preset, float quality, int version);
int WebPConfigLosslessPreset(webp_config *, int level);
int WebPPictureInitInternal(webp_picture *, int version);
int WebPPictureImportRGBA(webp_picture *, const uint8_t *, int stride);
int WebPPictureImportRGBX(webp_picture *, const uint8_t *, int stride);
void WebPPictureFree(webp_picture *);
int WebPEncode(const webp_config *, webp_picture *);
void WebPMemoryWriterInit(webp_memory *);
void WebPMemoryWriterClear(webp_memory *);
int WebPMemoryWrite(const uint8_t *, size_t, const webp_picture *);
void WebPFree(void *);

typedef struct webp_animation webp_animation;
int WebPAnimEncoderOptionsInitInternal(webp_animation_options *, int version);
webp_animation *WebPAnimEncoderNewInternal(int width, int height, const webp_animation_options *, int version);
int WebPAnimEncoderAdd(webp_animation *, webp_picture *, int milliseconds, const webp_config *);
int WebPAnimEncoderAssemble(webp_animation *, webp_data *);
void WebPAnimEncoderDelete(webp_animation *);

typedef struct {
	int width, height;
	int has_alpha, has_animation;
	int format; // 1 is lossy, 2 is lossless
	uint32_t pad[5];
} webp_features;

typedef struct webp_decoder webp_decoder;
int WebPGetFeaturesInternal(const uint8_t *, size_t, webp_features *, int version);
uint8_t *WebPDecodeRGBAInto(const uint8_t *, size_t, uint8_t *rgba, size_t, int stride);
uint8_t *WebPDecodeYUVInto(const uint8_t *, size_t, uint8_t *y, size_t, int yStride, uint8_t *u, size_t, int uStride,
	uint8_t *v, size_t, int vStride);
webp_decoder *WebPINewYUVA(uint8_t *y, size_t, int yStride, uint8_t *u, size_t, int uStride, uint8_t *v, size_t, int vStride,
	uint8_t *a, size_t, int aStride);
int WebPIUpdate(webp_decoder *, const uint8_t *, size_t);
void WebPIDelete(webp_decoder *);

// webpConfigure sets config for a quality of 0 to 100, where 100 is lossless, and a method of 0 to 6. It returns 0 if
// libwebp has another ABI or does not take a value.
static int webpConfigure(webp_config *config, int quality, int method) {
	if (!WebPConfigInitInternal(config, 0, quality, ENCODER_ABI_VERSION)) return 0;
	if (quality == 100 && !WebPConfigLosslessPreset(config, method)) return 0;
	config->method = method;
	return 1;
}

// roundAlpha rounds the alpha of a picture that will be lossy to multiples of 3, which keeps 0 and 255. It is otherwise
// kept without loss, which takes longer than the colours do. libwebp codes 86 levels twice as fast as 256, since it
// tries to predict alpha, and also not to, only if there are more than 192. The levels that it chooses itself for an
// alpha_quality below 100 can't be predicted well, because they are not evenly spaced: of 96, files are 4 to 17 % larger.
static void roundAlpha(webp_picture *picture) {
	for (int y = 0; y < picture->height; y++) {
		if (picture->use_argb) {
			uint32_t *row = picture->argb + y * (ptrdiff_t)picture->argb_stride;
			for (int x = 0; x < picture->width; x++) row[x] = (row[x] & 0xffffff) | ((row[x] >> 24) + 1) / 3 * 3 << 24;
		} else if (picture->a) {
			uint8_t *row = picture->a + y * (ptrdiff_t)picture->a_stride;
			for (int x = 0; x < picture->width; x++) row[x] = (row[x] + 1) / 3 * 3;
		}
	}
}
