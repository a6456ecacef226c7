package resize

import (
	"cmp"
	"math"

	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/qualityscale"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// DefaultQuality is the quality of variants in every lossy format, unless a URL or the configuration asks for another.
const DefaultQuality = 65

// EncoderQuality returns the number that the encoder of f takes for a quality of 1…100: ours of JPEG, which counts as libjpeg does,
// libwebp or libaom as libvips calls it. Other formats have no quality, and it is returned as it is.
func (f Format) EncoderQuality(quality int) int {
	if scale := f.row().scale; scale != nil {
		return scale.Number(quality)
	}
	return quality
}

// qualityOf returns the quality for which the encoder of f takes a number: the inverse of EncoderQuality.
func (f Format) qualityOf(number int) float64 {
	if scale := f.row().scale; scale != nil {
		return scale.Quality(number)
	}
	return float64(number)
}

// encoderQuality returns the number that an encoder takes for the quality of a transform, or for the default of its format; for
// AutoQuality, the most that it may take. Encoders of all formats get their numbers from here. That of [Auto] is that of JPEG, and those
// of formats without quality are of no consequence.
func (c EngineConfig) encoderQuality(t Transform) int {
	f, quality := t.Format, t.Quality
	if new(Quality).Of(f) == nil {
		f = JPEG
	}
	if quality == 0 {
		quality = *c.Quality.Of(f)
	}
	switch {
	case quality == AutoQuality:
		return f.EncoderQuality(qualityscale.MostAuto)
	case quality == 0 && c.EncoderScale:
		return f.row().scale.Usual()
	case quality == 0:
		quality = DefaultQuality
	case c.EncoderScale:
		return quality
	}
	return f.EncoderQuality(quality)
}

// usualScore is the median score of photographs at [DefaultQuality].
const usualScore = 75

// autoQuality returns the least quality with which a variant in a format, whose luma has some spectra, should have the score of the
// configuration.
func (c EngineConfig) autoQuality(f Format, spectra qualityscale.Spectra) int {
	if len(spectra) == 0 {
		return DefaultQuality
	}
	scale := cmp.Or(f.row().scale, qualityscale.JPEG)
	return scale.Least(spectra, cmp.Or(c.AutoScore, usualScore))
}

// lumaOf returns the luma of a variant.
func (e *Portable) lumaOf(p *pyramid, plan Plan, t Transform) plane.Plane {
	if t.Format == Auto {
		t.Format = JPEG
	}
	if e.keepsPlanes(p, plan, t) {
		return p.Render(plan.Crop, plan.Size, chromaStep(DefaultQuality)).Planes[0]
	}
	return raster.FromOpaque(p.finish(p.Render(plan.Crop, plan.Size, 1), plan, t), true, 1).Planes[0]
}

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
