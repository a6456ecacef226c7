//go:build vips && cgo

#include <malloc.h>
#include <string.h>

#include <glib.h>
#include <libheif/heif.h>

#include "vips.h"

// keep is the write of a heif_writer. libheif calls it once, with the whole file.
static struct heif_error keep(struct heif_context *context, const void *data, size_t size, void *to) {
	const struct heif_error none = {heif_error_Ok, heif_suberror_Unspecified, "no error"};
	g_byte_array_append(to, data, size);
	return none;
}

// newImage copies rows of pixels of RGB (3 bands) or RGBA (4 bands) into a new image.
static struct heif_error newImage(const unsigned char *pix, int width, int height, int bands, struct heif_image **out) {
	enum heif_chroma chroma = bands == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
	struct heif_error err = heif_image_create(width, height, heif_colorspace_RGB, chroma, out);
	if (err.code) return err;
	err = heif_image_add_plane(*out, heif_channel_interleaved, width, height, 8);
	if (err.code) return err;
	int stride;
	unsigned char *to = heif_image_get_plane(*out, heif_channel_interleaved, &stride);
	for (int y = 0; y < height; y++) memcpy(to + (size_t) y * stride, pix + (size_t) y * width * bands, (size_t) width * bands);
	return err;
}

// newEncoder returns an encoder by libaom with the settings. Its tuning is named, since the scale of qualities was measured with it, and
// the default depends on the version.
static struct heif_error newEncoder(struct heif_context *context, const avif_settings *settings, struct heif_encoder **out) {
	struct heif_error err = heif_context_get_encoder_for_format(context, heif_compression_AV1, out);
	if (!err.code) err = heif_encoder_set_lossy_quality(*out, settings->quality);
	if (!err.code) err = heif_encoder_set_parameter_integer(*out, "speed", settings->speed);
	if (!err.code) err = heif_encoder_set_parameter_integer(*out, "threads", 1);
	if (!err.code) err = heif_encoder_set_parameter_string(*out, "chroma", settings->full_chroma ? "444" : "420");
	if (!err.code) err = heif_encoder_set_parameter_string(*out, "tune", "ssim");
	return err;
}

int encodeAVIF(const void *pix, int width, int height, int bands, avif_settings settings, const void *icc, size_t icc_size,
		void **body, size_t *size, char *error, size_t error_size) {
	struct heif_context *context = heif_context_alloc();
	struct heif_encoder *encoder = NULL;
	struct heif_image *image = NULL;
	struct heif_encoding_options *options = heif_encoding_options_alloc();
	GByteArray *file = g_byte_array_new();
	struct heif_writer writer = {1, keep};

	struct heif_error err = newEncoder(context, &settings, &encoder);
	if (!err.code) err = newImage(pix, width, height, bands, &image);
	if (!err.code && icc_size) err = heif_image_set_raw_color_profile(image, "prof", icc, icc_size);
	options->save_alpha_channel = bands == 4;
	if (!err.code) err = heif_context_encode_image(context, image, encoder, options, NULL);
	if (!err.code) err = heif_context_write(context, &writer, file);

	if (err.code) g_strlcpy(error, err.message, error_size); // which lives as long as the context
	if (image) heif_image_release(image);
	if (encoder) heif_encoder_release(encoder);
	heif_encoding_options_free(options);
	heif_context_free(context);
	*size = file->len;
	*body = g_byte_array_free(file, err.code != heif_error_Ok);
	malloc_trim(0);
	return err.code != heif_error_Ok;
}
