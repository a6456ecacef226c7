// Package resizetest holds what every engine must do, and pictures to try it with.
package resizetest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// Run holds an engine to its contract.
func Run(t *testing.T, e resize.Engine) {
	t.Run("Sizes", func(t *testing.T) { testSizes(t, e) })
	t.Run("Quality", func(t *testing.T) { testQuality(t, e) })
	t.Run("Orientation", func(t *testing.T) { testOrientation(t, e) })
	t.Run("Metadata", func(t *testing.T) { testMetadata(t, e) })
	t.Run("Alpha", func(t *testing.T) { testAlpha(t, e) })
	t.Run("Kinds", func(t *testing.T) { testKinds(t, e) })
	t.Run("Animation", func(t *testing.T) { testAnimation(t, e) })
	t.Run("Crop", func(t *testing.T) { testCrop(t, e) })
	t.Run("Many", func(t *testing.T) { testMany(t, e) })
	t.Run("Order", func(t *testing.T) { testOrder(t, e) })
	t.Run("NoFunctions", func(t *testing.T) { testNoFunctions(t, e) })
	t.Run("More", func(t *testing.T) { testMore(t, e) })
	t.Run("Stage", func(t *testing.T) { testStage(t, e) })
	t.Run("Spare", func(t *testing.T) { testSpare(t, e) })
	t.Run("AnimationJob", func(t *testing.T) { testAnimationJob(t, e) })
	t.Run("Damage", func(t *testing.T) { testDamage(t, e) })
	t.Run("Hostile", func(t *testing.T) { testHostile(t, e) })
	t.Run("Refuses", func(t *testing.T) { testRefuses(t, e) })
}

// do makes one variant and decodes it.
func do(t *testing.T, e resize.Engine, src []byte, tr resize.Transform) image.Image {
	t.Helper()
	src = bytes.Clone(src)
	out, err := e.Resize(t.Context(), src, tr)
	if err != nil {
		t.Fatalf("%s: %v", tr, err)
	}
	clear(src) // it is the caller's again
	if want := tr.Normal().Format; want != resize.Auto && resize.Detect(out[0]) != want {
		t.Fatalf("%s: got %s", tr, resize.Detect(out[0]))
	}
	return Decode(out[0])
}

func testSizes(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(400, 300), 90)
	tests := []struct {
		t    resize.Transform
		w, h int
	}{
		{resize.Transform{}, 400, 300},
		{resize.Transform{Width: 200}, 200, 150},
		{resize.Transform{Height: 100}, 133, 100},
		{resize.Transform{Width: 1}, 1, 1},
		{resize.Transform{Width: 399}, 399, 299},
		{resize.Transform{Width: 800}, 400, 300},
		{resize.Transform{Width: 90, Height: 90, Fit: resize.Cover}, 90, 90},
		{resize.Transform{Width: 90, Height: 90, Fit: resize.Contain}, 90, 90},
		{resize.Transform{Width: 90, Height: 31, Fit: resize.Fill}, 90, 31},
		{resize.Transform{Width: 90, Height: 90, Fit: resize.Outside}, 120, 90},
		{resize.Transform{Rect: resize.Rect{X: 11, Y: 7, W: 33, H: 21}}, 33, 21},
		{resize.Transform{Width: 5, Height: 290, Fit: resize.Cover}, 5, 290},
	}
	for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF} {
		for _, test := range tests {
			test.t.Format = f
			if got := do(t, e, src, test.t).Bounds().Size(); got != image.Pt(test.w, test.h) {
				t.Errorf("%s: got %v, want %d×%d", test.t, got, test.w, test.h)
			}
		}
	}
}

// testQuality compares with a reference in floating point, over reductions from almost none to thirty. A JPEG is
// compared with the JPEG of the reference, since both lose in the same way.
func testQuality(t *testing.T, e resize.Engine) {
	if testing.Short() {
		t.Skip("one goroutine, many pixels")
	}
	src := JPEG(Photo(1001, 667), 95)
	decoded := Decode(src)
	for _, w := range []int{1000, 801, 640, 480, 333, 201, 96, 32} {
		plan, err := resize.PlanFor(resize.Transform{Width: w}, 1001, 667, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := Reference(decoded, plan.Crop, plan.Size.X, plan.Size.Y)
		lossy := Decode(JPEG(want, 90))
		png := PSNR(do(t, e, src, resize.Transform{Width: w, Format: resize.PNG}), want)
		jpeg := PSNR(do(t, e, src, resize.Transform{Width: w, Format: resize.JPEG, Quality: 90}), lossy)
		t.Logf("width %4d: PNG %.1f dB, JPEG %.1f dB", w, png, jpeg)
		if png < 36 || jpeg < 33 {
			t.Errorf("width %d: got %.1f dB as PNG and %.1f dB as JPEG, want 36 and 33", w, png, jpeg)
		}
	}
}

// testOrientation makes the same upright picture of all eight ways to store it.
func testOrientation(t *testing.T, e resize.Engine) {
	photo := Photo(120, 80)
	for o := 1; o <= 8; o++ {
		src := WithEXIF(JPEG(stored(photo, o), 95), o, "")
		for _, tr := range []resize.Transform{
			{Format: resize.PNG}, {Format: resize.JPEG, Quality: 95}, {Width: 61, Format: resize.PNG},
			{Width: 33, Height: 33, Fit: resize.Cover, Crop: resize.Left, Format: resize.PNG},
			{Rect: resize.Rect{X: 60, Y: 0, W: 60, H: 30}, Format: resize.PNG},
		} {
			plan, err := resize.PlanFor(tr, 120, 80, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := Reference(photo, plan.Crop, plan.Size.X, plan.Size.Y)
			if got := PSNR(do(t, e, src, tr), want); got < 28 {
				t.Errorf("orientation %d, %s: got %.1f dB to the upright picture", o, tr, got)
			}
		}
	}
}

// stored returns an upright picture as a camera that says o in EXIF stores it.
func stored(m image.Image, o int) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			at := [9]image.Point{
				{}, {X: x, Y: y}, {X: w - 1 - x, Y: y}, {X: w - 1 - x, Y: h - 1 - y}, {X: x, Y: h - 1 - y},
				{X: y, Y: x}, {X: y, Y: w - 1 - x}, {X: h - 1 - y, Y: w - 1 - x}, {X: h - 1 - y, Y: x},
			}[o]
			out.Set(at.X, at.Y, m.At(x, y))
		}
	}
	return out
}

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
				t.Errorf("%s of width %d still says where it was taken", f, w)
			}
		}
	}
}

func testAlpha(t *testing.T, e resize.Engine) {
	m := image.NewNRGBA(image.Rect(0, 0, 80, 80)) // a red disc on nothing; what can't be seen is green
	for y := range 80 {
		for x := range 80 {
			c := color.NRGBA{G: 255}
			if math.Hypot(float64(x)-39.5, float64(y)-39.5) < 30 {
				c = color.NRGBA{R: 200, A: 255}
			}
			m.Set(x, y, c)
		}
	}
	src := PNG(m)
	out, err := e.Resize(t.Context(), src, resize.Transform{Width: 40})
	if err != nil || resize.Detect(out[0]) != resize.PNG {
		t.Fatalf("auto: got %s, %v, want PNG", resize.Detect(out[0]), err)
	}
	small := Decode(out[0])
	if got := nrgba(small, 0, 0); got.A != 0 {
		t.Errorf("corner: got %v, want nothing", got)
	}
	if got := nrgba(small, 20, 20); got != (color.NRGBA{200, 0, 0, 255}) {
		t.Errorf("middle: got %v, want red", got)
	}
	for y := range 40 {
		for x := range 40 {
			if c := nrgba(small, x, y); c.A > 0 && c.G > 8 {
				t.Fatalf("pixel %d,%d is %v: what can't be seen shines through", x, y, c)
			}
		}
	}
	for background, want := range map[string]color.NRGBA{"": {255, 255, 255, 255}, "0000ff": {0, 0, 255, 255}} {
		flat := do(t, e, src, resize.Transform{Width: 40, Format: resize.JPEG, Quality: 95, Background: background})
		if got := nrgba(flat, 1, 1); !near(got, want, 4) {
			t.Errorf("JPEG on %q: got %v, want %v", background, got, want)
		}
	}
	wide := do(t, e, src, resize.Transform{Width: 60, Height: 30, Fit: resize.Contain, Background: "0000ff", Format: resize.PNG})
	if left, middle := nrgba(wide, 2, 15), nrgba(wide, 30, 15); left != (color.NRGBA{0, 0, 255, 255}) || middle != (color.NRGBA{200, 0, 0, 255}) {
		t.Errorf("contain: got %v at the left and %v in the middle", left, middle)
	}
	if got := nrgba(do(t, e, src, resize.Transform{Width: 40, Format: resize.GIF}), 0, 0); got.A != 0 {
		t.Errorf("GIF: got %v in the corner, want nothing", got)
	}
}

func nrgba(m image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
}

func near(a, b color.NRGBA, distance int) bool {
	d := func(x, y uint8) bool { return max(int(x)-int(y), int(y)-int(x)) <= distance }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B) && d(a.A, b.A)
}

// testKinds tries what pictures can be inside: 16 bits, grey, palettes.
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
		"grey": convert(image.NewGray(r)), "grey 16 bits": convert(image.NewGray16(r)), "palette": convert(image.NewPaletted(r, palette)),
	} {
		want := Reference(m, r, 45, 30)
		for f, floor := range map[resize.Format]float64{resize.PNG: 38, resize.JPEG: 27} {
			got := do(t, e, PNG(m), resize.Transform{Width: 45, Format: f, Quality: 95})
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
	if got := PSNR(do(t, e, grey, resize.Transform{Width: 45, Format: resize.JPEG, Quality: 95}), Reference(Decode(grey), r, 45, 30)); got < 36 {
		t.Errorf("grey JPEG: got %.1f dB", got)
	}
}

// animated returns a GIF of four frames, 40×20, which dispose of themselves in different ways.
func animated(t *testing.T) []byte {
	t.Helper()
	palette := color.Palette{color.NRGBA{}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}}
	frame := func(r image.Rectangle, index uint8) *image.Paletted {
		m := image.NewPaletted(r, palette)
		for i := range m.Pix {
			m.Pix[i] = index
		}
		return m
	}
	g := gif.GIF{LoopCount: 3, Config: image.Config{ColorModel: palette, Width: 40, Height: 20}}
	add := func(m *image.Paletted, delay int, disposal byte) {
		g.Image, g.Delay, g.Disposal = append(g.Image, m), append(g.Delay, delay), append(g.Disposal, disposal)
	}
	add(frame(image.Rect(0, 0, 40, 20), 1), 10, gif.DisposalNone)       // all red
	add(frame(image.Rect(20, 0, 40, 20), 2), 20, gif.DisposalPrevious)  // the right half is blue
	add(frame(image.Rect(0, 0, 20, 20), 2), 30, gif.DisposalBackground) // the left half is blue, the right one red again
	add(frame(image.Rect(0, 0, 1, 1), 0), 40, gif.DisposalNone)         // the left half is gone
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testAnimation(t *testing.T, e resize.Engine) {
	out, err := e.Resize(t.Context(), animated(t), resize.Transform{Width: 20}, resize.Transform{Width: 20, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	got, err := gif.DecodeAll(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatalf("auto: %v", err)
	}
	if got.LoopCount != 3 || fmt.Sprint(got.Delay) != "[10 20 30 40]" || got.Config.Width != 20 || got.Config.Height != 10 {
		t.Errorf("got loops %d, delays %v, %d×%d", got.LoopCount, got.Delay, got.Config.Width, got.Config.Height)
	}
	red, blue, none := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{}
	for i, want := range [][2]color.NRGBA{{red, red}, {red, blue}, {blue, red}, {none, red}} {
		left, right := shown(got, i, 4), shown(got, i, 15)
		if !near(left, want[0], 2) || !near(right, want[1], 2) {
			t.Errorf("frame %d: got %v and %v, want %v", i, left, right, want)
		}
	}
	if still := Decode(out[1]); nrgba(still, 15, 5) != red {
		t.Errorf("as PNG: got %v, want the first frame", nrgba(still, 15, 5))
	}
}

// shown returns what is seen in column x when frame n is shown.
func shown(g *gif.GIF, n, x int) color.NRGBA {
	var seen color.NRGBA
	for i := range n + 1 {
		if i > 0 && g.Disposal[i-1] == gif.DisposalBackground && image.Pt(x, 5).In(g.Image[i-1].Rect) {
			seen = color.NRGBA{}
		}
		if image.Pt(x, 5).In(g.Image[i].Rect) {
			if c := nrgba(g.Image[i], x, 5); c.A > 0 {
				seen = c
			}
		}
	}
	return seen
}

// testCrop looks where crops land, and whether a smart one finds the only thing there is to see.
func testCrop(t *testing.T, e resize.Engine) {
	m := image.NewNRGBA(image.Rect(0, 0, 300, 100))
	for y := range 100 {
		for x := range 300 {
			m.Set(x, y, color.NRGBA{uint8(120 + x/10), 140, 150, 255})
			if x >= 210 && x < 270 && y >= 20 && y < 80 && (x/6+y/6)%2 == 0 {
				m.Set(x, y, color.NRGBA{240, 60, 20, 255})
			}
		}
	}
	src := PNG(m)
	for crop, want := range map[resize.Crop]int{resize.Left: 0, resize.Center: 100, resize.Right: 200} {
		got := do(t, e, src, resize.Transform{Width: 100, Height: 100, Fit: resize.Cover, Crop: crop, Format: resize.PNG})
		if db := PSNR(got, m.SubImage(image.Rect(want, 0, want+100, 100))); db < 45 {
			t.Errorf("%s: got %.1f dB to the part from %d", crop, db, want)
		}
	}
	smart := do(t, e, src, resize.Transform{Width: 100, Height: 100, Fit: resize.Cover, Crop: resize.Smart, Format: resize.PNG})
	orange := 0
	for y := range 100 {
		for x := range 100 {
			if c := nrgba(smart, x, y); c.R > 200 && c.G < 100 {
				orange++
			}
		}
	}
	if orange < 1700 { // of 1,800
		t.Errorf("smart: got %d orange pixels, want all of them", orange)
	}
	blurred := do(t, e, src, resize.Transform{Blur: 8, Format: resize.PNG})
	if c := nrgba(blurred, 240, 50); c.R > 220 || c.G < 80 {
		t.Errorf("blurred: got %v, want the pattern gone", c)
	}
}

// testDamage cuts pictures short: never half a picture, and nothing but the error.
func testDamage(t *testing.T, e resize.Engine) {
	photo := Photo(64, 48)
	var b bytes.Buffer
	if err := gif.Encode(&b, photo, nil); err != nil {
		t.Fatal(err)
	}
	for f, src := range map[resize.Format][]byte{resize.JPEG: JPEG(photo, 90), resize.PNG: PNG(photo), resize.GIF: b.Bytes()} {
		for i := range 40 {
			cut := src[:len(src)*i/40]
			out, err := e.Resize(t.Context(), cut, resize.Transform{Width: 32})
			if !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) {
				t.Errorf("%s cut to %d of %d bytes: got %d variants, %v, want ErrCorrupt", f, len(cut), len(src), len(out), err)
			}
		}
		for i := range 300 {
			bad := bytes.Clone(src)
			bad[i*len(bad)/300] ^= 1 << (i % 8)
			if _, err := e.Resize(t.Context(), bad, resize.Transform{Width: 32}); err != nil && !isFault(err) {
				t.Errorf("%s with a bit flipped: got %v, want a fault of the picture", f, err)
			}
		}
	}
}

// testHostile gives an engine what wants to break it: it gets what it is, a picture or the fault of one, and what
// else stood in it is gone.
func testHostile(t *testing.T, e resize.Engine) {
	if testing.Short() {
		t.Skip("one goroutine, many pixels")
	}
	for _, one := range Hostile() {
		out, err := e.Resize(t.Context(), one.Body, resize.Transform{Width: 8}, resize.Transform{Width: 30, Format: resize.PNG})
		switch {
		case one.Want == ErrAny && err != nil && !isFault(err), one.Want != ErrAny && !errors.Is(err, one.Want):
			t.Errorf("%s: got %v, want %v", one.Name, err, one.Want)
		case err != nil && strings.Contains(err.Error(), "panic"):
			t.Errorf("%s: %v", one.Name, err)
		}
		for _, variant := range out {
			Decode(variant)
			if bytes.Contains(variant, []byte("<script")) {
				t.Errorf("%s: the script is in the variant", one.Name)
			}
		}
	}
}

func isFault(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) || errors.Is(err, resize.ErrTooLarge)
}

func testRefuses(t *testing.T, e resize.Engine) {
	ok := JPEG(Photo(40, 30), 90)
	huge := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x06\x00\x00\x00\x87\x43\x6a\x01"), make([]byte, 900)...)
	tests := []struct {
		name string
		src  []byte
		t    resize.Transform
		want error
	}{
		{"nothing", nil, resize.Transform{}, resize.ErrUnsupported},
		{"text", []byte("hello, this is not a picture"), resize.Transform{}, resize.ErrUnsupported},
		{"SVG", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>`), resize.Transform{}, resize.ErrUnsupported},
		{"PDF", []byte("%PDF-1.7 and so on, and so on, and so on"), resize.Transform{}, resize.ErrUnsupported},
		{"30000×30000", huge, resize.Transform{}, resize.ErrTooLarge},
		{"rectangle beside it", ok, resize.Transform{Rect: resize.Rect{X: 40, Y: 0, W: 5, H: 5}}, resize.ErrRect},
	}
	for _, test := range tests {
		if _, err := e.Resize(t.Context(), test.src, test.t); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}
