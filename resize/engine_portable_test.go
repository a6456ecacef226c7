package resize_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestPortable(t *testing.T) { resizetest.Run(t, resize.NewEngine(resize.EngineConfig{})) }

func TestProbe(t *testing.T) {
	photo := resizetest.Photo(64, 48)
	lying := resizetest.WithEXIF(resizetest.JPEG(photo, 80), 6, "")
	padded := resizetest.JPEG(photo, 80)
	for range 20 { // more metadata than is looked through
		padded = resizetest.WithSegment(padded, 0xe2, strings.Repeat("x", 65_000))
	}
	tests := []struct {
		name string
		src  []byte
		want resize.Header
		err  error
	}{
		{"JPEG", resizetest.JPEG(photo, 80), resize.Header{Format: resize.JPEG, Width: 64, Height: 48, Orientation: 1, Frames: 1, Channels: 3, Depth: 8}, nil},
		{"lying JPEG", lying, resize.Header{Format: resize.JPEG, Width: 64, Height: 48, Orientation: 6, Frames: 1, Channels: 3, Depth: 8}, nil},
		{"PNG", resizetest.PNG(photo), resize.Header{Format: resize.PNG, Width: 64, Height: 48, Orientation: 1, Frames: 1, Channels: 4, Depth: 8}, nil},
		{"grey 16-bit PNG", resizetest.PNG(image.NewGray16(photo.Rect)), resize.Header{Format: resize.PNG, Width: 64, Height: 48, Orientation: 1, Frames: 1, Channels: 1, Depth: 16}, nil},
		{"padded JPEG", padded, resize.Header{}, resize.ErrHeaderLong},
		{"nothing", nil, resize.Header{}, resize.ErrUnsupported},
		{"text", []byte("<svg>"), resize.Header{}, resize.ErrUnsupported},
		{"cut", lying[:40], resize.Header{}, resize.ErrCorrupt},
		{"no size", []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00;"), resize.Header{}, resize.ErrCorrupt},
	}
	for _, test := range tests {
		got, err := resize.Probe(iotest.OneByteReader(bytes.NewReader(test.src)))
		if !errors.Is(err, test.err) || err == nil && got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v, %v", test.name, got, err, test.want, test.err)
		}
	}
	broken := errors.New("connection reset")
	if _, err := resize.Probe(iotest.ErrReader(broken)); err != broken {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// What a header claims may be beyond all measure: nothing overflows, and it is refused.
func TestClaims(t *testing.T) {
	for _, side := range []int{0, 1, 65535, 1<<31 - 1} {
		h := resize.Header{Format: resize.PNG, Width: side, Height: side, Channels: 4, Depth: 16, Frames: 1, Orientation: 1}
		refused := errors.Is(h.Check(resize.Limits{}), resize.ErrTooLarge)
		if want := side > 10_000; refused != want {
			t.Errorf("%d × %d: refused %t, want %t", side, side, refused, want)
		}
		if got := h.Memory(1000, resize.Limits{}); got < int64(side) {
			t.Errorf("%d × %d: got %d bytes", side, side, got)
		}
		h.Format = resize.GIF
		if got := h.Memory(1<<40, resize.Limits{}); got < int64(side) {
			t.Errorf("GIF of %d × %d: got %d bytes", side, side, got)
		}
	}
}

// A profile with red and green swapped shows that it is applied, and to what.
func TestProfiles(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{200, 40, 40, 255})
	}
	engine := resize.NewEngine(resize.EngineConfig{})
	middle := func(src []byte, f resize.Format) color.NRGBA {
		t.Helper()
		out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 20, Format: f, Quality: 95})
		if err != nil {
			t.Fatal(err)
		}
		return color.NRGBAModel.Convert(resizetest.Decode(out[0]).At(10, 10)).(color.NRGBA)
	}
	jpeg := resizetest.JPEG(m, 95)
	swapped := resizetest.WithSegment(jpeg, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(resizetest.Profile(resizetest.Green, resizetest.Red, resizetest.Blue)))
	plain := resizetest.WithSegment(jpeg, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(resizetest.Profile(resizetest.Red, resizetest.Green, resizetest.Blue)))
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		if c := middle(swapped, f); c.G < 180 || c.R > 60 {
			t.Errorf("%s, red and green swapped: got %v, want green", f, c)
		}
		if c := middle(plain, f); c.R < 180 || c.G > 60 {
			t.Errorf("%s, sRGB: got %v, want red", f, c)
		}
	}
	// One of a kind that can't be applied goes along.
	lut := resizetest.Profile(resizetest.Red, resizetest.Green, resizetest.Blue)
	copy(lut[20:], "Lab ")
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		out, err := engine.Resize(t.Context(), resizetest.WithSegment(jpeg, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(lut)), resize.Transform{Format: f})
		if err != nil {
			t.Fatal(err)
		}
		if has := bytes.Contains(out[0], []byte("ICC_PROFILE")) || bytes.Contains(out[0], []byte("iCCP")); !has {
			t.Errorf("%s: the profile got lost", f)
		}
		resizetest.Decode(out[0])
	}
}

// FuzzResize feeds pictures and what is left of them: an answer or a fault of the picture, in little memory.
func FuzzResize(f *testing.F) {
	photo := resizetest.Photo(24, 18)
	f.Add(resizetest.JPEG(photo, 70))
	f.Add(resizetest.WithEXIF(resizetest.JPEG(photo, 70), 6, "x"))
	f.Add(resizetest.PNG(photo))
	f.Add(resizetest.PNG(image.NewPaletted(photo.Rect, color.Palette{color.Black, color.White})))
	f.Add([]byte("GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x02\x84Q\x00;"))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	engine := resize.NewEngine(resize.EngineConfig{Limits: resize.Limits{Pixels: 1 << 18, AnimationPixels: 1 << 18}})
	f.Fuzz(func(t *testing.T, src []byte) {
		resize.Probe(bytes.NewReader(src))
		out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 8}, resize.Transform{Width: 5, Height: 5, Fit: resize.Cover, Crop: resize.Smart, Format: resize.PNG})
		switch {
		case err == nil:
			for _, one := range out {
				resizetest.Decode(one)
			}
		case strings.Contains(err.Error(), "panic"):
			t.Error(err)
		case !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) && !errors.Is(err, resize.ErrTooLarge):
			t.Errorf("%v is not a fault of the picture", err)
		}
	})
}

// Of four variants three are encoded beside the making of the next.
func TestSpareIsTaken(t *testing.T) {
	lent := 0
	err := resize.NewEngine(resize.EngineConfig{}).Each(t.Context(), resizetest.JPEG(resizetest.Photo(90, 60), 90), resize.Job{
		Transforms: []resize.Transform{{Width: 40}, {Width: 30}, {Width: 20}, {Width: 10}},
		Spare:      func(int64) (func(), bool) { lent++; return func() {}, true },
		Yield: func(_ int, _ []byte, err error) {
			if err != nil {
				t.Error(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if lent != 3 {
		t.Errorf("got %d processors, want 3", lent)
	}
}

// Progressive JPEGs show the same picture, in fewer bytes.
func TestProgressive(t *testing.T) {
	src := resizetest.JPEG(resizetest.Photo(900, 600), 90)
	tr := resize.Transform{Width: 480, Format: resize.JPEG}
	var out [2][]byte
	for i, progressive := range []bool{false, true} {
		all, err := resize.NewEngine(resize.EngineConfig{Progressive: progressive}).Resize(t.Context(), src, tr)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = all[0]
		if h, err := resize.ProbeBytes(out[i]); err != nil || h.Progressive != progressive {
			t.Errorf("asked for %v: got %+v, %v", progressive, h, err)
		}
	}
	if !bytes.Equal(resizetest.Decode(out[0]).(*image.YCbCr).Y, resizetest.Decode(out[1]).(*image.YCbCr).Y) {
		t.Error("got different pictures")
	}
	if len(out[1]) >= len(out[0]) {
		t.Errorf("got %d bytes, more than the %d of one scan", len(out[1]), len(out[0]))
	}
}

// A JPEG that ends early is refused, or shown as far as it goes when that is wanted.
func TestLenient(t *testing.T) {
	whole := resizetest.JPEG(resizetest.Photo(400, 300), 85)
	half := whole[:len(whole)/2]
	strict := resize.NewEngine(resize.EngineConfig{})
	if _, err := strict.Resize(t.Context(), half, resize.Transform{Width: 100}); !errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("strict: got %v, want resize.ErrCorrupt", err)
	}
	lenient := resize.NewEngine(resize.EngineConfig{Lenient: true})
	out, err := lenient.Resize(t.Context(), half, resize.Transform{Width: 100, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	got := resizetest.Decode(out[0])
	want, err := strict.Resize(t.Context(), whole, resize.Transform{Width: 100, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	top := image.Rect(0, 0, 100, 20)
	if db := resizetest.PSNR(part(got, top), part(resizetest.Decode(want[0]), top)); db < 45 {
		t.Errorf("what there is of it: got %.1f dB", db)
	}
	if r, g, b, _ := got.At(50, 74).RGBA(); r>>8 != g>>8 || g>>8 != b>>8 {
		t.Errorf("what is missing: got %d, %d, %d, want grey", r>>8, g>>8, b>>8)
	}
	if _, err := lenient.Resize(t.Context(), []byte("no picture"), resize.Transform{Width: 100}); err == nil {
		t.Error("what is no picture: got no error")
	}
}

func part(m image.Image, r image.Rectangle) image.Image {
	return m.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(r)
}
