package resizetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// testOrder tests that without Spare each transform is yielded once, in order, and a bad one with its error.
func testOrder(t *testing.T, e resize.Engine) {
	var order []int
	err := e.Each(t.Context(), JPEG(Photo(90, 60), 90), resize.Job{
		Transforms: []resize.Transform{
			{Width: 10, Format: resize.PNG}, {Rect: resize.Rect{X: 90, W: 1, H: 1}},
			{Width: 30, Format: resize.JPEG}, {Width: 20},
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

// testNoFunctions tests a job without functions, one without transforms, and one that fails before anything is yielded.
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

// testMore adds transforms while variants are being made: they are made before the remaining ones, and when none
// remain.
func testMore(t *testing.T, e resize.Engine) {
	var order, widths []int
	err := e.Each(t.Context(), JPEG(Photo(900, 600), 90), resize.Job{
		Transforms: []resize.Transform{{Width: 320, Format: resize.JPEG}, {Width: 160, Format: resize.JPEG}},
		More: func() []resize.Transform {
			switch len(order) {
			case 1:
				return []resize.Transform{
					{Width: 100, Format: resize.JPEG}, {Rect: resize.Rect{X: 900, W: 1, H: 1}, Format: resize.JPEG},
				}
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

// testStage tests that the decode is reported once, and both other stages for each transform that has a variant.
func testStage(t *testing.T, e resize.Engine) {
	var got []resize.Stage
	start := time.Now()
	err := e.Each(t.Context(), JPEG(Photo(90, 60), 90), resize.Job{
		Transforms: []resize.Transform{
			{Width: 10, Format: resize.PNG}, {Rect: resize.Rect{X: 90, W: 1, H: 1}}, {Width: 20, Format: resize.JPEG},
		},
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

// testSpare lends processors. Each variant is yielded once, with the same bytes as without them; functions are called
// one at a time; and every processor is given back.
func testSpare(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(900, 600), 90)
	var ts []resize.Transform
	for w := range 6 {
		for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF, resize.BlurHash} {
			ts = append(ts, resize.Transform{Width: 40 + 70*w, Format: f})
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
