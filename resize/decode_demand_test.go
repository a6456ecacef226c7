package resize_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

func TestCovers(t *testing.T) {
	camera := resize.Header{Format: resize.JPEG, Width: 6000, Height: 4000, Channels: 3, Depth: 8, Frames: 1}
	drawing, film := camera, camera
	drawing.Format = resize.PNG
	film.Format, film.Frames = resize.GIF, 9
	corner := resize.Transform{Rect: resize.Rect{W: 300, H: 300}}
	wide := func(w int) resize.Transform { return resize.Transform{Width: w} }
	for name, test := range map[string]struct {
		of   resize.Header
		have []resize.Transform
		want resize.Transform
		is   bool
	}{
		"smaller":                {camera, []resize.Transform{wide(800)}, wide(320), true},
		"as large":               {camera, []resize.Transform{wide(320), wide(800)}, wide(800), true},
		"larger":                 {camera, []resize.Transform{wide(800)}, wide(2000), false},
		"of the same scale":      {camera, []resize.Transform{wide(400)}, wide(500), true},
		"larger drawing":         {drawing, []resize.Transform{wide(400)}, wide(500), false},
		"a corner of all":        {camera, []resize.Transform{wide(6000)}, corner, true},
		"all of a corner":        {camera, []resize.Transform{corner}, wide(320), false},
		"a corner of a small":    {camera, []resize.Transform{wide(320)}, corner, false},
		"what does not fit":      {camera, []resize.Transform{wide(320)}, resize.Transform{Rect: resize.Rect{X: 6000, W: 1, H: 1}}, true},
		"an animation":           {film, []resize.Transform{wide(800)}, wide(320), false},
		"of a header not looked": {resize.Header{}, []resize.Transform{wide(800)}, wide(320), false},
	} {
		if got := test.of.Covers(test.have, test.want); got != test.is {
			t.Errorf("%s: got %v, want %v", name, got, test.is)
		}
	}
}
