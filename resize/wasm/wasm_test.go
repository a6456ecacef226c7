//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/wasm"
)

var engine = resize.NewEngine(resize.EngineConfig{Codecs: wasm.Codecs()})

// sample returns a file that other libraries made: from resizetest.Photo(96, 64), or from a fade of alpha.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "vips", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// decodeAs makes a variant of src and decodes it.
func decodeAs(t *testing.T, src []byte, tr resize.Transform) image.Image {
	t.Helper()
	tr.Format = resize.PNG
	out, err := engine.Resize(t.Context(), src, tr)
	if err != nil {
		t.Fatal(err)
	}
	return resizetest.Decode(out[0])
}

// Images look like the photo that all files were made from, both at full size and shrunk by the decoder.
func TestDecode(t *testing.T) {
	photo := resizetest.Photo(96, 64)
	cropped := image.NewNRGBA(image.Rect(0, 0, 32, 48))
	for y := range 48 {
		for x := range 32 {
			cropped.Set(x, y, photo.At(71-y, x+16)) // the middle, turned by 90° counter-clockwise
		}
	}
	for _, test := range []struct {
		name    string
		want    image.Image
		minPSNR float64
	}{
		{"photo.heic", photo, 30.5},
		{"photo.avif", photo, 31},
		{"photo10.avif", photo, 31},
		{"turned.avif", cropped, 30},
	} {
		src := sample(t, test.name)
		whole := resizetest.PSNR(decodeAs(t, src, resize.Transform{}), test.want)
		w, h := test.want.Bounds().Dx()/6, test.want.Bounds().Dy()/6 // the decoder shrinks by 3
		small := resizetest.PSNR(decodeAs(t, src, resize.Transform{Width: w, Height: h, Fit: resize.Fill}),
			resizetest.Reference(test.want, test.want.Bounds(), w, h))
		t.Logf("%s: %.1f dB, small %.1f dB", test.name, whole, small)
		if whole < test.minPSNR || small < 40 {
			t.Errorf("%s: got %.1f and %.1f dB, want %.0f and 40", test.name, whole, small, test.minPSNR)
		}
	}
}

// A module has memory for the whole of an image of which a part is displayed.
func TestDecodeCrop(t *testing.T) {
	src, err := os.ReadFile("testdata/crop.avif") // of resizetest.Photo(2000, 1500), the part of 1000 × 750 at (600, 200)
	if err != nil {
		t.Fatal(err)
	}
	want := resizetest.Reference(resizetest.Photo(400, 300), image.Rect(120, 40, 320, 190), 100, 75)
	if got := resizetest.PSNR(decodeAs(t, src, resize.Transform{Width: 100}), want); got < 30 {
		t.Errorf("got %.1f dB, want 30", got)
	}
}

// Alpha, and the colour that is seen through it, is right at full size and shrunk by the decoder.
func TestDecodeAlpha(t *testing.T) {
	src := sample(t, "fade.heic")
	for _, w := range []int{96, 16} {
		got := decodeAs(t, src, resize.Transform{Width: w})
		for _, x := range []int{w / 2, w - 1} {
			c := color.NRGBAModel.Convert(got.At(x, 1)).(color.NRGBA)
			alpha := (2*x + 1) * 255 / (2 * w)
			if d := int(c.A) - alpha; d > 6 || d < -6 || c.R < 185 || c.R > 215 || c.G > 50 || c.B > 50 {
				t.Errorf("at %d: column %d: got %v, want red of alpha %d", w, x, c, alpha)
			}
		}
	}
}

func isImageError(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) || errors.Is(err, resize.ErrTooLarge)
}

// A truncated file is an error, and so may be any other damage. With IMGORIGIN_TEST_HOSTILE set, each file is damaged
// in more ways.
func TestDamage(t *testing.T) {
	flips, step, names := 8, 1000, []string{"photo.heic", "photo.avif"}
	if os.Getenv("IMGORIGIN_TEST_HOSTILE") != "" {
		flips, step, names = 400, 8, append(names, "fade.heic", "photo10.avif")
	}
	for _, name := range names {
		decoded, damaged := 0, 0
		var longest time.Duration
		for d := range resizetest.Damaged(sample(t, name), flips, step) {
			began := time.Now()
			out, err := engine.Resize(t.Context(), d.Body, resize.Transform{Width: 16})
			longest = max(longest, time.Since(began))
			damaged++
			switch {
			case err == nil && strings.HasPrefix(d.Name, "cut"):
				t.Errorf("%s, %s: got no error for a part of the file", name, d.Name)
			case err == nil:
				resizetest.Decode(out[0])
				decoded++
			case !isImageError(err) || strings.Contains(err.Error(), "panic"):
				t.Errorf("%s, %s: got %v, want an error of the image", name, d.Name, err)
			}
		}
		t.Logf("%s: %d damaged files, of which %d decode; the longest took %v", name, damaged, decoded, longest)
	}
}

// A job ends when its context does, in the middle of an image.
func TestDeadline(t *testing.T) {
	src := sample(t, "large.heic")
	if _, err := engine.Resize(t.Context(), src, resize.Transform{Width: 16}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
	defer cancel()
	if _, err := engine.Resize(ctx, src, resize.Transform{Width: 16}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}
