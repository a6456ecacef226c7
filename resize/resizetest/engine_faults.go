package resizetest

import (
	"bytes"
	"errors"
	"image/gif"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// testDamage tests that an image that was cut short is corrupt, never half an image, and that one with a bit flipped is
// either good or corrupt.
func testDamage(t *testing.T, e resize.Engine) {
	photo := Photo(64, 48)
	var b bytes.Buffer
	if err := gif.Encode(&b, photo, nil); err != nil {
		t.Fatal(err)
	}
	for f, src := range map[resize.Format][]byte{
		resize.JPEG: JPEG(photo, 90), resize.PNG: PNG(photo), resize.GIF: b.Bytes(),
	} {
		for i := range 40 {
			cut := src[:len(src)*i/40]
			out, err := e.Resize(t.Context(), cut, resize.Transform{Width: 32})
			if !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) {
				t.Errorf("%s cut to %d of %d bytes: got %d variants, %v, want ErrCorrupt",
					f, len(cut), len(src), len(out), err)
			}
			ReadsWell(t, err)
		}
		for i := range 300 {
			bad := bytes.Clone(src)
			bad[i*len(bad)/300] ^= 1 << (i % 8)
			if _, err := e.Resize(t.Context(), bad, resize.Transform{Width: 32}); err != nil && !isFault(err) {
				t.Errorf("%s with a bit flipped: got %v, want an error about the image", f, err)
			} else {
				ReadsWell(t, err)
			}
		}
	}
}

// testHostile tests that hostile files make variants or errors about the image, without a panic, and that scripts in
// them are not in the variants.
func testHostile(t *testing.T, e resize.Engine) {
	if testing.Short() {
		t.Skip("one goroutine, many pixels")
	}
	for _, specimen := range Hostile() {
		out, err := e.Resize(t.Context(), specimen.Body,
			resize.Transform{Width: 8}, resize.Transform{Width: 30, Format: resize.PNG})
		switch {
		case specimen.Want == ErrAny && err != nil && !isFault(err),
			specimen.Want != ErrAny && !errors.Is(err, specimen.Want):
			t.Errorf("%s: got %v, want %v", specimen.Name, err, specimen.Want)
		case err != nil && strings.Contains(err.Error(), "panic"):
			t.Errorf("%s: %v", specimen.Name, err)
		}
		ReadsWell(t, err)
		for _, body := range out {
			Decode(body)
			if bytes.Contains(body, []byte("<script")) {
				t.Errorf("%s: the variant contains the script", specimen.Name)
			}
		}
	}
}

// ReadsWell tests that the text of an error about an image, which clients get, says once that the image is corrupt, not supported or
// over the limit, in its beginning, and names the format or the problem once. A nil error reads well.
func ReadsWell(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	kinds := regexp.MustCompile("corrupt|unsupported|not supported|over the limit").FindAllString(err.Error(), -1)
	prefixes := strings.Split(err.Error(), ": ")
	slices.Sort(prefixes)
	if len(kinds) != 1 || len(slices.Compact(prefixes)) != len(strings.Split(err.Error(), ": ")) || len(prefixes) < 2 {
		t.Errorf("an error repeats itself, or says too little: %v", err)
	}
}

// isFault reports whether err is about the image, as opposed to the engine.
func isFault(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) || errors.Is(err, resize.ErrTooLarge)
}

// testRefuses tests the error of files that are not images, of images over the limits, and of a transform that can't
// be.
func testRefuses(t *testing.T, e resize.Engine) {
	ok := JPEG(Photo(40, 30), 90)
	const hugeHeader = "\x89PNG\r\n\x1a\n" +
		"\x00\x00\x00\rIHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x06\x00\x00\x00\x87\x43\x6a\x01"
	huge := append([]byte(hugeHeader), make([]byte, 900)...)
	tests := []struct {
		name string
		src  []byte
		t    resize.Transform
		want error
	}{
		{"nothing", nil, resize.Transform{}, resize.ErrUnsupported},
		{"text", []byte("hello, this is not an image"), resize.Transform{}, resize.ErrUnsupported},
		{"SVG", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>`), resize.Transform{},
			resize.ErrUnsupported},
		{"PDF", []byte("%PDF-1.7 and so on, and so on, and so on"), resize.Transform{}, resize.ErrUnsupported},
		{"30000×30000", huge, resize.Transform{}, resize.ErrTooLarge},
		{"rectangle outside", ok, resize.Transform{Rect: resize.Rect{X: 40, Y: 0, W: 5, H: 5}}, resize.ErrRect},
	}
	for _, test := range tests {
		if _, err := e.Resize(t.Context(), test.src, test.t); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}
