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

// TestFormatTable checks that the words, media types and extensions of formats lead back to them.
func TestFormatTable(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	words, files := make(map[string]resize.Format), 0
	for _, f := range resize.Formats() {
		for i, word := range f.Words() {
			if other, ok := words[word]; ok {
				t.Errorf("%q is a word for %s and %s", word, other, f)
			}
			if words[word] = f; i == 0 && word != string(f) {
				t.Errorf("%s has %q for its first word", f, word)
			}
		}
		mediaType := f.MediaType()
		isFile := f.IsImage() && f != resize.Auto
		if isFile != strings.HasPrefix(mediaType, "image/") {
			t.Errorf("%s: media type %q", f, mediaType)
		}
		if got := resize.FormatOf("2026/Cat" + strings.ToUpper(resize.Extension(mediaType))); isFile && got != f {
			t.Errorf("extension of %s: got %q", mediaType, got)
		}
		if isFile {
			files++
		}
		if f.IsImage() && engine.Encodes(f) && !engine.Decodes(f) {
			t.Errorf("%s is written, but can't be read", f)
		}
	}
	if files == 0 || len(words) == 0 {
		t.Errorf("got %d formats of files and %d words", files, len(words))
	}
	for name, want := range map[string]resize.Format{
		"a.jpe": resize.JPEG, "a.b/c.HEIF": resize.HEIC, "a.tif": resize.TIFF,
		"jpg": "", "a.svg": "", "a.jpg/b": "", "": "",
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
			want = []resize.Format{resize.AVIF, resize.WebP}
		}
		for _, got := range append(resize.Formats(), "") {
			if is := f.MayBecome(got); is != slices.Contains(want, got) {
				t.Errorf("%s may become %q: got %v", f, got, is)
			}
		}
	}
}

// TestFormatsInOtherLanguages compares lists that can't use the table, because they are in other languages, with its
// words and its order.
func TestFormatsInOtherLanguages(t *testing.T) {
	var names, images, rows, readme, colours []string
	for _, f := range resize.Formats() {
		words := f.Words()
		if len(words) == 0 {
			continue
		}
		rows = append(rows, strings.Join(words, " "))
		if f != resize.Auto && f.IsImage() {
			images = append(images, string(f))
			colours = append(colours, "--"+string(f)+":")
		}
		names = append(names, string(f))
		for i, word := range words {
			if words[i] = "`" + word + "`"; i > 0 {
				words[i] = "(" + words[i] + ")"
			}
		}
		if f.IsImage() {
			readme = append(readme, strings.Join(words, " "))
		}
	}
	texts := strings.Join(names[len(images)+1:], "`, `")
	choice := "(" + strings.Join(images, "|") + ")"
	for _, test := range []struct {
		file  string
		wants []string
	}{
		{"deploy/edge.js", []string{"formats = table('fm', '" + strings.Join(rows, "|") + "')"}},
		{"deploy/cloudformation.yaml", []string{
			"    Default: " + strings.Join(images, ",") + "\n", `AllowedPattern: "` + choice + "(," + choice + `)*"`,
		}},
		{"README.md", []string{"| " + strings.Join(readme, ", ") + "; as text `" + texts + "` |"}},
		{"server/playground/page/base.css", colours},
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
	// The scripts prefer AVIF to WebP, as the grammar does.
	for _, file := range []string{"../server/playground/page/snippets.js", "../deploy/edge.js"} {
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`\['([a-z]+)', '([a-z]+)'\]\.filter`).FindAllStringSubmatch(string(text), -1)
		if len(found) != 1 || found[0][1] != string(resize.AVIF) || found[0][2] != string(resize.WebP) {
			t.Errorf("%s: got %q, want avif before webp", file, found)
		}
	}
}
