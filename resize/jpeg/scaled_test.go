package jpeg

import (
	"math"
	"testing"
)

// A scaled decode is a full one averaged down, but for the frequencies that an average lets through: within
// floorScaled of it, and no sample farther than mostScaled.
const (
	floorScaled = 40.0 // dB
	mostScaled  = 6    // levels
)

func TestArrangementsScaled(t *testing.T) {
	worst, most := math.Inf(1), 0
	forArrangements(func(name string, a arrangement) {
		if a.frame == mSOF1 || a.apart || a.interval > 0 {
			return // as good as those without
		}
		src := a.write(func(c int, x, y float64) float64 {
			return scenery(c, min(x, float64(a.w))/3, min(y, float64(a.h))/3) // what lies beyond the picture has no say in an average
		})
		whole, err := Decode(src, DecodeOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, n := range scales[:6] {
			p, err := Decode(src, DecodeOptions{Scale: n})
			if err != nil {
				t.Errorf("%s at scale %d: %v", name, n, err)
				continue
			}
			for i, got := range p.Planes {
				want := averaged(whole.Planes[i], n)
				db, d := psnr(got, want), farthest(t, got, want)
				worst, most = min(worst, db), max(most, d)
				if db < floorScaled || d > mostScaled {
					t.Errorf("%s at scale %d, plane %d: %.1f dB, %d levels from the average", name, n, i, db, d)
				}
			}
		}
	})
	t.Logf("no less than %.1f dB, no more than %d levels", worst, most)
}

// An edge of colours is where it was, at all scales, whatever the samples of colour cover: within siting pixels.
const siting = 0.1

func TestSiting(t *testing.T) {
	const side, at = 96, 41.3
	for _, factors := range factors {
		for _, frame := range []byte{mSOF0, mSOF2} {
			a := arrangement{w: side, h: side, factors: factors, frame: frame, quant: 1, adobe: adobeNone}
			for _, down := range []bool{false, true} {
				src := a.write(func(_ int, x, y float64) float64 {
					if down {
						x = y
					}
					return 28 + 200/(1+math.Exp((at-x)/2))
				})
				for _, n := range scales {
					p, err := Decode(src, DecodeOptions{Scale: n})
					if err != nil {
						t.Fatal(err)
					}
					for i, plane := range p.Planes {
						if got := edge(plane, down); math.Abs(got-at) > siting {
							t.Errorf("%v in frame %#x at scale %d, down %t: plane %d has its edge at %.2f, want %.2f", factors, frame, n, down, i, got, at)
						}
					}
				}
			}
		}
	}
}

// edge returns where the middle row, or column, of a plane goes from 28 to 228, in pixels.
func edge(p Plane, down bool) float64 {
	n, step, from, next := p.W, p.StepX, p.H/2*p.Stride, 1
	if down {
		n, step, from, next = p.H, p.StepY, p.W/2, p.Stride
	}
	light := 0.0
	for i := range n {
		light += (float64(p.Pix[from+i*next]) - 28) / 200
	}
	return (float64(n) - light) * step
}

// Refinements that are passed over are hardly missed; where steps are coarse they are not passed over.
func TestPassedRefinements(t *testing.T) {
	a := arrangement{w: 400, h: 300, factors: factors[0], adobe: adobeNone}
	for _, test := range []struct {
		quant int
		equal bool
	}{{1, false}, {refinedStep / 2, false}, {refinedStep/2 + 1, true}} {
		a.quant = test.quant
		var srcs [2][]byte
		for i, frame := range []byte{mSOF0, mSOF2} {
			a.frame = frame
			srcs[i] = a.write(scenery)
		}
		for _, n := range []int{3, refinedScale} {
			var got [2]*Picture
			for i, src := range srcs {
				p, err := Decode(src, DecodeOptions{Scale: n})
				if err != nil {
					t.Fatal(err)
				}
				got[i] = p
			}
			for i, want := range got[0].Planes {
				db, d := psnr(got[1].Planes[i], want), farthest(t, got[1].Planes[i], want)
				if db < 47 || d > 4 || test.equal != (d == 0) {
					t.Errorf("steps of %d at scale %d, plane %d: %.1f dB, %d levels from what all scans say", test.quant, n, i, db, d)
				}
			}
		}
	}
}
