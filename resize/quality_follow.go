package resize

import "math"

// follow returns the number that the encoder of f takes for a variant that is ratio times smaller than the original: own, or less if
// the original has less quality. What its quantiser has discarded can't be had back, and finer steps would only keep its
// artefacts, in up to twice the bytes of the original.
//
// Errors of the quantiser are averaged in a reduced image: of ratio × ratio of them, which hardly depend on each other,
// 1/ratio is left. So the steps that suit a variant are ratio times finer, and an image that is much reduced gets the
// quality that it would have anyway.
func (h Header) follow(f Format, own int, ratio float64) int {
	if h.Quality == 0 || f.row().scale == nil {
		return own
	}
	return min(own, f.EncoderQuality(max(1, int(math.Ceil(h.qualityAt(ratio))))))
}

// LimitsQuality reports whether variants that are ratio times smaller than the image get a lower quality than others, since
// the image has a low one itself.
func (h Header) LimitsQuality(ratio float64) bool {
	return h.follow(JPEG, DefaultQuality, ratio) < DefaultQuality
}

// qualityAt returns the quality of libjpeg whose steps are ratio times finer than those of the original.
func (h Header) qualityAt(ratio float64) float64 {
	quality := h.Format.qualityOf(h.Quality)
	scale := 200 - 2*quality // of steps, in per cent, see jpeg_quality_scaling of libjpeg
	if quality < 50 {
		scale = 5000 / quality
	}
	scale = max(scale, 0) / max(ratio, 1)
	if scale > 100 {
		return 5000 / scale
	}
	return 100 - scale/2
}

// ratio returns how many times smaller a plan's image is than the part of the original that it shows, in the direction in
// which it is reduced less.
func (p Plan) ratio() float64 {
	return min(float64(p.Crop.Dx())/float64(p.Size.X), float64(p.Crop.Dy())/float64(p.Size.Y))
}
