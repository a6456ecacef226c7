package resize_test

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// An original that is smaller than what would be made of it is passed on, without its metadata. Whatever changes how it
// looks is applied all the same.
func TestPassingOn(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	progressive := resize.NewEngine(resize.EngineConfig{Progressive: true}) // whose files are smaller
	out, err := progressive.Resize(t.Context(), resizetest.PNG(resizetest.Grain(320, 240)), resize.Transform{Quality: 60, Format: resize.JPEG})
	if err != nil {
		t.Fatal(err)
	}
	plain := out[0]
	marked := resizetest.WithSegment(plain, 0xfe, "secret")
	p3 := resizetest.Profile(resizetest.Green, resizetest.Red, resizetest.Blue)
	for name, test := range map[string]struct {
		src       []byte
		transform resize.Transform
		isPassed  bool
	}{
		"as it is":     {plain, resize.Transform{Format: resize.JPEG}, true},
		"wider":        {plain, resize.Transform{Width: 500, Format: resize.JPEG}, true},
		"automatic":    {plain, resize.Transform{}, true},
		"comment":      {marked, resize.Transform{Format: resize.JPEG}, true},
		"upright":      {resizetest.WithEXIF(plain, 1, "Exif"), resize.Transform{Format: resize.JPEG}, true},
		"turned":       {resizetest.WithEXIF(plain, 6, "Exif"), resize.Transform{Format: resize.JPEG}, false},
		"quality":      {plain, resize.Transform{Quality: 78, Format: resize.JPEG}, false},
		"blurred":      {plain, resize.Transform{Blur: 1, Format: resize.JPEG}, false},
		"flipped":      {plain, resize.Transform{Effects: effects.Set{Flip: effects.Horizontal}, Format: resize.JPEG}, false},
		"smaller":      {plain, resize.Transform{Width: 319, Format: resize.JPEG}, false},
		"on a canvas":  {plain, resize.Transform{Width: 400, Height: 400, Fit: resize.Contain, Format: resize.JPEG}, false},
		"part":         {plain, resize.Transform{Rect: resize.Rect{X: 0, Y: 0, W: 319, H: 240}, Format: resize.JPEG}, false},
		"other format": {plain, resize.Transform{Format: resize.PNG}, false},
		"wide colours": {resizetest.WithSegment(plain, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(p3)), resize.Transform{Format: resize.JPEG}, false},
	} {
		out, err := e.Resize(t.Context(), test.src, test.transform)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Equal(out[0], plain); got != test.isPassed {
			t.Errorf("%s: passed on %v, want %v; got %d bytes, the original has %d", name, got, test.isPassed, len(out[0]), len(plain))
		}
	}
}

// A reduced drawing has blends that the original lacks. They have fewer levels where they would cost more bytes than it has;
// the areas keep their colours.
func TestBlendsAreRounded(t *testing.T) {
	src := resizetest.PNG(drawingOf(400, 300, color.White))
	e := resize.NewEngine(resize.EngineConfig{})
	out, err := e.Resize(t.Context(), src, resize.Transform{Width: 320, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	got, want := resizetest.Decode(out[0]), resizetest.Reference(drawingOf(400, 300, color.White), image.Rect(0, 0, 400, 300), 320, 240)
	if db := resizetest.PSNR(got, want); db < 36 || len(out[0]) > 3*len(src)/2 {
		t.Errorf("got %.1f dB, %d bytes for %d", db, len(out[0]), len(src))
	}
	if r, g, b, _ := got.At(0, 0).RGBA(); r&g&b != 0xffff {
		t.Errorf("white became %v", got.At(0, 0))
	}
}
