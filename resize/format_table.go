package resize

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/qualityscale"
)

// A Format names the encoding of an image by the word for it in URLs and in normal forms.
type Format string

const (
	// Auto is for transforms only: the format that the image needs.
	Auto Format = "auto"

	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	AVIF Format = "avif"

	BMP  Format = "bmp"
	HEIC Format = "heic"
	JXL  Format = "jxl"
	TIFF Format = "tiff"
	ICO  Format = "ico"
	SVG  Format = "svg"

	// These are for transforms only, too: text about an image.
	BlurHash    Format = "blurhash"  // a placeholder, https://blurha.sh
	ThumbHash   Format = "thumbhash" // a better placeholder, in base64, https://evanw.github.io/thumbhash
	Description Format = "info"      // an [Info] as JSON; no URL asks for it
)

// A formatRow holds what does not depend on the contents of a file.
type formatRow struct {
	format Format
	words  []string            // words for it in URLs, the format's own first; none if URLs can't ask for it
	files  []fileType          // of images; the usual type first
	text   string              // media type of text about an image
	reads  bool                // Portable reads it without a codec
	writes bool                // Portable writes it without a codec
	scale  *qualityscale.Scale // of the numbers of its encoder; nil if it has no quality
	side   int                 // the longest side that a file, or most readers of it, can have; 0 if that is no limit

	probe func(src []byte) (probe.Header, error) // reads the header of an image

	// What decoding an image takes, and what encoding a variant takes, whoever does it. Rows without are refused by a
	// test: an original in such a format, or a variant, would pass the gate of the server for nothing.
	decoding func(Header, demand) decodingBytes
	encoding func(shape) (work, output float64)
}

// A fileType is a media type and the extensions of its files, the usual extension first.
type fileType struct {
	mediaType  string
	extensions []string
}

// formatTable is the only list of formats. Messages list formats in its order. So do the settings of the edge function,
// which are compared with those of the deployed function: a new row belongs at the end of its group.
var formatTable = []formatRow{
	{format: Auto, words: []string{"auto"}, side: 65535}, // which is JPEG in most cases

	{format: JPEG, words: []string{"jpeg", "jpg"}, reads: true, writes: true, scale: qualityscale.JPEG, side: 65535, probe: probe.JPEG,
		decoding: jpegDecoding, encoding: jpegEncoding,
		files: []fileType{{"image/jpeg", []string{".jpg", ".jpeg", ".jpe", ".jfif"}}}},
	{format: PNG, words: []string{"png"}, reads: true, writes: true, probe: probe.PNG,
		decoding: pngDecoding, encoding: pngEncoding,
		files: []fileType{{"image/png", []string{".png"}}}},
	{format: WebP, words: []string{"webp"}, reads: true, scale: qualityscale.WebP, side: 16383, probe: probe.WebP,
		decoding: webpDecoding, encoding: webpEncoding,
		files: []fileType{{"image/webp", []string{".webp"}}}},
	{format: AVIF, words: []string{"avif"}, scale: qualityscale.AVIF, side: 32768, probe: probe.HEIF,
		decoding: avifDecoding, encoding: avifEncoding,
		files: []fileType{{"image/avif", []string{".avif"}}}},
	{format: GIF, words: []string{"gif"}, reads: true, writes: true, side: 65535, probe: probe.GIF,
		decoding: gifDecoding, encoding: gifEncoding,
		files: []fileType{{"image/gif", []string{".gif"}}}},

	{format: BMP, reads: true, probe: probe.BMP,
		decoding: bmpDecoding,
		files:    []fileType{{"image/bmp", []string{".bmp"}}}},
	{format: HEIC, probe: probe.HEIF,
		decoding: foreignDecoding(10),
		files:    []fileType{{"image/heic", []string{".heic"}}, {"image/heif", []string{".heif"}}}},
	{format: JXL, probe: probe.JXL,
		decoding: foreignDecoding(10),
		files:    []fileType{{"image/jxl", []string{".jxl"}}}},
	{format: TIFF, reads: true, probe: probe.TIFF,
		decoding: tiffDecoding,
		files:    []fileType{{"image/tiff", []string{".tiff", ".tif"}}}},
	{format: ICO, reads: true, probe: probe.ICO,
		decoding: bmpDecoding, // a PNG takes less
		files:    []fileType{{"image/x-icon", []string{".ico", ".cur"}}, {"image/vnd.microsoft.icon", []string{".ico"}}}},
	{format: SVG, probe: probe.SVG,
		decoding: svgDecoding,
		files:    []fileType{{"image/svg+xml", []string{".svg", ".svgz"}}}},

	{format: BlurHash, words: []string{"blurhash"}, writes: true, text: "text/plain; charset=utf-8", encoding: textEncoding},
	{format: ThumbHash, words: []string{"thumbhash"}, writes: true, text: "text/plain; charset=utf-8", encoding: textEncoding},
	{format: Description, writes: true, text: "application/json", encoding: textEncoding},
}

// row returns the row of f, which is empty if there is none.
func (f Format) row() *formatRow {
	for i := range formatTable {
		if formatTable[i].format == f {
			return &formatTable[i]
		}
	}
	return &formatRow{}
}

// maxSide returns the longest side that an image in f can have, in pixels.
func (f Format) maxSide() int { return cmp.Or(f.row().side, math.MaxInt32) }

// Formats returns all formats in the order in which they are listed for people: [Auto], those that URLs can ask for,
// those of originals only, and text.
func Formats() []Format {
	all := make([]Format, len(formatTable))
	for i := range formatTable {
		all[i] = formatTable[i].format
	}
	return all
}

// Words returns the words by which a URL asks for f, its own first. There are none for formats that only originals have
// or that only the server itself asks for.
func (f Format) Words() []string { return slices.Clone(f.row().words) }

// IsImage reports whether variants in f are images rather than text about an image. It is true for [Auto].
func (f Format) IsImage() bool { return !f.isText() }

func (f Format) isText() bool { return f.isHash() || f == Description }

func (f Format) isHash() bool { return f == BlurHash || f == ThumbHash }

// MediaType returns the registered media type of f, "application/octet-stream" if there is none.
func (f Format) MediaType() string {
	row := f.row()
	switch {
	case row.text != "":
		return row.text
	case len(row.files) > 0:
		return row.files[0].mediaType
	}
	return "application/octet-stream"
}

// FormatOf returns the format that the extension of a file's name claims, "" if it claims none. [Detect] looks at the
// bytes of the file instead.
func FormatOf(name string) Format {
	extension := strings.ToLower(path.Ext(name))
	for _, row := range formatTable {
		for _, file := range row.files {
			if slices.Contains(file.extensions, extension) {
				return row.format
			}
		}
	}
	return ""
}

// Extension returns the usual extension of files of a media type, with its dot. It is "" for all media types but those
// of images in the table, and for SVG, which is not uploaded because it can hold scripts.
func Extension(mediaType string) string {
	for _, row := range formatTable {
		for _, file := range row.files {
			if file.mediaType == mediaType && row.format != SVG {
				return file.extensions[0]
			}
		}
	}
	return ""
}

// MayBecome reports whether a variant that was requested in f can be in the format got. Auto becomes one of the formats
// that Portable writes without a codec. AVIF becomes WebP where that is smaller, and both become what an animation can be
// written in: every client that displays AVIF displays WebP, and all display GIF.
func (f Format) MayBecome(got Format) bool {
	switch f {
	case Auto:
		return got.IsImage() && got.row().writes
	case AVIF:
		return got == AVIF || got == WebP || got == GIF
	case WebP:
		return got == WebP || got == GIF
	}
	return got == f
}
