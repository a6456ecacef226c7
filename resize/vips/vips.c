//go:build vips && cgo

#include <malloc.h>
#include <string.h>

#include <vips/vips.h>

#include "vips.h"

static void quiet(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {}

int start(void) {
	if (VIPS_INIT("imgorigin")) return -1;
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_cache_set_max_mem(0);
	vips_cache_set_max_files(0);
	vips_block_untrusted_set(TRUE);
	vips_operation_block_set("VipsForeignLoad", TRUE);
	vips_operation_block_set("VipsForeignLoadHeifBuffer", FALSE);
	vips_operation_block_set("VipsForeignLoadTiffBuffer", FALSE);
	// Taken to be untrusted by this release of libvips, and the only reader of JPEG XL that there is.
	vips_operation_block_set("VipsForeignLoadJxlBuffer", FALSE);
	g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, quiet, NULL); // warnings about strangers' pictures
	return 0;
}

// become replaces *image by what was made of it.
static int become(VipsImage **image, VipsImage *next) {
	g_object_unref(*image);
	*image = next;
	return 0;
}

static int load(const void *src, size_t size, int loader, VipsImage **out) {
	void *buffer = (void *) src; // which libvips does not write to
	switch (loader) {
	case LOAD_HEIF: // the primary picture, not a thumbnail
		return vips_heifload_buffer(buffer, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case LOAD_JXL:
		return vips_jxlload_buffer(buffer, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	default:
		return vips_tiffload_buffer(buffer, size, out, "fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	}
}

// known tells whether the bands are what the Go side understands, and sets space.
static int known(VipsImage *image, int *space) {
	switch (vips_image_guess_interpretation(image)) {
	case VIPS_INTERPRETATION_B_W:
	case VIPS_INTERPRETATION_GREY16:
		*space = GREY;
		break;
	case VIPS_INTERPRETATION_sRGB:
	case VIPS_INTERPRETATION_RGB16:
	case VIPS_INTERPRETATION_RGB:
		*space = RGB;
		break;
	case VIPS_INTERPRETATION_CMYK:
		*space = CMYK;
		break;
	default:
		return 0;
	}
	return image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT;
}

// simple makes grey, RGB or CMYK of 8 bits of it, with alpha at most, and takes the profile.
static int simple(VipsImage **image, vips_picture *out) {
	VipsImage *next;
	if (!known(*image, &out->space)) { // Lab, linear light, floating point: what libvips makes of it is sRGB
		if (vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL)) return -1;
		become(image, next);
		out->space = RGB;
	} else if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME)) {
		const void *icc;
		size_t size;
		if (vips_image_get_blob(*image, VIPS_META_ICC_NAME, &icc, &size)) return -1;
		out->icc = g_malloc(size);
		out->icc_size = size;
		memcpy(out->icc, icc, size);
	}
	int colors = out->space == GREY ? 1 : out->space == RGB ? 3 : 4;
	if ((*image)->Bands < colors) {
		vips_error("imgorigin", "%d bands are too few", (*image)->Bands);
		return -1;
	}
	out->alpha = out->space != CMYK && (*image)->Bands > colors;
	if (vips_extract_band(*image, &next, 0, "n", colors + out->alpha, NULL)) return -1;
	become(image, next);
	if ((*image)->BandFmt == VIPS_FORMAT_USHORT) {
		if (vips_msb(*image, &next, NULL)) return -1;
		become(image, next);
	}
	if (vips_cast_uchar(*image, &next, NULL)) return -1;
	return become(image, next);
}

static int make(VipsImage **image, int width, int height, int shrink, vips_picture *out) {
	VipsImage *next;
	if (abs((*image)->Xsize - width) > 1 || abs((*image)->Ysize - height) > 1) {
		vips_error("imgorigin", "%d × %d, not %d × %d as its header says", (*image)->Xsize, (*image)->Ysize, width, height);
		return -1;
	}
	if (simple(image, out)) return -1;
	if (out->alpha) {
		if (vips_premultiply(*image, &next, "max_alpha", 255.0, NULL)) return -1;
		become(image, next);
	}
	if (shrink > 1) {
		if (vips_shrink(*image, &next, shrink, shrink, "ceil", TRUE, NULL)) return -1;
		become(image, next);
	}
	if (out->alpha) {
		if (vips_rint(*image, &next, NULL)) return -1;
		become(image, next);
		if (vips_cast_uchar(*image, &next, NULL)) return -1;
		become(image, next);
	}
	size_t size;
	out->width = (*image)->Xsize;
	out->height = (*image)->Ysize;
	out->bands = (*image)->Bands;
	out->pix = vips_image_write_to_memory(*image, &size);
	return out->pix ? 0 : -1;
}

// finish gives memory back to the system, and says what went wrong.
static void finish(int failed, char *error, size_t size) {
	if (failed) {
		g_strlcpy(error, vips_error_buffer(), size);
		vips_error_clear();
	}
	vips_thread_shutdown();
}

int decode(const void *src, size_t size, int loader, int width, int height, int shrink, vips_picture *out) {
	VipsImage *image = NULL;
	memset(out, 0, sizeof *out);
	int failed = load(src, size, loader, &image) || make(&image, width, height, shrink, out);
	if (image) g_object_unref(image);
	if (failed) {
		release(out->icc);
		out->icc = NULL;
	}
	finish(failed, out->error, sizeof out->error);
	return failed;
}

int encodeAVIF(const void *pix, int width, int height, int bands, int quality, int effort, const void *icc,
		size_t icc_size, void **body, size_t *size, char *error, size_t error_size) {
	VipsImage *image = vips_image_new_from_memory(pix, (size_t) width * height * bands, width, height, bands, VIPS_FORMAT_UCHAR);
	int failed = !image;
	if (!failed) {
		image->Type = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
		if (icc_size) vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, icc, icc_size);
		failed = vips_heifsave_buffer(image, body, size, "Q", quality, "effort", effort,
			"compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, NULL);
		g_object_unref(image);
	}
	finish(failed, error, error_size);
	malloc_trim(0);
	return failed;
}

void release(void *p) {
	if (!p) return;
	g_free(p);
	malloc_trim(0); // or the largest picture so far would be held for ever
}
