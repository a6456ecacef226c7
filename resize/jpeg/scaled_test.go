package jpeg

import (
	"math"
	"testing"
)

// A scaled decode is a full decode averaged down, except for the frequencies that an average lets through. What Encode
// wrote must come out within 33 dB of that.
func TestDecodeScaled(t *testing.T) {
	for _, sampling := range samplings {
		for _, progressive := range []bool{false, true} {
			src := encoded(t, 331, 217, sampling, progressive)
			whole, err := Decode(src, DecodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range scales {
				p, err := Decode(src, DecodeOptions{Scale: n})
				if err != nil {
					t.Fatal(err)
				}
				for i, got := range p.Planes {
					want, step := ceil(whole.Planes[i].W*n, 8), whole.Planes[i].StepX*8/float64(n)
					if got.W != want || got.StepX != step {
						t.Errorf("scale %d, plane %d: got width %d and step %v, want %d and %v",
							n, i, got.W, got.StepX, want, step)
					}
					if db := psnr(got, averaged(whole.Planes[i], n)); db < 33 {
						t.Errorf("sampling %v, progressive %t, scale %d, plane %d: got %.1f dB to the average",
							sampling, progressive, n, i, db)
					}
				}
			}
		}
	}
}

// averaged reduces a plane to n/8 by area.
func averaged(p Plane, n int) Plane {
	out := Plane{W: ceil(p.W*n, 8), H: ceil(p.H*n, 8)}
	out.Stride = out.W
	out.Pix = make([]uint8, out.W*out.H)
	at := func(x, y int) int { return int(p.Pix[min(y, p.H-1)*p.Stride+min(x, p.W-1)]) }
	for y := range out.H {
		for x := range out.W {
			sum := 0 // of 8 × 8 parts of the sample, each of which lies in one sample of p
			for v := range 8 {
				for h := range 8 {
					sum += at((8*x+h)/n, (8*y+v)/n)
				}
			}
			out.Pix[y*out.Stride+x] = uint8((sum + 32) / 64)
		}
	}
	return out
}

// The limits of TestDecodeScaledLayouts, whose images are smoother.
const (
	minScaledPSNR       = 40.0 // dB
	maxScaledDifference = 6    // levels
)

func TestDecodeScaledLayouts(t *testing.T) {
	worst, most := math.Inf(1), 0
	forEachLayout(func(name string, l layout) {
		if l.frame == mSOF1 || l.nonInterleaved || l.restartInterval > 0 {
			return // the samples are the same, as TestDecodeLayouts shows
		}
		src := l.write(func(component int, x, y float64) float64 {
			// No waves beyond the image, where an average has no samples and a scaled decode has some.
			return waves(component, min(x, float64(l.w))/3, min(y, float64(l.h))/3)
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
				db, d := psnr(got, want), maxDifference(t, got, want)
				worst, most = min(worst, db), max(most, d)
				if db < minScaledPSNR || d > maxScaledDifference {
					t.Errorf("%s at scale %d, plane %d: %.1f dB, %d levels from the average", name, n, i, db, d)
				}
			}
		}
	})
	t.Logf("no less than %.1f dB, no more than %d levels", worst, most)
}

// maxEdgeShift is in pixels at full scale.
const maxEdgeShift = 0.1

// An edge stays in its place at all scales and in all components, whatever their sampling factors.
func TestSiting(t *testing.T) {
	const side, at = 96, 41.3
	for _, factors := range samplingFactors {
		for _, frame := range []byte{mSOF0, mSOF2} {
			l := layout{w: side, h: side, factors: factors, frame: frame, quant: 1, adobe: adobeNone}
			for _, vertical := range []bool{false, true} {
				src := l.write(func(_ int, x, y float64) float64 {
					if vertical {
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
						if got := edge(plane, vertical); math.Abs(got-at) > maxEdgeShift {
							t.Errorf("%v, frame %#x, scale %d, vertical %t: the edge of plane %d is at %.2f, want %.2f",
								factors, frame, n, vertical, i, got, at)
						}
					}
				}
			}
		}
	}
}

// edge returns the place, in pixels, where the middle row of a plane, or its middle column, goes from 28 to 228.
func edge(p Plane, vertical bool) float64 {
	n, step, from, next := p.W, p.StepX, p.H/2*p.Stride, 1
	if vertical {
		n, step, from, next = p.H, p.StepY, p.W/2, p.Stride
	}
	bright := 0.0 // samples
	for i := range n {
		bright += (float64(p.Pix[from+i*next]) - 28) / 200
	}
	return (float64(n) - bright) * step
}

// Without the refinements that are skipped, samples are hardly different. With coarse quantisation, none is skipped.
func TestSkippedRefinements(t *testing.T) {
	l := layout{w: 400, h: 300, factors: samplingFactors[0], adobe: adobeNone}
	for _, test := range []struct {
		quant int
		equal bool
	}{{1, false}, {skipRefinementStep / 2, false}, {skipRefinementStep/2 + 1, true}} {
		l.quant = test.quant
		var srcs [2][]byte
		for i, frame := range []byte{mSOF0, mSOF2} {
			l.frame = frame
			srcs[i] = l.write(waves)
		}
		for _, n := range []int{3, skipRefinementScale} {
			var got [2]*Raster
			for i, src := range srcs {
				p, err := Decode(src, DecodeOptions{Scale: n})
				if err != nil {
					t.Fatal(err)
				}
				got[i] = p
			}
			for i, want := range got[0].Planes {
				db, d := psnr(got[1].Planes[i], want), maxDifference(t, got[1].Planes[i], want)
				if db < 47 || d > 4 || test.equal != (d == 0) {
					t.Errorf("quantisation step %d, scale %d, plane %d: %.1f dB, %d levels from a sequential file",
						test.quant, n, i, db, d)
				}
			}
		}
	}
}

func TestScaleFor(t *testing.T) {
	for ratio, want := range map[float64]int{0.5: 8, 1: 8, 1.25: 8, 1.7: 6, 2: 5, 2.5: 4, 5: 2, 7.5: 2, 10: 1, 99: 1} {
		if got := ScaleFor(ratio, 1.25); got != want {
			t.Errorf("ratio %v: got %d, want %d", ratio, got, want)
		}
	}
}
