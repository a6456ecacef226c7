package resize_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

func TestCovers(t *testing.T) {
	camera := resize.Header{Format: resize.JPEG, Width: 6000, Height: 4000, Channels: 3, Depth: 8, Frames: 1}
	lossless, film := camera, camera
	lossless.Format = resize.PNG
	film.Format, film.Frames = resize.GIF, 9
	part := resize.Transform{Rect: resize.Rect{W: 300, H: 300}}
	outside := resize.Transform{Rect: resize.Rect{X: 6000, W: 1, H: 1}}
	wide := func(w int) resize.Transform { return resize.Transform{Width: w} }
	for name, test := range map[string]struct {
		h    resize.Header
		have []resize.Transform
		want resize.Transform
		ok   bool
	}{
		"smaller":                         {camera, []resize.Transform{wide(800)}, wide(320), true},
		"as large":                        {camera, []resize.Transform{wide(320), wide(800)}, wide(800), true},
		"larger":                          {camera, []resize.Transform{wide(800)}, wide(2000), false},
		"at the same scale":               {camera, []resize.Transform{wide(400)}, wide(500), true},
		"larger, of a PNG":                {lossless, []resize.Transform{wide(400)}, wide(500), false},
		"a part, of the whole":            {camera, []resize.Transform{wide(6000)}, part, true},
		"the whole, of a part":            {camera, []resize.Transform{part}, wide(320), false},
		"a part, of a small variant":      {camera, []resize.Transform{wide(320)}, part, false},
		"a part outside":                  {camera, []resize.Transform{wide(320)}, outside, true},
		"an animation":                    {film, []resize.Transform{wide(800)}, wide(320), false},
		"of an image that was not probed": {resize.Header{}, []resize.Transform{wide(800)}, wide(320), false},
	} {
		if got := test.h.Covers(test.have, test.want); got != test.ok {
			t.Errorf("%s: got %v, want %v", name, got, test.ok)
		}
	}
}
