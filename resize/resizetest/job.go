package resizetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// testOrder makes variants one after another: each is yielded once, in order, a bad transform with its error.
func testOrder(t *testing.T, e resize.Engine) {
	var order []int
	err := e.Each(t.Context(), JPEG(Photo(90, 60), 90), resize.Job{
		Transforms: []resize.Transform{
			{Width: 10, Format: resize.PNG}, {Rect: resize.Rect{X: 90, W: 1, H: 1}}, {Width: 30, Format: resize.JPEG}, {Width: 20},
		},
		Yield: func(i int, variant []byte, err error) {
			order = append(order, i)
			if isBad := i == 1; isBad != errors.Is(err, resize.ErrRect) || isBad == (variant != nil) {
				t.Errorf("transform %d: got %d bytes, %v", i, len(variant), err)
			}
		},
	})
	if got := fmt.Sprint(order); err != nil || got != "[0 1 2 3]" {
		t.Errorf("got %s, %v", got, err)
	}
}

// testNoFunctions runs a job without functions, one without work, and one that fails before any is called.
func testNoFunctions(t *testing.T, e resize.Engine) {
	src, calls := JPEG(Photo(90, 60), 90), 0
	yield := func(int, []byte, error) { calls++ }
	if err := e.Each(t.Context(), src, resize.Job{Transforms: []resize.Transform{{Width: 10}, {Width: 20}}}); err != nil {
		t.Errorf("without functions: %v", err)
	}
	if err := e.Each(t.Context(), src, resize.Job{Yield: yield}); err != nil || calls != 0 {
		t.Errorf("without transforms: got %d variants, %v", calls, err)
	}
	bad := resize.Job{Transforms: []resize.Transform{{Width: 10}}, Yield: yield}
	if err := e.Each(t.Context(), src[:len(src)/2], bad); !errors.Is(err, resize.ErrCorrupt) || calls != 0 {
		t.Errorf("half an image: got %d variants, %v", calls, err)
	}
}

// testMore adds transforms while variants are being made: they come next, and last if nothing else is left.
func testMore(t *testing.T, e resize.Engine) {
	var order, widths []int
	err := e.Each(t.Context(), JPEG(Photo(900, 600), 90), resize.Job{
		Transforms: []resize.Transform{{Width: 320, Format: resize.JPEG}, {Width: 160, Format: resize.JPEG}},
		More: func() []resize.Transform {
			switch len(order) {
			case 1:
				return []resize.Transform{{Width: 100, Format: resize.JPEG}, {Rect: resize.Rect{X: 900, W: 1, H: 1}, Format: resize.JPEG}}
			case 4:
				return []resize.Transform{{Width: 50, Format: resize.PNG}}
			}
			return nil
		},
		Yield: func(i int, variant []byte, err error) {
			order = append(order, i)
			if i == 3 {
				if !errors.Is(err, resize.ErrRect) {
					t.Errorf("a rectangle outside: got %v", err)
				}
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			widths = append(widths, Decode(variant).Bounds().Dx())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(order, widths); got != "[0 2 3 1 4] [320 100 160 50]" {
		t.Errorf("got %s", got)
	}
}

// testStage times a job: the decode once, then both other stages for each variant that there is.
func testStage(t *testing.T, e resize.Engine) {
	var got []resize.Stage
	start := time.Now()
	err := e.Each(t.Context(), JPEG(Photo(90, 60), 90), resize.Job{
		Transforms: []resize.Transform{{Width: 10, Format: resize.PNG}, {Rect: resize.Rect{X: 90, W: 1, H: 1}}, {Width: 20, Format: resize.JPEG}},
		Stage: func(s resize.Stage, began time.Time) {
			got = append(got, s)
			if began.Before(start) || began.After(time.Now()) {
				t.Errorf("%s began at %v of a job from %v to %v", s, began, start, time.Now())
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(got); got != "[decode resize encode resize encode]" {
		t.Errorf("got %s", got)
	}
}

// testSpare lends processors: each variant is yielded once, and is what it is without them; functions are called one at
// a time, and everything is given back.
func testSpare(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(900, 600), 90)
	var ts []resize.Transform
	for w := range 20 {
		for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF, resize.BlurHash} {
			ts = append(ts, resize.Transform{Width: 40 + 20*w, Format: f})
		}
	}
	want, err := e.Resize(t.Context(), src, ts...)
	if err != nil {
		t.Fatal(err)
	}
	var lent, back, calls atomic.Int64
	enter := func() (leave func()) {
		if calls.Add(1) != 1 {
			t.Error("two functions are called at once")
		}
		return func() { calls.Add(-1) }
	}
	got := make([][]byte, len(ts))
	err = e.Each(t.Context(), src, resize.Job{
		Transforms: ts,
		Yield: func(i int, variant []byte, err error) {
			defer enter()()
			if err != nil || got[i] != nil {
				t.Errorf("%s: got %v, and %d bytes before", ts[i], err, len(got[i]))
			}
			got[i] = variant
		},
		More:  func() []resize.Transform { defer enter()(); return nil },
		Stage: func(resize.Stage, time.Time) { defer enter()() },
		Spare: func(bytes int64) (func(), bool) {
			if lent.Load()-back.Load() == 3 {
				return nil, false
			}
			if bytes < 40*27 {
				t.Errorf("asks for %d bytes", bytes)
			}
			lent.Add(1)
			return func() { back.Add(1) }, true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range ts {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("%s: differs", ts[i])
		}
	}
	if lent.Load() == 0 || lent.Load() != back.Load() {
		t.Errorf("of %d processors %d came back", lent.Load(), back.Load())
	}
}

// testAnimationJob makes variants of an animation, which neither adds transforms nor borrows processors.
func testAnimationJob(t *testing.T, e resize.Engine) {
	var order []int
	var stages []resize.Stage
	err := e.Each(t.Context(), animated(t), resize.Job{
		Transforms: []resize.Transform{{Width: 20}, {Rect: resize.Rect{X: 40, W: 1, H: 1}}, {Width: 10, Format: resize.PNG}},
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

// testMany makes several variants of one decode: they are those that each would be alone.
func testMany(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(900, 600), 90)
	var ts []resize.Transform
	for _, w := range []int{32, 100, 320, 640, 900} {
		ts = append(ts, resize.Transform{Width: w, Format: resize.JPEG, Quality: 90}, resize.Transform{Width: w, Height: w, Fit: resize.Cover, Format: resize.PNG})
	}
	all, err := e.Resize(t.Context(), src, ts...)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, tr := range ts {
		wg.Go(func() {
			alone, err := e.Resize(t.Context(), src, tr)
			if err != nil {
				t.Errorf("%s: %v", tr, err)
				return
			}
			if db := PSNR(Decode(all[i]), Decode(alone[0])); db < 34 {
				t.Errorf("%s: among others %.1f dB from alone", tr, db)
			}
			again, err := e.Resize(t.Context(), src, tr)
			if err != nil || !bytes.Equal(again[0], alone[0]) {
				t.Errorf("%s: twice the same is not the same, %v", tr, err)
			}
		})
	}
	wg.Wait()
}
