package resize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// retagged returns a TIFF of little endian with the number and the value of a tag replaced.
func retagged(src []byte, from, to, value uint16) []byte {
	out := bytes.Clone(src)
	for e := out[binary.LittleEndian.Uint32(out[4:])+2:]; len(e) >= 12; e = e[12:] {
		if binary.LittleEndian.Uint16(e) == from {
			binary.LittleEndian.PutUint16(e, to)
			binary.LittleEndian.PutUint16(e[8:], value)
		}
	}
	return out
}

// TestTIFF compares variants of a TIFF with those of a PNG of the same pixels, and rotates one.
func TestTIFF(t *testing.T) {
	m := glass(resizetest.Photo(96, 64))
	src := tiffOf(t, m)
	engine := resize.NewEngine(resize.EngineConfig{})
	ts := []resize.Transform{{Format: resize.PNG}, {Width: 40, Format: resize.PNG}, {Width: 40, Format: resize.JPEG}}
	got, err := engine.Resize(t.Context(), src, ts...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := engine.Resize(t.Context(), resizetest.PNG(m), ts...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if db := resizetest.PSNR(resizetest.Decode(got[i]), resizetest.Decode(want[i])); db < 60 {
			t.Errorf("%s: got %.1f dB", ts[i], db)
		}
	}

	const resolutionUnit, orientation, compression, jpeg = 296, 274, 259, 7
	photo := resizetest.Photo(96, 64)
	turned, err := engine.Resize(t.Context(), retagged(tiffOf(t, photo), resolutionUnit, orientation, 6), ts[0])
	if err != nil {
		t.Fatal(err)
	}
	upright := resizetest.Decode(turned[0])
	c := color.NRGBAModel.Convert(upright.At(0, 0)).(color.NRGBA)
	if upright.Bounds().Dx() != 64 || c != photo.NRGBAAt(0, 63) {
		t.Errorf("got %v, %v in the corner, want %v", upright.Bounds(), c, photo.NRGBAAt(0, 63))
	}
	if _, err := engine.Resize(t.Context(), retagged(src, compression, compression, jpeg), ts[0]); !errors.Is(err, resize.ErrUnsupported) {
		t.Errorf("JPEG in TIFF: got %v, want ErrUnsupported", err)
	}
	if _, err := engine.Resize(t.Context(), src[:len(src)/2], ts[0]); !errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("half of a TIFF: got %v, want ErrCorrupt", err)
	}
}

// inked returns a TIFF whose red, green, blue and alpha are taken for inks.
func inked(t testing.TB, m image.Image) []byte { return retagged(tiffOf(t, m), 262, 262, 5) }

// printed returns the colours of inks, which are taken for ideal.
func printed(inks *image.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(inks.Rect)
	for i := 0; i < len(inks.Pix); i += 4 {
		light := 255 - int(inks.Pix[i+3])
		for c := range 3 {
			m.Pix[i+c] = uint8((255 - int(inks.Pix[i+c])) * light / 255)
		}
		m.Pix[i+3] = 255
	}
	return m
}

// TestTIFFInks checks the colours of inks without a profile.
func TestTIFFInks(t *testing.T) {
	inks := glass(resizetest.Photo(96, 64))
	out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), inked(t, inks), resize.Transform{Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	if db := resizetest.PSNR(resizetest.Decode(out[0]), printed(inks)); db < 50 {
		t.Errorf("got %.1f dB", db)
	}
}
