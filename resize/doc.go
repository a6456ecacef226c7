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
// # Where things are
//
// The packages beneath know no transform, no limit and no codec, and each is useful alone:
//
//	read     resize/probe reads headers, resize/decode images as planes, resize/frames the frames of animations
//	pixels   resize/raster has planes and reduces them, by resize/plane; resize/colour converts them to sRGB
//	parts    resize/smartcrop chooses a part by what it shows, resize/trim finds edges of one colour
//	looks    resize/effects changes the pixels of a variant, resize/mount its shape; resize/hexcolor parses their colours
//	write    resize/drawing makes drawings smaller, resize/qualityscale converts qualities to the numbers of encoders,
//	         resize/placeholder makes hashes, resize/strip removes metadata
//	codecs   resize/jpeg, resize/png and resize/gif, resize/bmp and resize/tiff, in plain Go
//	memory   resize/heap bounds what Go and C take together
//
// This package joins them. Its files begin with what they are about:
//
//	what is asked for     transform, fields, mark, plan: recipes, their text, and their geometry
//	what is known         header, format, svg: claims of a file, and the table of formats
//	how it is made        engine, job, codec; then decode, pyramid, colours, encode, quality, pass_on, describe, animation
//	what that takes       memory: estimates before a file is read
//
// Package resize does neither HTTP nor storage.
package resize
