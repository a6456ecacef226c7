package resizetest

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// testMetadata tests that no metadata of an original is in a variant.
func testMetadata(t *testing.T, e resize.Engine) {
	const secret = "52.5163 N 13.3777 E"
	src := WithEXIF(JPEG(Photo(60, 40), 90), 1, secret)
	src = WithSegment(src, 0xfe, "a comment: "+secret)
	src = WithSegment(src, 0xe1, "http://ns.adobe.com/xap/1.0/\x00<x>"+secret+"</x>")
	for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF} {
		for _, w := range []int{0, 30} {
			out, err := e.Resize(t.Context(), src, resize.Transform{Width: w, Format: f})
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(out[0], []byte(secret)) || bytes.Contains(out[0], []byte("Exif")) {
				t.Errorf("%s of width %d has the metadata of the original", f, w)
			}
		}
	}
}

// disc returns a red disc of 80 × 80 pixels; the transparent pixels around it are green.
func disc() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 80, 80))
	for y := range 80 {
		for x := range 80 {
			c := color.NRGBA{G: 255}
			if math.Hypot(float64(x)-39.5, float64(y)-39.5) < 30 {
				c = color.NRGBA{R: 200, A: 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

// testAlpha tests that transparency is kept where the format has it, and that the colours of transparent pixels do not
// show.
func testAlpha(t *testing.T, e resize.Engine) {
	src := PNG(disc())
	out, err := e.Resize(t.Context(), src, resize.Transform{Width: 40})
	if err != nil || resize.Detect(out[0]) != resize.PNG {
		t.Fatalf("auto: got %s, %v, want PNG", resize.Detect(out[0]), err)
	}
	small := Decode(out[0])
	if got := nrgba(small, 0, 0); got.A != 0 {
		t.Errorf("corner: got %v, want it transparent", got)
	}
	if got := nrgba(small, 20, 20); got != (color.NRGBA{200, 0, 0, 255}) {
		t.Errorf("middle: got %v, want red", got)
	}
	for y := range 40 {
		for x := range 40 {
			if c := nrgba(small, x, y); c.A > 0 && c.G > 8 {
				t.Fatalf("pixel %d,%d is %v: the colour of transparent pixels shows", x, y, c)
			}
		}
	}
	if got := nrgba(variant(t, e, src, resize.Transform{Width: 40, Format: resize.GIF}), 0, 0); got.A != 0 {
		t.Errorf("GIF: got %v in the corner, want it transparent", got)
	}
}

// testBackground tests that a JPEG of a transparent image and a canvas have the background.
func testBackground(t *testing.T, e resize.Engine) {
	src := PNG(disc())
	for background, want := range map[string]color.NRGBA{"": {255, 255, 255, 255}, "0000ff": {0, 0, 255, 255}} {
		flat := variant(t, e, src, resize.Transform{Width: 40, Format: resize.JPEG, Quality: 95, Background: background})
		if got := nrgba(flat, 1, 1); !near(got, want, 4) {
			t.Errorf("JPEG on %q: got %v, want %v", background, got, want)
		}
	}
	wide := variant(t, e, src, resize.Transform{
		Width: 60, Height: 30, Fit: resize.Contain, Background: "0000ff", Format: resize.PNG,
	})
	left, middle := nrgba(wide, 2, 15), nrgba(wide, 30, 15)
	if left != (color.NRGBA{0, 0, 255, 255}) || middle != (color.NRGBA{200, 0, 0, 255}) {
		t.Errorf("contain: got %v at the left and %v in the middle", left, middle)
	}
}

// testKinds tests images of 16 bits, of grey, and with palettes.
func testKinds(t *testing.T, e resize.Engine) {
	photo := Photo(90, 60)
	convert := func(to image.Image) image.Image {
		set := to.(interface{ Set(x, y int, c color.Color) })
		for y := range 60 {
			for x := range 90 {
				set.Set(x, y, photo.At(x, y))
			}
		}
		return to
	}
	r := image.Rect(0, 0, 90, 60)
	palette := color.Palette{}
	for i := range 200 {
		palette = append(palette, color.NRGBA{uint8(i), uint8(255 - i), uint8(i * 2), 255})
	}
	for name, m := range map[string]image.Image{
		"16 bits": convert(image.NewNRGBA64(r)), "opaque 16 bits": convert(image.NewRGBA64(r)),
		"grey": convert(image.NewGray(r)), "grey 16 bits": convert(image.NewGray16(r)),
		"palette": convert(image.NewPaletted(r, palette)),
	} {
		want := Reference(m, r, 45, 30)
		for f, floor := range map[resize.Format]float64{resize.PNG: 38, resize.JPEG: 27} {
			got := variant(t, e, PNG(m), resize.Transform{Width: 45, Format: f, Quality: 95})
			if db := PSNR(got, want); db < floor {
				t.Errorf("%s as %s: got %.1f dB, want %.0f", name, f, db, floor)
			}
			_, isGrey := got.(*image.Gray)
			if wantGrey := name == "grey" || name == "grey 16 bits"; isGrey != wantGrey {
				t.Errorf("%s as %s: got a %T", name, f, got)
			}
		}
	}
	grey := JPEG(convert(image.NewGray(r)), 95)
	small := variant(t, e, grey, resize.Transform{Width: 45, Format: resize.JPEG, Quality: 95})
	if got := PSNR(small, Reference(Decode(grey), r, 45, 30)); got < 36 {
		t.Errorf("grey JPEG: got %.1f dB", got)
	}
}

func nrgba(m image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
}

// near reports whether two opaque colours differ by at most distance levels in each channel.
func near(a, b color.NRGBA, distance int) bool {
	d := func(x, y uint8) bool { return max(int(x)-int(y), int(y)-int(x)) <= distance }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B) && d(a.A, b.A)
}
