package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
)

// extremes returns originals that are longer than a format can hold, or just as long.
func extremes(t *testing.T) map[string][]byte {
	t.Helper()
	encode := func(encode func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	made := make(map[string][]byte)
	for _, size := range []image.Point{
		{16383, 1}, {1, 16384}, {20000, 10}, {32769, 2}, {65535, 1}, {1, 65536},
	} {
		r := image.Rectangle{Max: size}
		opaque, clear := image.NewGray(r), image.NewNRGBA(r)
		for i := range clear.Pix {
			clear.Pix[i] = uint8(i)
		}
		made[fmt.Sprintf("grey%dx%d.png", size.X, size.Y)] = encode(func(b *bytes.Buffer) error { return png.Encode(b, opaque) })
		made[fmt.Sprintf("clear%dx%d.png", size.X, size.Y)] = encode(func(b *bytes.Buffer) error { return png.Encode(b, clear) })
		if max(size.X, size.Y) > 65535 {
			continue
		}
		made[fmt.Sprintf("%dx%d.jpg", size.X, size.Y)] = encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, opaque, nil) })
		frames := gif.GIF{LoopCount: 65535}
		for i := range 2 {
			m := image.NewPaletted(r, color.Palette{color.Black, color.White})
			m.Pix[0] = uint8(i)
			frames.Image, frames.Delay = append(frames.Image, m), append(frames.Delay, 655_35)
		}
		made[fmt.Sprintf("%dx%d.gif", size.X, size.Y)] = encode(func(b *bytes.Buffer) error { return gif.EncodeAll(b, &frames) })
	}
	return made
}

// No image that is read is a server error, whatever its sides and whatever is asked for: where a format can't hold it
// and no size was asked for exactly, it is smaller.
func TestExtremeSides(t *testing.T) {
	if testing.Short() {
		t.Skip("one request at a time")
	}
	t.Parallel() // beside tests that mostly wait
	folder, engine := t.TempDir(), build.NewEngine(resize.Limits{})
	formats := []resize.Format{""}
	for _, f := range resize.Formats() {
		if len(f.Words()) > 0 && f != resize.Auto && engine.Encodes(f) {
			formats = append(formats, f)
		}
	}
	images, whole := extremes(t), os.Getenv("IMGORIGIN_TEST_HOSTILE") != ""
	for key, body := range images {
		writeFile(t, filepath.Join(folder, key), body)
	}
	address, _ := program(t, "serve", "--originals", folder, "--variants", "none", "--exact", "--drafts", "off")
	most := map[string]int{"image/webp": 16383, "image/avif": 32768, "image/jpeg": 65535, "image/gif": 65535, "image/png": 70000}
	for key := range images {
		requests := []string{"", "w=1&fit=outside&h=1", "w=1", "h=8192&fit=outside&w=8192", "w=30&h=20&fit=contain"}
		for _, query := range requests {
			for _, f := range formats {
				if !extremeOf(key, query, f, engine.IsSlow(f), whole) {
					continue
				}
				path := "/img/" + key + "?" + query
				if f != "" {
					path += "&fm=" + string(f)
				}
				got, body := getAs(t, address+path, "image/avif,image/webp,*/*")
				if got.StatusCode != 200 {
					t.Errorf("%s: got %s: %.100s", path, got.Status, body)
					continue
				}
				mediaType := got.Header.Get("Content-Type")
				limit, isImage := most[mediaType]
				if !isImage {
					continue
				}
				size, err := resize.Probe(bytes.NewReader(body))
				if err != nil || max(size.Width, size.Height) > limit {
					t.Errorf("%s: got %s of %d × %d, %v, want at most %d", path, mediaType, size.Width, size.Height, err, limit)
				}
			}
		}
	}
}

// extremeOf reports whether an original is asked for in a format: always in that which the service chooses, in others where their
// encoders may see what they have not seen of other originals. If not the whole is tried, a slow one sees an image that is wider
// than it holds, of colours and alpha, and one that is higher.
func extremeOf(key, query string, f resize.Format, isSlow, whole bool) bool {
	isClear := strings.HasPrefix(key, "clear")
	switch {
	case f == "":
		return true
	case isSlow && whole:
		return query == "" && isClear // one original of each size will do
	case isSlow:
		return query == "" && (key == "clear32769x2.png" || key == "grey1x65536.png")
	default:
		return whole || (isClear || strings.HasSuffix(key, ".gif")) && query != "w=30&h=20&fit=contain"
	}
}
