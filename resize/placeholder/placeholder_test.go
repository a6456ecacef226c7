package placeholder_test

import (
	"fmt"
	"image"
	"testing"

	"github.com/imgorigin/imgorigin/resize/placeholder"
)

// gradient returns the image that the hashes below were made of by the reference implementations in JavaScript:
// thumbhash 0.1.1 and blurhash 2.0.5. The latter is right, unlike that in C, only where the largest component is
// positive.
func gradient(w, h, from, stepX, stepY int, alpha bool) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := m.Pix[m.PixOffset(x, y):]
			p[0], p[1], p[2], p[3] = uint8(from+x*stepX), uint8(from+y*stepY), uint8(x*y), 255
			if alpha {
				p[3] = uint8(255 * x / (w - 1))
			}
		}
	}
	return m
}

func TestHashesEqualTheReference(t *testing.T) {
	if got := placeholder.ThumbHash(gradient(40, 30, 0, 6, 8, false)); got != "XAgOHZhgdndwh4h2iGiIh/GxD/eI" {
		t.Errorf("ThumbHash: got %s", got)
	}
	if got := placeholder.ThumbHash(gradient(40, 30, 0, 6, 8, true)); got != "oFiGFIw3s4egiIZoCA/ts08HeIiHeIiICA==" {
		t.Errorf("ThumbHash with alpha: got %s", got)
	}
	got, err := placeholder.BlurHash(gradient(32, 24, 255, -8, -10, false))
	if got != "L;Hx}]|=$1xCq2objvkCgYflfTfi" || err != nil {
		t.Errorf("BlurHash: got %s, %v", got, err)
	}
}

func Example() {
	fmt.Println(placeholder.ThumbHash(gradient(40, 30, 0, 6, 8, false)))
	// Output: XAgOHZhgdndwh4h2iGiIh/GxD/eI
}
