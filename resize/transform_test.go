package resize

import (
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

func TestTransformString(t *testing.T) {
	tests := []struct {
		t    Transform
		want string
	}{
		{Transform{}, "full.auto"},
		{Transform{Format: PNG, Quality: 75}, "full.png"},
		{Transform{Width: 480}, "w=480.auto"},
		{Transform{Width: 480, Mark: Mark{Key: "a/b.png"}, Format: WebP}, "w=480,mark=YS9iLnBuZw.webp"},
		{Transform{Mark: Mark{Key: "a", Version: "x", Align: Top, Pad: 10, Scale: 20, Alpha: 50}, Format: WebP},
			"mark=YQ,mark-version=x,mark-align=top,mark-pad=10,mark-scale=20,mark-alpha=50.webp"},
		{Transform{Mark: Mark{Key: "a", Align: Top, Alpha: 100, Tile: true}, Format: WebP}, "mark=YQ,mark-tile=grid.webp"},
		{Transform{Mark: Mark{Align: Top, Pad: 10}, Format: WebP}, "full.webp"},
		{Transform{Width: 480, Format: WebP, Quality: 75}, "w=480,q=75.webp"},
		{Transform{Width: 480, Format: WebP, Quality: AutoQuality}, "w=480,q=auto.webp"},
		{Transform{Format: PNG, Quality: AutoQuality}, "full.png"},
		{Transform{Width: 480, Height: 270, Fit: Cover, Quality: 75, Format: WebP}, "w=480,h=270,fit=cover,q=75.webp"},
		{Transform{Width: 480, Fit: Cover, Crop: Top}, "w=480.auto"},
		{Transform{Width: 480, Height: 270, Crop: Top}, "w=480,h=270.auto"},
		{Transform{Width: 480, Height: 270, Fit: Cover, Crop: Top}, "w=480,h=270,fit=cover,crop=top.auto"},
		{Transform{Height: 9, Background: "ff0000"}, "h=9.auto"},
		{Transform{Height: 9, Background: "ff0000", Format: JPEG}, "h=9,bg=ff0000.jpeg"},
		{Transform{Width: 5, Height: 9, Fit: Contain, Background: "ff0000", Format: PNG}, "w=5,h=9,fit=contain,bg=ff0000.png"},
		{
			Transform{Width: 5, Height: 9, Fit: Cover, Crop: Focal, Focus: Point{0.25, 0.123456}},
			"w=5,h=9,fit=cover,fp-x=0.25,fp-y=0.1235.auto",
		},
		{Transform{Width: 5, Height: 9, Fit: Cover, Crop: Focal, Focus: Point{0.5, 0.5}}, "w=5,h=9,fit=cover.auto"},
		{Transform{Rect: Rect{1, 2, 3, 4}, Blur: 2.504}, "rect=1-2-3-4,blur=2.5.auto"},
		{
			Transform{Effects: effects.Set{Brightness: 1, Contrast: -2, Saturation: 3, Gamma: -4, Sharpen: 5, Flip: effects.HalfTurn, Invert: true}},
			"bri=1,con=-2,sat=3,gam=-4,sharp=5,invert=true,flip=hv.auto",
		},
	}
	for _, test := range tests {
		if got := test.t.String(); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.t, got, test.want)
		}
		back, err := ParseTransform(test.want)
		if err != nil || back != test.t.Normal() {
			t.Errorf("parse %s: got %+v, %v, want %+v", test.want, back, err, test.t.Normal())
		}
	}
}

func TestParseTransformRefusesOtherSpellings(t *testing.T) {
	for _, s := range []string{
		"", ".", "full", ".webp", "full.", "full.bmp", "w=0480.webp", "w=+480.webp", "w=480.WEBP", "w=480,.webp",
		"h=2,w=1.webp", "w=1,w=2.webp", "w=9000.webp", "w=-1.webp", "w=480,fit=inside.webp", "w=480,fit=cover.webp",
		"w=480,h=270,crop=top.webp", "q=75.png", "q=0.jpeg", "q=101.jpeg", "bg=ff0000.webp", "bg=FF0000.jpeg",
		"blur=0.1.webp", "blur=NaN.webp", "blur=1e1.webp", "blur=2.50.webp", "w=1,h=1,fit=cover,crop=center.webp",
		"rect=1-2-3.webp", "rect=1-2-3-4-5.webp", "rect=1-2-0-4.webp", "rect=-1-2-3-4.webp", "full,w=1.webp",
		"bri=0.webp", "bri=101.webp", "bri=-101.webp", "con=+1.webp", "sat=-0.webp", "gam=01.webp", "sharp=-1.webp", "sharp=1.5.webp",
		"invert=false.webp", "invert=1.webp", "flip=.webp", "flip=vh.webp", "flip=h,invert=true.webp", "con=1,bri=1.webp",
		"w=1,h=1,fit=cover,fp-x=2,fp-y=0.webp", "w=1,h=1,fit=cover,fp-x=0.5,fp-y=0.5.webp", "w=1,h=1,fit=cover,crop=focal.webp",
	} {
		if got, err := ParseTransform(s); err == nil {
			t.Errorf("parse %q: got %+v, want an error", s, got)
		}
	}
}

// randomTransform returns a valid transform, not in normal form.
func randomTransform(r *rand.Rand) Transform {
	pick := func(n int) bool { return r.IntN(n) == 0 }
	var t Transform
	if !pick(4) {
		t.Width = 1 + r.IntN(MaxSide)
	}
	if !pick(3) {
		t.Height = 1 + r.IntN(MaxSide)
	}
	t.Fit = []Fit{"", Inside, Cover, Contain, Fill, Outside}[r.IntN(6)]
	t.Crop = []Crop{"", Center, Top, BottomRight, Smart, Focal}[r.IntN(6)]
	t.Focus = Point{r.Float64(), r.Float64()}
	if pick(3) {
		t.Rect = Rect{r.IntN(99), r.IntN(99), 1 + r.IntN(99), 1 + r.IntN(99)}
	}
	t.Quality = AutoQuality + r.IntN(102)
	t.Background = []string{"", hexcolor.White, "00ff7f", "00ff7f80"}[r.IntN(4)]
	if pick(3) {
		t.Blur = 0.3 + r.Float64()*99
	}
	values := []string{"9", "-9", "77", "100", "true", "h", "vh", "45.5", "90", "1.5", "300", "10,ff0000", "ff0000aa", "ellipse", "corners", "color", "123456,ffd700"}
	for _, field := range SignedFields {
		changed := t
		if pick(6) && field.Set(&changed, values[r.IntN(len(values))]) {
			t = changed
		}
	}
	t.Format = []Format{"", Auto, JPEG, PNG, GIF, WebP, AVIF}[r.IntN(7)]
	return t
}

func TestTransformRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		in := randomTransform(r)
		out, err := ParseTransform(in.String())
		if err != nil || out != in.Normal() {
			t.Fatalf("%+v prints as %s, which parses as %+v, %v", in, in, out, err)
		}
		if twice := in.Normal().Normal(); twice != in.Normal() {
			t.Fatalf("%+v has the normal forms %+v and %+v", in, in.Normal(), twice)
		}
	}
}

func FuzzParseTransform(f *testing.F) {
	f.Add("w=480,h=270,fit=cover,crop=top,q=75.webp")
	f.Add("w=80,h=80,fit=cover,fp-x=0.25,fp-y=0.5,rect=10-20-300-200,bg=ff0000,blur=2.5.jpeg")
	f.Fuzz(func(t *testing.T, s string) {
		tr, err := ParseTransform(s)
		if err == nil && tr.String() != s {
			t.Errorf("%q parses, and prints as %q", s, tr.String())
		}
	})
}
