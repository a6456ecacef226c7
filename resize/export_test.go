package resize

import (
	"image"
	"math"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// LossTerms returns what the score of [AutoQuality] is linear in, for an image as a JPEG of some quality.
func LossTerms(m *image.NRGBA, quality int) []float64 {
	l := lossOf(spectraOf(fromNRGBA(m, true, 1).planes[0]), quant.Of(quality)[0])
	log := func(x float64) float64 { return math.Log(max(x, leastLoss)) }
	return []float64{1, log(l.fine), log(l.coarse), log(l.zeros), float64(quality - 65)}
}

// LossWeights are the weights of LossTerms.
var LossWeights = []float64{lossWeights.own, lossWeights.fine, lossWeights.coarse, lossWeights.zeros, lossWeights.quality}
