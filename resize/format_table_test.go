package resize_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// TestWordsOfFormats checks that each word belongs to one format, and that the first word of a format is its own.
func TestWordsOfFormats(t *testing.T) {
	words := make(map[string]resize.Format)
	for _, f := range resize.Formats() {
		for i, word := range f.Words() {
			if other, ok := words[word]; ok {
				t.Errorf("%q is a word for %s and %s", word, other, f)
			}
			if words[word] = f; i == 0 && word != string(f) {
				t.Errorf("%s has %q for its first word", f, word)
			}
		}
	}
	if len(words) == 0 {
		t.Error("got no words")
	}
}

// TestFilesOfFormats checks that formats of images have a media type whose extension leads back to them, and that
// Portable reads what it writes.
func TestFilesOfFormats(t *testing.T) {
	engine, files := resize.NewEngine(resize.EngineConfig{}), 0
	for _, f := range resize.Formats() {
		mediaType := f.MediaType()
		isFile := f.IsImage() && f != resize.Auto
		if isFile != strings.HasPrefix(mediaType, "image/") {
			t.Errorf("%s: media type %q", f, mediaType)
		}
		if !isFile {
			continue
		}
		files++
		if f == resize.SVG { // which is not uploaded
			continue
		}
		if got := resize.FormatOf("2026/Cat" + strings.ToUpper(resize.Extension(mediaType))); got != f {
			t.Errorf("extension of %s: got %q", mediaType, got)
		}
		if engine.Encodes(f) && !engine.Decodes(f) {
			t.Errorf("%s is written, but can't be read", f)
		}
	}
	if files == 0 {
		t.Error("got no formats of images")
	}
}

// TestFileNames checks extensions that are not the usual ones, and names and media types that are not those of images.
func TestFileNames(t *testing.T) {
	for name, want := range map[string]resize.Format{
		"a.jpe": resize.JPEG, "a.b/c.HEIF": resize.HEIC, "a.tif": resize.TIFF,
		"jpg": "", "a.svg": resize.SVG, "a.jpg/b": "", "": "",
	} {
		if got := resize.FormatOf(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for mediaType, want := range map[string]string{
		"image/jpeg": ".jpg", "image/heif": ".heif", "image/tiff": ".tiff", "image/svg+xml": "",
		"text/plain; charset=utf-8": "", "": "",
	} {
		if got := resize.Extension(mediaType); got != want {
			t.Errorf("%q: got %q, want %q", mediaType, got, want)
		}
	}
}

// TestMayBecome tries all pairs of formats.
func TestMayBecome(t *testing.T) {
	for _, f := range resize.Formats() {
		want := []resize.Format{f}
		switch f {
		case resize.Auto:
			want = []resize.Format{resize.JPEG, resize.PNG, resize.GIF}
		case resize.AVIF:
			want = []resize.Format{resize.AVIF, resize.WebP, resize.GIF}
		case resize.WebP:
			want = []resize.Format{resize.WebP, resize.GIF}
		}
		for _, got := range append(resize.Formats(), "") {
			if is := f.MayBecome(got); is != slices.Contains(want, got) {
				t.Errorf("%s may become %q: got %v", f, got, is)
			}
		}
	}
}

// formatLists are the formats that URLs can ask for, as lists in other languages have them.
type formatLists struct {
	images   []string // names, without auto
	texts    []string // names of text about images
	lossless []string // names of images without a quality, in quotes
	rows     []string // the words of each format
	words    []string // the words of each image and auto, in backquotes, all but the first in parentheses
}

func listFormats() (l formatLists) {
	for _, f := range resize.Formats() {
		words := f.Words()
		if len(words) == 0 {
			continue
		}
		l.rows = append(l.rows, strings.Join(words, " "))
		if !f.IsImage() {
			l.texts = append(l.texts, string(f))
			continue
		}
		word := "`" + words[0] + "`"
		for _, alias := range words[1:] {
			word += " (`" + alias + "`)"
		}
		l.words = append(l.words, word)
		if f == resize.Auto {
			continue
		}
		l.images = append(l.images, string(f))
		if new(resize.Quality).Of(f) == nil {
			l.lossless = append(l.lossless, "'"+string(f)+"'")
		}
	}
	return l
}

// TestFormatsInOtherLanguages compares lists that can't use the table, because they are in other languages, with its
// words and its order.
func TestFormatsInOtherLanguages(t *testing.T) {
	l := listFormats()
	choice := "(" + strings.Join(l.images, "|") + ")"
	for _, test := range []struct {
		file  string
		wants []string
	}{
		{"deploy/edge.js", []string{"formats = table('fm', '" + strings.Join(l.rows, "|") + "')"}},
		{"deploy/cloudformation.yaml", []string{
			"    Default: " + strings.Join(l.images, ",") + "\n", `AllowedPattern: "` + choice + "(," + choice + `)*"`,
		}},
		{"server/URLS.md", []string{"| " + strings.Join(l.words, ", ") + "; as text `" + strings.Join(l.texts, "`, `") + "` |"}},
		{"server/playground/page/base.css", strings.Fields("--" + strings.Join(l.images, ": --") + ":")},
		{"server/playground/page/controls.js", []string{"[" + strings.Join(l.lossless, ", ") + "].includes(params.fm)"}},
		{"server/grammar/grammar.go", []string{"fm           auto " + strings.Join(l.images, " ") + "  "}},
	} {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(test.file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range test.wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", test.file, want)
			}
		}
	}
}

// TestPreferencesInOtherLanguages checks that scripts prefer AVIF to WebP, as the grammar does.
func TestPreferencesInOtherLanguages(t *testing.T) {
	list := regexp.MustCompile(`\['([a-z]+)', '([a-z]+)'\]\.(?:filter|find)`)
	for _, file := range []string{"server/playground/page/snippets.js", "deploy/edge.js"} {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		found := list.FindAllStringSubmatch(string(text), -1)
		if len(found) != 1 || found[0][1] != string(resize.AVIF) || found[0][2] != string(resize.WebP) {
			t.Errorf("%s: got %q, want avif before webp", file, found)
		}
	}
}
