package resize

import (
	"path"
	"slices"
	"strings"
)

// A Format names the encoding of an image by the word for it in URLs and in normal forms.
type Format string

const (
	Auto Format = "auto" // of a transform only: what the image needs

	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	AVIF Format = "avif"

	BMP  Format = "bmp"
	HEIC Format = "heic"
	JXL  Format = "jxl"
	TIFF Format = "tiff"

	// Of transforms only, too: text about an image.
	BlurHash    Format = "blurhash"  // a placeholder, https://blurha.sh
	ThumbHash   Format = "thumbhash" // a better one, in base64, https://evanw.github.io/thumbhash
	Description Format = "info"      // an [Info] as JSON; no URL asks for it
)

// A formatRow is what there is to know about a format without looking into a file.
type formatRow struct {
	format  Format
	words   []string   // of URLs that ask for it, its own first; none if URLs can't
	files   []fileType // of images; the first is the usual one
	text    string     // media type of text about an image
	reads   bool       // by [Portable] without a codec
	writes  bool       // by [Portable] without a codec
	quality int        // that is the default; 0 for a format that has none
}

// A fileType is a media type and the extensions of its files, the usual one first.
type fileType struct {
	mediaType  string
	extensions []string
}

// formatTable is the one list of formats. Its order is that of messages, and of the settings of the edge function, which
// are compared with those of a deployed one: a row is best added at the end of its group.
var formatTable = []formatRow{
	{format: Auto, words: []string{"auto"}},

	{format: JPEG, words: []string{"jpeg", "jpg"}, reads: true, writes: true, quality: 80,
		files: []fileType{{"image/jpeg", []string{".jpg", ".jpeg", ".jpe", ".jfif"}}}},
	{format: PNG, words: []string{"png"}, reads: true, writes: true,
		files: []fileType{{"image/png", []string{".png"}}}},
	{format: WebP, words: []string{"webp"}, reads: true, quality: 78,
		files: []fileType{{"image/webp", []string{".webp"}}}},
	{format: AVIF, words: []string{"avif"}, quality: 60,
		files: []fileType{{"image/avif", []string{".avif"}}}},
	{format: GIF, words: []string{"gif"}, reads: true, writes: true,
		files: []fileType{{"image/gif", []string{".gif"}}}},

	{format: BMP, reads: true,
		files: []fileType{{"image/bmp", []string{".bmp"}}}},
	{format: HEIC,
		files: []fileType{{"image/heic", []string{".heic"}}, {"image/heif", []string{".heif"}}}},
	{format: JXL,
		files: []fileType{{"image/jxl", []string{".jxl"}}}},
	{format: TIFF,
		files: []fileType{{"image/tiff", []string{".tiff", ".tif"}}}},

	{format: BlurHash, words: []string{"blurhash"}, writes: true, text: "text/plain; charset=utf-8"},
	{format: ThumbHash, words: []string{"thumbhash"}, writes: true, text: "text/plain; charset=utf-8"},
	{format: Description, writes: true, text: "application/json"},
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

// Formats returns all formats in the order in which they are listed for people: [Auto], those that URLs can ask for,
// those of originals only, and text.
func Formats() []Format {
	all := make([]Format, len(formatTable))
	for i := range formatTable {
		all[i] = formatTable[i].format
	}
	return all
}

// Words returns the words by which a URL asks for f, its own first. There are none for a format that only originals have,
// or that only the server itself asks for.
func (f Format) Words() []string { return slices.Clone(f.row().words) }

// IsImage reports whether variants in f are images, as opposed to text about one; those in [Auto] are.
func (f Format) IsImage() bool { return !f.isText() }

func (f Format) isText() bool { return f.isHash() || f == Description }

func (f Format) isHash() bool { return f == BlurHash || f == ThumbHash }

// MediaType returns the registered media type of f, "application/octet-stream" for one that has none.
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

// FormatOf returns the format that the extension of a file's name claims, "" for none. [Detect] looks at the file.
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

// Extension returns the usual extension of files of a media type, with its dot. It is "" for what is not the media type
// of an image; SVG is a program.
func Extension(mediaType string) string {
	for _, row := range formatTable {
		for _, file := range row.files {
			if file.mediaType == mediaType {
				return file.extensions[0]
			}
		}
	}
	return ""
}

// MayBecome reports whether a variant that is asked for in f can come in got. Auto comes in what the engine writes in plain
// Go, and an animation that is asked for as AVIF, which is not written moving, as WebP: who shows AVIF shows that too.
func (f Format) MayBecome(got Format) bool {
	switch f {
	case Auto:
		return got.IsImage() && got.row().writes
	case AVIF:
		return got == AVIF || got == WebP
	}
	return got == f
}
