package qualityscale

import (
	"math"
	"sort"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
	"github.com/imgorigin/imgorigin/resize/plane"
)

// The range of the qualities that Least may return.
const (
	leastAuto = 25
	MostAuto  = 92
)

// Least returns the least quality with which an image should have a score in the format of the scale, by the spectra of its luma, of
// which there is at least one. It goes by what the tables of a JPEG would leave of them, whatever the format.
func (s *Scale) Least(spectra Spectra, score float64) int {
	return leastAuto + sort.Search(MostAuto-leastAuto, func(i int) bool {
		quality := leastAuto + i
		return s.loss.score(lossOf(spectra, quant.Of(quality)[0]), quality) >= score
	})
}

// A spectrum has the coefficients of a block of 8×8 samples, row by row, as the steps of a JPEG are applied to them.
type spectrum [64]float32

// sampledBlocks is about how many blocks of an image are looked at.
const sampledBlocks = 512

// Spectra are those of some blocks of an image.
type Spectra []spectrum

// SpectraOf returns the spectra of blocks that are spread evenly over luma. There are none of an image that is smaller than a block.
func SpectraOf(luma plane.Plane) Spectra {
	across, down := luma.W/8, luma.H/8
	// An odd distance, so that the blocks don't stand in columns.
	every := max(1, across*down/sampledBlocks) | 1
	var all Spectra
	for i := 0; i < across*down; i += every {
		all = append(all, spectrumOf(luma, i%across*8, i/across*8))
	}
	return all
}

// cosines are those of the discrete cosine transform, by frequency and sample, scaled such that the transform keeps squares.
var cosines = func() (all [8][8]float32) {
	for u := range all {
		scale := 0.5
		if u == 0 {
			scale = math.Sqrt(0.125)
		}
		for x := range all[u] {
			all[u][x] = float32(scale * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16))
		}
	}
	return all
}()

// spectrumOf returns the spectrum of the block at a place.
func spectrumOf(luma plane.Plane, x0, y0 int) (s spectrum) {
	var rows spectrum
	for y := range 8 {
		row := luma.Row(y0 + y)[x0:][:8]
		for u := range 8 {
			var sum float32
			for x, v := range row {
				sum += float32(cosines[u][x] * float32(v))
			}
			rows[8*y+u] = sum
		}
	}
	for v := range 8 {
		for u := range 8 {
			var sum float32
			for y := range 8 {
				sum += float32(cosines[v][y] * rows[8*y+u])
			}
			s[8*v+u] = sum
		}
	}
	return s
}

// A loss is what quantisation takes from an image, as means over its blocks.
type loss struct {
	fine   float64 // 1 less the similarity of structure, see [quality.SSIM], of all frequencies
	coarse float64 // the same of the two lowest in each direction, which are what is seen from afar
	zeros  float64 // the share of coefficients that become 0
}

// leastLoss is the least loss whose logarithm is used, so that it is finite, of images without detail.
const leastLoss = 1e-6

// lossWeights say how the score of a format depends on what is lost: fits to 29 photographs of 320 and 800 pixels at qualities of 45 to
// 85, by TestSearchAuto. Formats differ in them since their artefacts do: libwebp and libaom smooth what a JPEG leaves blocky.
type lossWeights struct{ own, fine, coarse, zeros, quality float64 }

// score returns the score by SSIMULACRA 2 that a variant of some quality has if a JPEG of that quality has such a loss.
func (w *lossWeights) score(l loss, quality int) float64 {
	terms := l.terms(quality)
	return w.own + w.fine*terms[0] + w.coarse*terms[1] + w.zeros*terms[2] + float64(w.quality*terms[3])
}

// terms returns what the score is linear in.
func (l loss) terms(quality int) [4]float64 {
	log := func(x float64) float64 { return math.Log(max(x, leastLoss)) }
	return [4]float64{log(l.fine), log(l.coarse), log(l.zeros), float64(quality - 65)}
}

// lossOf returns what some steps take from an image with some spectra.
func lossOf(spectra Spectra, steps quant.Table) (l loss) {
	for i := range spectra {
		var fine, coarse similarity
		for k, c := range spectra[i] {
			was := math.Abs(float64(c))
			is := quantised(was, float64(steps[k]))
			if is == 0 {
				l.zeros += 1. / 64
			}
			if k == 0 {
				continue
			}
			fine.add(was, is)
			if k%8 < 2 && k/8 < 2 {
				coarse.add(was, is)
			}
		}
		l.fine += 1 - fine.value()
		l.coarse += 1 - coarse.value()
	}
	n := float64(len(spectra))
	return loss{l.fine / n, l.coarse / n, l.zeros / n}
}

// quantised returns what our encoder of JPEG makes of the magnitude of a coefficient. Its dead zone is wider than half a step.
func quantised(c, step float64) float64 {
	if c < step*159/256 {
		return 0
	}
	return step * math.Floor(c/step+0.5)
}

// A similarity compares the structure of a block before and after quantisation.
type similarity struct{ product, squares float64 }

func (s *similarity) add(was, is float64) {
	s.product += float64(was * is)
	s.squares += float64(was*was) + float64(is*is)
}

// value returns the similarity, at most 1. Its constant keeps noise that nobody sees from counting.
func (s *similarity) value() float64 {
	const c = 64 * 58.5 / 4
	return (2*s.product + c) / (s.squares + c)
}
