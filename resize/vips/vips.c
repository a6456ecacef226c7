//go:build vips && cgo

#include <malloc.h>
#include <string.h>

#include <libheif/heif.h>
#include <vips/vips.h>

#include "vips.h"

// quiet is a GLogFunc that logs nothing.
static void quiet(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {}

int start(void) {
	if (VIPS_INIT("imgorigin") || heif_init(NULL).code) return -1;
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_cache_set_max_mem(0);
	vips_cache_set_max_files(0);
	vips_block_untrusted_set(TRUE);
	vips_operation_block_set("VipsForeignLoad", TRUE);
	vips_operation_block_set("VipsForeignLoadHeifBuffer", FALSE);
	vips_operation_block_set("VipsForeignLoadTiffBuffer", FALSE);
	// vips_block_untrusted_set has blocked this loader, which libvips 8.14 marks as untrusted; there is no other for
	// JXL.
	vips_operation_block_set("VipsForeignLoadJxlBuffer", FALSE);
	g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, quiet, NULL); // no warnings about faults in clients' images
	return 0;
}

// replace drops the reference to *image and makes it next, which may refer to it. It returns 0.
static int replace(VipsImage **image, VipsImage *next) {
	g_object_unref(*image);
	*image = next;
	return 0;
}

// load opens src with a loader. libvips decodes while pixels are read, in rows from the top, and fails on a truncated
// file.
static int load(const void *src, size_t size, int loader, VipsImage **out) {
	void *buffer = (void *) src; // libvips only reads it
	switch (loader) {
	case LOAD_HEIF: // the primary image, not a thumbnail
		return vips_heifload_buffer(buffer, size, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	case LOAD_JXL:
		return vips_jxlload_buffer(buffer, size, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	default:
		return vips_tiffload_buffer(buffer, size, out,
			"fail_on", VIPS_FAIL_ON_TRUNCATED, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	}
}

// isSimple reports whether an image is grey, RGB or CMYK of 8 or 16 bits, and sets *space.
static int isSimple(VipsImage *image, int *space) {
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

// simplify converts *image to grey, RGB or CMYK of 8 bits, with no other band than alpha, and copies its profile.
// What is neither, such as Lab, linear light or floating point, is converted to sRGB, after which its profile does
// not apply.
static int simplify(VipsImage **image, vips_raster *out) {
	VipsImage *next;
	if (!isSimple(*image, &out->space)) {
		if (vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL)) return -1;
		replace(image, next);
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
		vips_error("imgorigin", "%d bands, want %d", (*image)->Bands, colors);
		return -1;
	}
	out->alpha = out->space != CMYK && (*image)->Bands > colors;
	if (vips_extract_band(*image, &next, 0, "n", colors + out->alpha, NULL)) return -1;
	replace(image, next);
	if ((*image)->BandFmt == VIPS_FORMAT_USHORT) {
		if (vips_msb(*image, &next, NULL)) return -1;
		replace(image, next);
	}
	if (vips_cast_uchar(*image, &next, NULL)) return -1;
	return replace(image, next);
}

// render decodes the pixels of *image into out->pix, see decode.
static int render(VipsImage **image, int width, int height, int shrink, vips_raster *out) {
	VipsImage *next;
	if (abs((*image)->Xsize - width) > 1 || abs((*image)->Ysize - height) > 1) {
		vips_error("imgorigin", "%d × %d pixels, but the header has %d × %d",
			(*image)->Xsize, (*image)->Ysize, width, height);
		return -1;
	}
	if (simplify(image, out)) return -1;
	if (out->alpha) {
		if (vips_premultiply(*image, &next, "max_alpha", 255.0, NULL)) return -1;
		replace(image, next);
	}
	if (shrink > 1) {
		if (vips_shrink(*image, &next, shrink, shrink, "ceil", TRUE, NULL)) return -1;
		replace(image, next);
	}
	if (out->alpha) {
		if (vips_rint(*image, &next, NULL)) return -1;
		replace(image, next);
		if (vips_cast_uchar(*image, &next, NULL)) return -1;
		replace(image, next);
	}
	size_t size;
	out->width = (*image)->Xsize;
	out->height = (*image)->Ysize;
	out->bands = (*image)->Bands;
	out->pix = vips_image_write_to_memory(*image, &size);
	return out->pix ? 0 : -1;
}

// finish copies libvips' messages to error if a call failed, and frees what libvips keeps for this thread. All threads
// share the messages.
static void finish(int failed, char *error, size_t size) {
	if (failed) g_strlcpy(error, vips_error_buffer(), size);
	vips_thread_shutdown();
}

void forgetErrors(void) { vips_error_clear(); }

int decode(const void *src, size_t size, int loader, int width, int height, int shrink, vips_raster *out) {
	VipsImage *image = NULL;
	memset(out, 0, sizeof *out);
	int failed = load(src, size, loader, &image) || render(&image, width, height, shrink, out);
	if (image) g_object_unref(image);
	if (failed) {
		release(out->icc);
		out->icc = NULL;
	}
	finish(failed, out->error, sizeof out->error);
	return failed;
}

void release(void *p) {
	if (!p) return;
	g_free(p);
	malloc_trim(0); // else the process keeps the memory of its largest image
}
