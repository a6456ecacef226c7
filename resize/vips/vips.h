// The functions that Go calls. A call uses libvips on the thread that it is made on, and frees what libvips keeps for
// that thread before it returns. libvips decodes, and libheif, which libvips calls too, encodes.

#include <stddef.h>

// Loaders of decode.
enum { LOAD_HEIF, LOAD_JXL, LOAD_TIFF };

// Colour spaces of a vips_raster.
enum { GREY, RGB, CMYK };

// A vips_raster is a decoded image, in rows of pixels of bands × 8 bits.
typedef struct {
	unsigned char *pix; // to be freed with release
	int width, height, bands;
	int space; // of the bands other than alpha
	int alpha; // not 0: the last band is alpha, and the others are premultiplied with it
	void *icc; // to be freed with release; NULL if there is no profile, or the pixels were converted to sRGB
	size_t icc_size;
	char error[512]; // the message, if decode fails
} vips_raster;

// start initialises libvips. It must be called once, before the other functions, and return 0.
int start(void);

// forgetErrors clears the messages of earlier calls, which decode would add its own to.
void forgetErrors(void);

// decode decodes src with a loader. The stored image must be of width × height pixels, within 1. A pixel of the result
// is the mean of shrink × shrink pixels; the last column and row are repeated where there are fewer. It returns 0, or
// not 0 with out->error set.
int decode(const void *src, size_t size, int loader, int width, int height, int shrink, vips_raster *out);

// avif_settings are those of the encoder.
typedef struct {
	int quality;     // 1 to 100, as libheif counts
	int speed;       // of libaom, 0 to 9
	int full_chroma; // 4:4:4 rather than 4:2:0
} avif_settings;

// encodeAVIF encodes width × height pixels of RGB (3 bands) or RGBA (4 bands, not premultiplied), 8 bits each, into
// *body, which is to be freed with release. It returns 0, or not 0 with error set.
int encodeAVIF(const void *pix, int width, int height, int bands, avif_settings settings, const void *icc, size_t icc_size,
	void **body, size_t *size, char *error, size_t error_size);

// release frees what decode or encodeAVIF returned; p may be NULL.
void release(void *p);
