// What the Go side calls. Each call uses libvips on the thread that it came on, and leaves nothing behind there.

#include <stddef.h>

enum { LOAD_HEIF, LOAD_JXL, LOAD_TIFF };

enum { GREY, RGB, CMYK };

typedef struct {
	unsigned char *pix; // free with release
	int width, height, bands;
	int space; // of the bands, without alpha
	int alpha; // the last band is alpha, the others are premultiplied with it
	void *icc; // free with release
	size_t icc_size;
	char error[512];
} vips_picture;

// start returns 0 when libvips can be used. It is called once, before all others.
int start(void);

// decode reads a picture that must have a size, each pixel of the result standing for shrink × shrink of it.
// It returns 0, or says why not in out->error.
int decode(const void *src, size_t size, int loader, int width, int height, int shrink, vips_picture *out);

// encodeAVIF writes 8 bits of RGB (3 bands) or RGBA (4) into *body, to be freed with release. It returns 0, or says
// why not in error.
int encodeAVIF(const void *pix, int width, int height, int bands, int quality, int effort, const void *icc,
	size_t icc_size, void **body, size_t *size, char *error, size_t error_size);

void release(void *p);
