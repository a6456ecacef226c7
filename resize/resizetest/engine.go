package resizetest

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// Run tests that an engine does what [resize.Engine] and [resize.Job] promise.
func Run(t *testing.T, e resize.Engine) {
	t.Run("Sizes", func(t *testing.T) { testSizes(t, e) })
	t.Run("Quality", func(t *testing.T) { testQuality(t, e) })
	t.Run("Orientation", func(t *testing.T) { testOrientation(t, e) })
	t.Run("Metadata", func(t *testing.T) { testMetadata(t, e) })
	t.Run("Alpha", func(t *testing.T) { testAlpha(t, e) })
	t.Run("Background", func(t *testing.T) { testBackground(t, e) })
	t.Run("Kinds", func(t *testing.T) { testKinds(t, e) })
	t.Run("Animation", func(t *testing.T) { testAnimation(t, e) })
	t.Run("Crop", func(t *testing.T) { testCrop(t, e) })
	t.Run("Faces", func(t *testing.T) { testFaces(t, e) })
	t.Run("Mark", func(t *testing.T) { testMark(t, e) })
	t.Run("MarkMissing", func(t *testing.T) { testMarkMissing(t, e) })
	t.Run("MarkedFrames", func(t *testing.T) { testMarkedFrames(t, e) })
	t.Run("Many", func(t *testing.T) { testMany(t, e) })
	t.Run("Order", func(t *testing.T) { testOrder(t, e) })
	t.Run("NoFunctions", func(t *testing.T) { testNoFunctions(t, e) })
	t.Run("More", func(t *testing.T) { testMore(t, e) })
	t.Run("Stage", func(t *testing.T) { testStage(t, e) })
	t.Run("Spare", func(t *testing.T) { testSpare(t, e) })
	t.Run("AnimationJob", func(t *testing.T) { testAnimationJob(t, e) })
	t.Run("AnimationPasses", func(t *testing.T) { testAnimationPasses(t, e) })
	t.Run("Damage", func(t *testing.T) { testDamage(t, e) })
	t.Run("DamagedWhole", func(t *testing.T) { testDamagedWhole(t, e) })
	t.Run("Hostile", func(t *testing.T) { testHostile(t, e) })
	t.Run("Refuses", func(t *testing.T) { testRefuses(t, e) })
}

// variant makes a variant and decodes it.
func variant(t *testing.T, e resize.Engine, src []byte, tr resize.Transform) image.Image {
	t.Helper()
	src = bytes.Clone(src)
	out, err := e.Resize(t.Context(), src, tr)
	if err != nil {
		t.Fatalf("%s: %v", tr, err)
	}
	clear(src) // the engine may not retain it
	if want := tr.Normal().Format; want != resize.Auto && resize.Detect(out[0]) != want {
		t.Fatalf("%s: got %s", tr, resize.Detect(out[0]))
	}
	return Decode(out[0])
}

// testSizes tests the size of variants in every fit.
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
			if got := variant(t, e, src, test.t).Bounds().Size(); got != image.Pt(test.w, test.h) {
				t.Errorf("%s: got %v, want %d×%d", test.t, got, test.w, test.h)
			}
		}
	}
}

// testQuality compares variants with a reference in floating point, at reductions from almost none to 30:1. A JPEG is
// compared with the JPEG of the reference, since both lose as much by compression.
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
		png := PSNR(variant(t, e, src, resize.Transform{Width: w, Format: resize.PNG}), want)
		jpeg := PSNR(variant(t, e, src, resize.Transform{Width: w, Format: resize.JPEG, Quality: 90}), lossy)
		t.Logf("width %4d: PNG %.1f dB, JPEG %.1f dB", w, png, jpeg)
		if png < 36 || jpeg < 31 {
			t.Errorf("width %d: got %.1f dB as PNG and %.1f dB as JPEG, want 36 and 31", w, png, jpeg)
		}
	}
}

// testOrientation tests that all eight orientations of a stored image make the same upright variant.
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
			if got := PSNR(variant(t, e, src, tr), want); got < 28 {
				t.Errorf("orientation %d, %s: got %.1f dB to the upright image", o, tr, got)
			}
		}
	}
}

// stored returns an upright image as a camera stores it with the EXIF orientation o.
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

// pattern returns a grey image with an orange pattern in its right part.
func pattern() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 300, 100))
	for y := range 100 {
		for x := range 300 {
			m.Set(x, y, color.NRGBA{uint8(120 + x/10), 140, 150, 255})
			if x >= 210 && x < 270 && y >= 20 && y < 80 && (x/6+y/6)%2 == 0 {
				m.Set(x, y, color.NRGBA{240, 60, 20, 255})
			}
		}
	}
	return m
}

// testCrop tests which part a crop keeps: the left, the center, the right, and of a smart crop the only detail in the
// image.
func testCrop(t *testing.T, e resize.Engine) {
	m := pattern()
	src := PNG(m)
	square := resize.Transform{Width: 100, Height: 100, Fit: resize.Cover, Format: resize.PNG}
	for crop, want := range map[resize.Crop]int{resize.Left: 0, resize.Center: 100, resize.Right: 200} {
		square.Crop = crop
		got := variant(t, e, src, square)
		if db := PSNR(got, m.SubImage(image.Rect(want, 0, want+100, 100))); db < 45 {
			t.Errorf("%s: got %.1f dB to the part from %d", crop, db, want)
		}
	}
	square.Crop = resize.Smart
	smart := variant(t, e, src, square)
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
	blurred := variant(t, e, src, resize.Transform{Blur: 8, Format: resize.PNG})
	if c := nrgba(blurred, 240, 50); c.R > 220 || c.G < 80 {
		t.Errorf("blurred: got %v, want the pattern gone", c)
	}
}

// testFaces tests that of a head above a larger patch of saturated colour a smart crop shows the patch, and a crop for faces
// the head.
func testFaces(t *testing.T, e resize.Engine) {
	const side = 100
	head, patch := color.NRGBA{220, 160, 120, 255}, color.NRGBA{240, 60, 20, 255}
	m := image.NewNRGBA(image.Rect(0, 0, side, 3*side))
	draw.Draw(m, m.Rect, image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(20, 20, 80, 80), image.NewUniform(head), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 2*side, side, 3*side), image.NewUniform(patch), image.Point{}, draw.Src)
	src := PNG(m)
	for crop, want := range map[resize.Crop]color.NRGBA{resize.Smart: patch, resize.Faces: head} {
		got := variant(t, e, src, resize.Transform{Width: side, Height: side, Fit: resize.Cover, Crop: crop, Format: resize.PNG})
		if c := nrgba(got, side/2, side/2); c != want {
			t.Errorf("%s: got %v in the middle, want %v", crop, c, want)
		}
	}
}

// testMany tests that variants from one decode look like those from a decode each, and that the same variant is made of
// the same bytes every time.
func testMany(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(900, 600), 90)
	var ts []resize.Transform
	for _, w := range []int{32, 100, 320, 640, 900} {
		ts = append(ts,
			resize.Transform{Width: w, Format: resize.JPEG, Quality: 90},
			resize.Transform{Width: w, Height: w, Fit: resize.Cover, Format: resize.PNG})
	}
	all, err := e.Resize(t.Context(), src, ts...)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, tr := range ts {
		wg.Go(func() {
			single, err := e.Resize(t.Context(), src, tr)
			if err != nil {
				t.Errorf("%s: %v", tr, err)
				return
			}
			if db := PSNR(Decode(all[i]), Decode(single[0])); db < 34 {
				t.Errorf("%s: from a shared decode %.1f dB from a decode of its own", tr, db)
			}
			second, err := e.Resize(t.Context(), src, tr)
			if err != nil || !bytes.Equal(second[0], single[0]) {
				t.Errorf("%s: the second time other bytes, %v", tr, err)
			}
		})
	}
	wg.Wait()
}
