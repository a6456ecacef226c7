package resizetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

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

// testAnimation tests that an animation keeps its frames, delays and loops as GIF, and becomes its first frame as PNG.
func testAnimation(t *testing.T, e resize.Engine) {
	out, err := e.Resize(t.Context(), animated(t),
		resize.Transform{Width: 20}, resize.Transform{Width: 20, Format: resize.PNG})
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

// shown returns the colour in column x when frame n is displayed.
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

// testAnimationJob makes variants of an animation, which neither adds transforms nor borrows processors.
func testAnimationJob(t *testing.T, e resize.Engine) {
	var order []int
	var stages []resize.Stage
	err := e.Each(t.Context(), animated(t), resize.Job{
		Transforms: []resize.Transform{
			{Width: 20}, {Rect: resize.Rect{X: 40, W: 1, H: 1}}, {Width: 10, Format: resize.PNG},
		},
		Yield: func(i int, _ []byte, err error) {
			order = append(order, i)
			if (i == 1) != errors.Is(err, resize.ErrRect) {
				t.Errorf("transform %d: got %v", i, err)
			}
		},
		More:  func() []resize.Transform { t.Error("More is called"); return nil },
		Spare: func(int64) (func(), bool) { t.Error("Spare is called"); return nil, false },
		Stage: func(s resize.Stage, _ time.Time) { stages = append(stages, s) },
	})
	if got := fmt.Sprint(order, stages); err != nil || got != "[0 1 2] [decode resize encode encode]" {
		t.Errorf("got %s, %v", got, err)
	}
}

// testAnimationPasses tests that the first variants of a long animation are yielded before others are begun: a time limit
// that is too short for all is not too short for the first.
func testAnimationPasses(t *testing.T, e resize.Engine) {
	if testing.Short() {
		t.Skip("one goroutine, many frames")
	}
	g := gif.GIF{Config: image.Config{ColorModel: color.Palette{color.Black, color.White}, Width: 400, Height: 400}}
	for range 101 {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), g.Config.ColorModel.(color.Palette)))
		g.Delay = append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var yielded []int
	err := e.Each(ctx, b.Bytes(), resize.Job{
		Transforms: []resize.Transform{{Format: resize.GIF}, {Width: 20, Format: resize.GIF}},
		Yield: func(i int, _ []byte, err error) {
			yielded = append(yielded, i)
			if err != nil {
				t.Errorf("transform %d: got %v", i, err)
			}
			cancel()
		},
	})
	if fmt.Sprint(yielded) != "[0]" || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled after the first variant: got variants %v, %v", yielded, err)
	}
}
