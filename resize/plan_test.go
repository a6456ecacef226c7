package resize

import (
	"cmp"
	"errors"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize/mount"
)

func TestPlanFor(t *testing.T) {
	full := image.Rect(0, 0, 400, 300)
	pt := image.Pt
	tests := []struct {
		name    string
		t       Transform
		crop    image.Rectangle
		size    image.Point
		canvas  image.Point
		offset  image.Point
		inner   image.Point // that of canvas if absent
		rectErr bool
	}{
		{name: "turned", t: atAngle(9000, Transform{Width: 150}), crop: full, size: pt(200, 150), inner: pt(200, 150), canvas: pt(150, 200)},
		{
			name: "turned and covered", t: atAngle(27000, Transform{Width: 100, Height: 400, Fit: Cover, Crop: Left}),
			crop: image.Rect(0, 0, 400, 100), size: pt(400, 100), inner: pt(400, 100), canvas: pt(100, 400),
		},
		{name: "turned by 30°", t: atAngle(3000, Transform{Width: 200}), crop: full, size: pt(200, 150), inner: pt(200, 150), canvas: pt(249, 230)},
		{
			name: "margin", t: Transform{Width: 200, Mount: mount.Mount{Pad: [4]int{10, 20, 30, 40}}},
			crop: full, size: pt(160, 120), inner: pt(160, 120), canvas: pt(200, 180),
		},
		{name: "enlarged", t: Transform{Width: 800, Enlarge: true}, crop: full, size: pt(800, 600)},
		{name: "enlarged outside", t: Transform{Width: 8192, Height: 8192, Fit: Outside, Enlarge: true}, crop: full, size: pt(8192, 6144)},
		{name: "enlarged in no box", t: Transform{Enlarge: true}, crop: full, size: pt(400, 300)},
		{
			name: "zoom", t: Transform{Width: 100, Height: 100, Fit: Cover, Crop: Focal, Focus: Point{0.5, 0.5}, Zoom: 300},
			crop: image.Rect(150, 100, 250, 200), size: pt(100, 100),
		},
		{name: "nothing requested", t: Transform{}, crop: full, size: pt(400, 300)},
		{name: "width", t: Transform{Width: 200}, crop: full, size: pt(200, 150)},
		{name: "height", t: Transform{Height: 100}, crop: full, size: pt(133, 100)},
		{name: "never enlarges", t: Transform{Width: 800}, crop: full, size: pt(400, 300)},
		{name: "inside", t: Transform{Width: 200, Height: 200}, crop: full, size: pt(200, 150)},
		{name: "outside", t: Transform{Width: 200, Height: 200, Fit: Outside}, crop: full, size: pt(267, 200)},
		{
			name: "outside never enlarges", t: Transform{Width: 200, Height: 900, Fit: Outside},
			crop: full, size: pt(400, 300),
		},
		{
			name: "cover", t: Transform{Width: 100, Height: 100, Fit: Cover},
			crop: image.Rect(50, 0, 350, 300), size: pt(100, 100),
		},
		{
			name: "cover left", t: Transform{Width: 100, Height: 100, Fit: Cover, Crop: Left},
			crop: image.Rect(0, 0, 300, 300), size: pt(100, 100),
		},
		{
			name: "cover bottom", t: Transform{Width: 200, Height: 100, Fit: Cover, Crop: Bottom},
			crop: image.Rect(0, 100, 400, 300), size: pt(200, 100),
		},
		{
			name: "cover focal", t: Transform{Width: 100, Height: 100, Fit: Cover, Crop: Focal, Focus: Point{1, 0}},
			crop: image.Rect(100, 0, 400, 300), size: pt(100, 100),
		},
		{
			name: "cover keeps the shape of a box that is too large", t: Transform{Width: 1000, Height: 1000, Fit: Cover},
			crop: image.Rect(50, 0, 350, 300), size: pt(300, 300),
		},
		{
			name: "contain", t: Transform{Width: 200, Height: 200, Fit: Contain},
			crop: full, size: pt(200, 150), canvas: pt(200, 200), offset: pt(0, 25),
		},
		{
			name: "contain never enlarges", t: Transform{Width: 500, Height: 400, Fit: Contain},
			crop: full, size: pt(400, 300), canvas: pt(500, 400), offset: pt(50, 50),
		},
		{name: "fill", t: Transform{Width: 100, Height: 200, Fit: Fill}, crop: full, size: pt(100, 200)},
		{
			name: "fill keeps the shape of a box that is too large", t: Transform{Width: 800, Height: 150, Fit: Fill},
			crop: full, size: pt(400, 75),
		},
		{
			name: "rect", t: Transform{Width: 50, Rect: Rect{300, 200, 400, 400}},
			crop: image.Rect(300, 200, 400, 300), size: pt(50, 50),
		},
		{name: "rect outside", t: Transform{Rect: Rect{400, 0, 10, 10}}, rectErr: true},
		{
			name: "sliver", t: Transform{Width: 1, Height: 8192, Fit: Cover},
			crop: image.Rect(199, 0, 200, 300), size: pt(1, 300),
		},
	}
	for _, test := range tests {
		got, err := PlanFor(test.t, 400, 300, nil)
		if test.rectErr {
			if !errors.Is(err, ErrRect) {
				t.Errorf("%s: got error %v, want ErrRect", test.name, err)
			}
			continue
		}
		want := Plan{Crop: test.crop, Size: test.size, Canvas: test.canvas, Offset: test.offset}
		if want.Canvas == (image.Point{}) {
			want.Canvas = want.Size
		}
		want.Inner = cmp.Or(test.inner, want.Canvas)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, want)
		}
	}
}

func atAngle(angle int, t Transform) Transform {
	t.Mount.Angle = angle
	return t
}

// TestPlanForRandomTransforms checks for random transforms and sizes that the crop is within the image, that nothing is
// enlarged by more than a rounding, and that nothing is empty.
func TestPlanForRandomTransforms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	wild := func(image.Rectangle, image.Point) image.Point { return image.Pt(r.IntN(9999)-5000, r.IntN(9999)-5000) }
	for range 50_000 {
		tr := randomTransform(r)
		w, h := 1+r.IntN(9000), 1+r.IntN(300)
		p, err := PlanFor(tr, w, h, wild)
		if errors.Is(err, ErrRect) {
			continue
		}
		scaled := image.Rectangle{Min: p.Offset, Max: p.Offset.Add(p.Size)}
		switch {
		case p.Crop.Empty() || !p.Crop.In(image.Rect(0, 0, w, h)):
			t.Fatalf("%+v of %d×%d takes %v", tr, w, h, p.Crop)
		case p.Size.X < 1 || p.Size.Y < 1 || !tr.Enlarge && (p.Size.X > p.Crop.Dx()+1 || p.Size.Y > p.Crop.Dy()+1):
			t.Fatalf("%+v of %d×%d scales %v to %v", tr, w, h, p.Crop, p.Size)
		case !scaled.In(image.Rectangle{Max: p.Inner}):
			t.Fatalf("%+v of %d×%d puts %v on a canvas of %v", tr, w, h, scaled, p.Canvas)
		}
	}
}
