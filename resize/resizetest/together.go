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

// testMore asks for more while variants are being made: it comes next, and last if nothing else is left.
func testMore(t *testing.T, e resize.Engine) {
	src := JPEG(Photo(900, 600), 90)
	made := 0
	ctx := resize.WithMore(t.Context(), func() []resize.Transform {
		switch made {
		case 1:
			return []resize.Transform{{Width: 100, Format: resize.JPEG}, {Rect: resize.Rect{X: 900, W: 1, H: 1}, Format: resize.JPEG}}
		case 4:
			return []resize.Transform{{Width: 50, Format: resize.PNG}}
		}
		return nil
	})
	var order, widths []int
	err := e.Each(ctx, src, []resize.Transform{{Width: 320, Format: resize.JPEG}, {Width: 160, Format: resize.JPEG}}, func(i int, variant []byte, err error) {
		made++
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
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(order, widths); got != "[0 2 3 1 4] [320 100 160 50]" {
		t.Errorf("got %s", got)
	}
}

// testSpare lends processors: each variant is yielded once, one after another, and is what it is without.
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
	var lent, back atomic.Int64
	ctx := resize.WithSpare(t.Context(), func(bytes int64) (func(), bool) {
		if lent.Load()-back.Load() == 3 {
			return nil, false
		}
		if bytes < 40*27 {
			t.Errorf("asks for %d bytes", bytes)
		}
		lent.Add(1)
		return func() { back.Add(1) }, true
	})
	var inside atomic.Int64
	one := func() func() {
		if inside.Add(1) != 1 {
			t.Error("is told two things at once")
		}
		return func() { inside.Add(-1) }
	}
	ctx = resize.WithStages(ctx, func(resize.Stage, time.Time) { defer one()() })
	ctx = resize.WithMore(ctx, func() []resize.Transform { defer one()(); return nil })
	got := make([][]byte, len(ts))
	if err := e.Each(ctx, src, ts, func(i int, variant []byte, err error) {
		defer one()()
		if err != nil || got[i] != nil {
			t.Errorf("%s: got %v, and %d bytes before", ts[i], err, len(got[i]))
		}
		got[i] = variant
	}); err != nil {
		t.Fatal(err)
	}
	for i := range ts {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("%s: differs", ts[i])
		}
	}
	if lent.Load() != back.Load() {
		t.Errorf("of %d processors %d came back", lent.Load(), back.Load())
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
