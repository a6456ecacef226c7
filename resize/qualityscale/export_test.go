package qualityscale

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// LossTerms returns what the score is linear in, for an image of some quality.
func LossTerms(m *image.NRGBA, quality int) []float64 {
	terms := lossOf(SpectraOf(raster.FromOpaque(m, true, 1).Planes[0]), quant.Of(quality)[0]).terms(quality)
	return append([]float64{1}, terms[:]...)
}

// LossWeights returns the weights of LossTerms for the format of a scale.
func (s *Scale) LossWeights() []float64 {
	w := s.loss
	return []float64{w.own, w.fine, w.coarse, w.zeros, w.quality}
}
