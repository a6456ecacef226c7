// Package resize turns an original into variants: smaller, cropped, in another format.
//
//	src ──► Probe ──► limits ──► decode ──► pyramid ──► render ──────────► finish ──► encode ──► a variant
//	        header,   pixels,    planes of  halvings,   Lanczos3 of what   colours,   JPEG, PNG,
//	        no pixel  frames     8 bits     made once   the crop needs,    blur,      GIF
//	                                        for all     turned upright     canvas
//	                  └──────────── once ───────────┘  └───────────── for each transform ─────────┘
//
// A [Transform] is the recipe, comparable and with one spelling, its normal form. [PlanFor] lays it out on a
// picture of some size. An [Engine] does it; resizetest.Run says what every engine must do.
//
// Planes are kept as the format has them: a JPEG that becomes a JPEG is resampled in Y, Cb and Cr, its chroma at
// half the size, and never becomes RGB. Everything else is RGB or grey, premultiplied with its alpha. Turning and
// mirroring cost nothing, because the grids that are laid over the stored picture are turned instead.
//
// Nothing that a stranger's picture says is believed before it is decoded, but for refusing it: a size over
// [Limits] is refused by its header. A picture that ends early is corrupt, not half a picture. Metadata is never
// written. An ICC profile of the matrix kind, or of printing inks, is converted from, to sRGB; another goes along
// with the variant.
//
// An animated GIF or WebP keeps its frames as GIF and WebP, as long as frames × pixels are within [Limits]; above that,
// and in every other format, its first frame is what counts. AVIF is the exception: what moves and is wanted as AVIF
// becomes WebP where that is written, because a browser that takes the one takes the other.
//
// WebP is lossy but at quality 100 and for drawings: an original without loss, such as a PNG, half of whose pixels are
// like their neighbours and which has few colours, when no quality is asked for.
//
// The package is a leaf: it knows neither HTTP nor where pictures lie.
package resize
