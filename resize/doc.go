// Package resize makes variants of images: smaller, cropped, or in another format.
//
//	src ─► Probe ──► limits ──► decode ──► pyramid ────► render ─────────► finish ───► encode ─► a variant
//	       header,   pixels,    planes of  halvings,     Lanczos3 of the   colours,    JPEG, PNG,
//	       no pixel  frames     8 bits     made once     part that the     blur,       GIF, or by
//	                                       for all       crop needs        canvas      a Codec
//	       └─────────────── once ─────────────────┘      └──────── for each transform ────────┘
//
// A [Transform] is the recipe of a variant. It is comparable and has one spelling, its normal form. [PlanFor] computes
// its geometry for an image of some size. An [Engine] makes the variants of a [Job]; [NewEngine] returns the one in
// plain Go.
//
// # What an engine relies on
//
// A file is refused by its header if it is over the [Limits]; nothing else that it claims is relied on before it is
// decoded. An image that ends early is corrupt, not half an image. Metadata is never written. Colours are converted to
// sRGB from ICC profiles of a matrix, of grey and of printing inks, from code points, and from the gamma and the primaries
// of PNG; a profile of another kind is embedded in the variant.
//
// Planes stay as the format has them: a JPEG that becomes a JPEG is resampled in Y, Cb and Cr, with its chroma at half
// the size, and never becomes RGB. All other images are RGB or grey, premultiplied with their alpha. Rotating and
// mirroring cost nothing, because the grids that are laid over the stored image are rotated instead.
//
// # Animations and drawings
//
// An animated GIF, WebP or PNG keeps its frames as GIF and WebP, as long as frames × pixels are within the limits. Above
// that, and in all other formats, its first frame is used, or of a PNG the image for readers that do not animate. Requests
// for AVIF are the exception: an animation becomes a WebP where a codec animates that, else a GIF, because clients that
// display AVIF display both.
//
// WebP is lossy except at quality 100 and for drawings: if no quality is requested, an original without loss, such as a
// PNG, is written without loss if it has few colours and at least half of its pixels are equal to their neighbours; so
// is Auto, as PNG. All others are also written both ways if few pixels differ from their neighbours, and the smaller
// file is kept. Alpha of a lossy WebP is off by one level at most. PNG is in the smallest layout, see resize/png; GIF is
// lossless up to 255 colours, see resize/gif.
//
// # Never larger
//
// If no quality is requested, a variant has no higher quality than a JPEG or a lossy WebP that it is made from, where the
// sizes are about equal; the more it is reduced, the less that matters. An AVIF is replaced by a WebP that is smaller.
// The edges of a reduced drawing are blends that it did not have: where a file without loss would be larger than
// the original, they get fewer levels. What would look the same as the original in its own format is replaced by the
// original without its metadata, see resize/strip, if that is smaller.
//
// # Packages beneath
//
// What needs none of this is in packages of its own, each of which is useful alone:
//
//	read     resize/probe reads headers, resize/decode images as planes, resize/frames animations; resize/jpeg, resize/png, resize/gif, resize/bmp and resize/tiff are codecs in plain Go
//	pixels   resize/raster has decoded images as planes and reduces them, resize/plane one plane, resize/colour converts colours,
//	         resize/smartcrop chooses a part, resize/trim finds edges
//	shows    resize/effects changes what a variant shows, resize/mount its shape; resize/hexcolor parses their colours
//	quality  resize/qualityscale makes a quality mean the same in all formats; resize/quality measures, for tests
//	write    resize/drawing makes files of drawings smaller, resize/placeholder makes hashes, resize/strip removes metadata
//	memory   resize/heap bounds what Go and C take together
//
// Package resize does neither HTTP nor storage.
package resize
