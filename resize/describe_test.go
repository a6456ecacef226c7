package resize_test

import (
	"encoding/json"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// half returns an image that is reddish except for the left quarter, which has the colour rest.
func half(w, h int, rest color.Color) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, rest)
			if 4*x >= w {
				m.Set(x, y, color.NRGBA{200, 40, 16, 255})
			}
		}
	}
	return m
}

// TestDescription describes images, whatever else the transform asks for.
func TestDescription(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	all := resize.Transform{Format: resize.Description, Width: 7, Rect: resize.Rect{W: 5, H: 5}}
	tests := []struct {
		name string
		src  []byte
		want resize.Info
	}{
		{"opaque", resizetest.PNG(half(300, 200, color.White)), resize.Info{
			Format: resize.PNG, MediaType: "image/png", Width: 300, Height: 200,
			Displayed:   resize.Size{Width: 300, Height: 200},
			Orientation: 1, Frames: 1, DominantColor: "#c82810",
		}},
		{"transparent", resizetest.PNG(half(40, 80, color.Transparent)), resize.Info{
			Format: resize.PNG, MediaType: "image/png", Width: 40, Height: 80,
			Displayed:   resize.Size{Width: 40, Height: 80},
			Orientation: 1, Frames: 1, Alpha: true, DominantColor: "#c82810",
		}},
	}
	for _, test := range tests {
		out, err := e.Resize(t.Context(), test.src, all)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var got resize.Info
		if err := json.Unmarshal(out[0], &got); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got.ThumbHash == "" || got.BlurHash == "" || got.Bytes != len(test.src) {
			t.Errorf("%s: got %+v, want hashes and %d bytes", test.name, got, len(test.src))
		}
		got.ThumbHash, got.BlurHash, got.Bytes = "", "", 0
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestNormalFormOfText checks that text has one name for all sizes of the same ratio.
func TestNormalFormOfText(t *testing.T) {
	tests := []struct {
		t    resize.Transform
		want string
	}{
		{resize.Transform{Format: resize.BlurHash, Width: 480, Quality: 9, Blur: 3}, "full.blurhash"},
		{resize.Transform{Format: resize.ThumbHash, Width: 480, Height: 100, Fit: resize.Outside}, "full.thumbhash"},
		{
			resize.Transform{Format: resize.ThumbHash, Width: 480, Height: 100, Fit: resize.Cover, Crop: resize.Top},
			"w=480,h=100,fit=cover,crop=top.thumbhash",
		},
	}
	for _, test := range tests {
		if got := test.t.String(); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.t, got, test.want)
		}
		if back, err := resize.ParseTransform(test.want); err != nil || back != test.t.Normal() {
			t.Errorf("%s: got %+v, %v", test.want, back, err)
		}
	}
	if _, err := resize.ParseTransform("full.info"); err == nil {
		t.Error("full.info: got no error, though no URL asks for a description")
	}
}

// TestMemoryOfText checks that an image is not decoded at full size for a few letters about it.
func TestMemoryOfText(t *testing.T) {
	h := resize.Header{Format: resize.JPEG, Width: 6000, Height: 4000, Orientation: 1, Frames: 1, Channels: 3, Depth: 8}
	want := h.Memory(1000, resize.EngineConfig{}, resize.Transform{Format: resize.JPEG, Width: 100})
	for _, f := range []resize.Format{resize.BlurHash, resize.ThumbHash, resize.Description} {
		if got := h.Memory(1000, resize.EngineConfig{}, resize.Transform{Format: f}); got > want+1<<20 {
			t.Errorf("%s: got %d bytes, want about %d", f, got, want)
		}
	}
}
