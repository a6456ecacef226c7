//go:build cgo

package webp_test

import (
	"bytes"
	"fmt"
	"image"
	"reflect"
	"testing"

	stdwebp "golang.org/x/image/webp"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// stills returns images of all kinds, in sizes that fill their last macroblocks or do not.
func stills(t testing.TB) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, size := range []image.Point{{1, 1}, {33, 17}, {160, 96}} {
		opaque, glass := resizetest.Photo(size.X, size.Y), resizetest.Photo(size.X, size.Y)
		for i := 3; i < len(glass.Pix); i += 4 {
			glass.Pix[i] = uint8(i * i / 50)
		}
		for name, m := range map[string]image.Image{"opaque": opaque, "alpha": glass} {
			for _, quality := range []int{20, 90, 100} {
				body, err := webp.Encode(m, resize.Encoding{Quality: quality})
				if err != nil {
					t.Fatal(err)
				}
				all[name+" "+size.String()+" "+string(rune('a'+quality))] = body
			}
		}
	}
	return all
}

// TestDecode compares images with those of x/image/webp, sample by sample.
func TestDecode(t *testing.T) {
	for name, body := range stills(t) {
		want, err := stdwebp.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := webp.Decode(body, 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !same(got.Image, want) {
			t.Errorf("%s: got another image", name)
		}
	}
}

// same compares the samples of images, whose types must be equal, as they are stored.
func same(a, b image.Image) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) || a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// TestDecodeEngine checks that an engine makes the same variants with the decoder as without, also of animations.
func TestDecodeEngine(t *testing.T) {
	all := map[string][]byte{"animation": ballAnimation(t)}
	for name, body := range stills(t) {
		if len(body) < 2000 {
			all[name] = body
		}
	}
	profile, err := webp.Encode(resizetest.Photo(40, 30), resize.Encoding{Quality: 80, ICC: []byte("a profile")})
	if err != nil {
		t.Fatal(err)
	}
	all["profile"] = profile
	inGo := resize.NewEngine(resize.EngineConfig{Codecs: webp.Codecs()})
	for name, body := range all {
		for _, to := range []resize.Transform{{Format: resize.PNG}, {Format: resize.WebP, Width: 20}, {Format: resize.GIF}} {
			want, err := inGo.Resize(t.Context(), body, to)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := engine().Resize(t.Context(), body, to); err != nil || !bytes.Equal(got[0], want[0]) {
				t.Errorf("%s to %s: got another variant, %v", name, to.Format, err)
			}
		}
	}
}

// TestDecodeDamaged cuts off images, and changes their bytes. What x/image/webp decodes of them too is the same. Without their last
// bytes, or without the alpha that they announce, they are refused.
func TestDecodeDamaged(t *testing.T) {
	check := func(name string, body []byte, mayBeBetter bool) {
		t.Helper()
		got, err := webp.Decode(body, 1)
		if err != nil {
			return
		}
		want, err := stdwebp.Decode(bytes.NewReader(body))
		if err == nil && !same(got.Image, want) || err != nil && !mayBeBetter {
			t.Errorf("%s: got an image, want another, %v", name, err)
		}
	}
	for name, body := range stills(t) {
		if len(body) > 2000 {
			continue
		}
		for n := range body {
			if n%25 != 0 && n > 40 && n < len(body)-10 {
				continue
			}
			check(fmt.Sprintf("%s, cut to %d of %d", name, n, len(body)), body[:n], false)
			changed := bytes.Clone(body)
			changed[n] ^= 1 << (n % 8)
			check(fmt.Sprintf("%s, with another byte %d of %d", name, n, len(body)), changed, n != 20 && (n < 30 || n > 33))
		}
	}
}

// FuzzDecode gives the decoder any bytes: what it and x/image/webp decode is the same.
func FuzzDecode(f *testing.F) {
	for _, body := range stills(f) {
		if len(body) < 5000 {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := resize.ProbeBytes(body); err != nil || h.Width*h.Height > 1<<16 {
			return
		}
		got, gotErr := webp.Decode(body, 1)
		want, wantErr := stdwebp.Decode(bytes.NewReader(body))
		if gotErr == nil && wantErr == nil && !same(got.Image, want) {
			t.Error("got another image")
		}
	})
}
