//go:build vips && cgo

package vips_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/vips"
)

func engine() *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Codecs: vips.Codecs()})
}

func TestEngineWithVips(t *testing.T) { resizetest.Run(t, engine()) }

// sample returns a file in testdata. All were made from resizetest.Photo(96, 64), or from a fade of alpha.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// tiffOf encodes an image as TIFF.
func tiffOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate, Predictor: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decodeAs makes a variant of src and decodes it.
func decodeAs(t *testing.T, src []byte, tr resize.Transform) image.Image {
	t.Helper()
	tr.Format = resize.PNG
	out, err := engine().Resize(t.Context(), src, tr)
	if err != nil {
		t.Fatal(err)
	}
	return resizetest.Decode(out[0])
}

// Images look like the photo that all files were made from, both at full size and shrunk by the decoder.
func TestDecode(t *testing.T) {
	photo := resizetest.Photo(96, 64)
	grey, deep := image.NewGray(photo.Rect), image.NewNRGBA64(photo.Rect)
	turned := image.NewNRGBA(image.Rect(0, 0, 64, 96)) // by 90° clockwise
	cropped := image.NewNRGBA(image.Rect(0, 0, 32, 48))
	for y := range 64 {
		for x := range 96 {
			c := photo.At(x, y)
			grey.Set(x, y, c)
			deep.Set(x, y, c)
			turned.Set(63-y, x, c)
			cropped.Set(y-16, 71-x, c) // the middle, turned by 90° counter-clockwise
		}
	}
	for _, test := range []struct {
		name    string
		src     []byte
		want    image.Image
		minPSNR float64
	}{
		{"HEIC", sample(t, "photo.heic"), photo, 31},
		{"AVIF", sample(t, "photo.avif"), photo, 31},
		{"AVIF of 10 bits", sample(t, "photo10.avif"), photo, 31},
		{"AVIF, cropped and turned", sample(t, "turned.avif"), cropped, 30},
		{"JXL", sample(t, "photo.jxl"), photo, 31},
		{"JXL, turned", sample(t, "turned.jxl"), turned, 31},
		{"TIFF", tiffOf(t, photo), photo, 99},
		{"TIFF of 16 bits", tiffOf(t, deep), photo, 99},
		{"grey TIFF", tiffOf(t, grey), grey, 99},
	} {
		got := decodeAs(t, test.src, resize.Transform{})
		whole := resizetest.PSNR(got, test.want)
		w, h := test.want.Bounds().Dx()/6, test.want.Bounds().Dy()/6 // the decoder shrinks by 3
		small := resizetest.PSNR(decodeAs(t, test.src, resize.Transform{Width: w, Height: h, Fit: resize.Fill}),
			resizetest.Reference(test.want, test.want.Bounds(), w, h))
		t.Logf("%s: %.1f dB, small %.1f dB", test.name, whole, small)
		if whole < test.minPSNR || small < 32 {
			t.Errorf("%s: got %.1f and %.1f dB, want %.0f and 32", test.name, whole, small, test.minPSNR)
		}
		if _, isGrey := got.(*image.Gray); isGrey != (test.want == image.Image(grey)) {
			t.Errorf("%s: got a %T", test.name, got)
		}
	}
}

// Pixels keep their places if the decoder shrinks an image by a number that does not divide its size.
func TestDecodeShrunkSiting(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 1003, 10))
	for x := range 1003 {
		for y := range 10 {
			m.SetGray(x, y, color.Gray{uint8(x * 255 / 1002)})
		}
	}
	got := decodeAs(t, tiffOf(t, m), resize.Transform{Width: 59, Height: 1, Fit: resize.Fill})
	want := resizetest.Reference(m, m.Rect, 59, 1)
	if db := resizetest.PSNR(got, want); db < 50 {
		t.Errorf("got %.1f dB", db)
	}
}

// Alpha, and the colour that is seen through it, is right at full size and shrunk by the decoder.
func TestDecodeAlpha(t *testing.T) {
	fade := image.NewNRGBA(image.Rect(0, 0, 96, 64))
	for y := range 64 {
		for x := range 96 {
			fade.SetNRGBA(x, y, color.NRGBA{200, 30, 30, uint8(x * 255 / 95)})
		}
	}
	for name, src := range map[string][]byte{
		"HEIC": sample(t, "fade.heic"), "JXL": sample(t, "fade.jxl"), "TIFF": tiffOf(t, fade),
	} {
		for _, w := range []int{96, 16} {
			got := decodeAs(t, src, resize.Transform{Width: w})
			for _, x := range []int{w / 2, w - 1} {
				c := color.NRGBAModel.Convert(got.At(x, 1)).(color.NRGBA)
				alpha := (2*x + 1) * 255 / (2 * w)
				if d := int(c.A) - alpha; d > 6 || d < -6 || c.R < 185 || c.R > 215 || c.G > 50 || c.B > 50 {
					t.Errorf("%s at %d: column %d: got %v, want red of alpha %d", name, w, x, c, alpha)
				}
			}
		}
	}
}

// An AVIF decodes to about the image that was encoded, and holds nothing else.
func TestEncode(t *testing.T) {
	photo := resizetest.Photo(201, 133)
	fade := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range fade.Pix {
		fade.Pix[i] = []uint8{30, 200, 30, uint8(i / 4 % 64 * 4)}[i%4]
	}
	for name, src := range map[string][]byte{
		"YCbCr": resizetest.JPEG(photo, 95), "RGB": resizetest.PNG(photo), "alpha": resizetest.PNG(fade),
	} {
		want := image.Image(photo)
		if name == "alpha" {
			want = fade
		}
		for _, thorough := range []bool{false, true} {
			e := resize.NewEngine(resize.EngineConfig{Codecs: vips.Codecs(), Thorough: thorough})
			out, err := e.Resize(t.Context(), src, resize.Transform{Format: resize.AVIF, Quality: 80})
			if err != nil {
				t.Fatal(err)
			}
			if f := resize.Detect(out[0]); f != resize.AVIF {
				t.Errorf("%s: got %q", name, f)
			}
			if bytes.Contains(out[0], []byte("Exif")) {
				t.Errorf("%s: has bytes for metadata, of which there are none", name)
			}
			if db := resizetest.PSNR(decodeAs(t, out[0], resize.Transform{}), want); db < 30 {
				t.Errorf("%s: got %.1f dB", name, db)
			}
		}
	}
}

// Encode writes the ICC profile, and Decode returns it.
func TestICCRoundTrip(t *testing.T) {
	icc := resizetest.Profile(resizetest.Red, resizetest.Green, resizetest.Blue)
	body, err := vips.Encode(resizetest.Photo(40, 20), resize.Encoding{Quality: 60, ICC: icc})
	if err != nil {
		t.Fatal(err)
	}
	d, err := vips.Codecs()[1].Decode(body, 1)
	if err != nil || !bytes.Equal(d.ICC, icc) {
		t.Errorf("got a profile of %d bytes, %v, want %d", len(d.ICC), err, len(icc))
	}
}

// isImageError reports whether an error is that of a file that can't be decoded.
func isImageError(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) || errors.Is(err, resize.ErrTooLarge)
}

// The codecs are safe for concurrent use.
func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for _, name := range []string{"photo.heic", "photo.avif", "photo.jxl", "turned.avif", "fade.heic", "fade.jxl"} {
		src := sample(t, name)
		wg.Go(func() {
			for range 5 {
				if _, err := engine().Resize(t.Context(), src, resize.Transform{Width: 20, Format: resize.AVIF}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	wg.Wait()
}

// Grey of video levels is expanded. The left half is a ramp over all of them, and the right half has 126.
func TestLimitedGrey(t *testing.T) {
	for _, file := range []string{"greylimited.avif", "../wasm/testdata/greylimited.heic"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := engine().Resize(t.Context(), src, resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		m := resizetest.Decode(out[0])
		for at, want := range map[image.Point]int{{10, 0}: 0, {10, 24}: 130, {10, 47}: 255, {50, 20}: 128} {
			if got := int(color.GrayModel.Convert(m.At(at.X, at.Y)).(color.Gray).Y); got < want-2 || got > want+2 {
				t.Errorf("%s: got %d at %v, want %d", file, got, at, want)
			}
		}
	}
}

// The error for an image says nothing of others that fail at the same time, or failed before.
func TestErrorsOfOtherImages(t *testing.T) {
	e, full := engine(), resize.Transform{Format: resize.PNG}
	fails := func(src []byte) string {
		_, err := e.Resize(t.Context(), src, full)
		if err == nil {
			return "no error"
		}
		return err.Error()
	}
	tiff := tiffOf(t, resizetest.Photo(96, 64))
	images := map[string][]byte{
		"TIFF": tiff[:len(tiff)-100], "HEIC": sample(t, "photo.heic"), "JXL": sample(t, "photo.jxl"), "AVIF": sample(t, "photo.avif"),
	}
	for _, name := range []string{"HEIC", "JXL", "AVIF"} {
		images[name] = images[name][:len(images[name])*2/3]
	}
	alone := make(map[string]string)
	for name, src := range images {
		alone[name] = fails(src)
	}
	var wg sync.WaitGroup
	for range 20 {
		for name, src := range images {
			wg.Go(func() {
				if got := fails(src); got != alone[name] {
					t.Errorf("%s: got %s, alone %s", name, got, alone[name])
				}
			})
		}
	}
	wg.Wait()
}

// libvips says it in two ways.
func TestUnsupported(t *testing.T) {
	for message, want := range map[string]error{
		"heif: Unsupported feature: codec": resize.ErrUnsupported, "tiff2vips: 3 bits per sample not supported\n": resize.ErrUnsupported,
		"heif: Invalid input": resize.ErrCorrupt, "": resize.ErrCorrupt,
	} {
		if got := vips.DecodeError(message); !errors.Is(got, want) {
			t.Errorf("%q: got %v, want %v", message, got, want)
		}
	}
}

func TestOtherFormatsAreBlocked(t *testing.T) {
	for _, c := range vips.Codecs() {
		for name, src := range map[string][]byte{
			"PNG": resizetest.PNG(resizetest.Photo(9, 9)), "JPEG": resizetest.JPEG(resizetest.Photo(9, 9), 80),
		} {
			if _, err := c.Decode(src, 1); !isImageError(err) {
				t.Errorf("%s by the codec of %s: got %v, want an error of the image", name, c.Format, err)
			}
		}
	}
}
