package resize

import "math"

// DefaultQuality is the quality of variants in every lossy format, unless a URL or the configuration asks for another.
const DefaultQuality = 65

// A quality means in every format what it means in a JPEG: variants of the same quality have about the same score by
// SSIMULACRA 2, see package quality. The encoders of WebP and AVIF count otherwise, so a quality is converted to a number of theirs.
// scaleSteps are the qualities for which a [qualityScale] has numbers; between them it is straight.
var scaleSteps = [...]int{0, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95, 99, 100}

// A qualityScale says how the encoder of a format counts.
type qualityScale struct {
	numbers [len(scaleSteps)]int // of the encoder for the scaleSteps
	usual   int                  // the default where qualities are numbers of the encoder
	loss    lossWeights          // by which [AutoQuality] estimates scores
}

// The scales were measured by TestSearchScale, and lie between the medians of photographs of 320, 800 and 1280 pixels: a
// photograph or a width alone may need a number that is some steps higher or lower. libwebp with loss reaches no more than a
// JPEG of quality 90 does; its 100 is without loss.
var (
	jpegScale = qualityScale{
		numbers: scaleSteps,
		usual:   80,
		loss:    lossWeights{own: 46.49, fine: -5.84, coarse: -2.61, zeros: 26.02, quality: 0.2525},
	}
	webpScale = qualityScale{ // libwebp 1.2.4, method 2
		numbers: [...]int{0, 22, 40, 57, 73, 78, 82, 86, 89, 92, 95, 97, 99, 100},
		usual:   78,
		loss:    lossWeights{own: 50.85, fine: -5.199, coarse: -1.585, zeros: 0.6644, quality: 0.3385},
	}
	avifScale = qualityScale{ // libaom 3.6, speed 9, by libvips
		numbers: [...]int{0, 40, 47, 53, 58, 61, 65, 70, 76, 82, 87, 93, 99, 100},
		usual:   60,
		loss:    lossWeights{own: 46.49, fine: -6.255, coarse: -1.965, zeros: 4.116, quality: 0.2756},
	}
)

// EncoderQuality returns the number that the encoder of f takes for a quality of 1…100: ours of JPEG, which counts as libjpeg does,
// libwebp or libaom as libvips calls it. Other formats have no quality, and it is returned as it is.
func (f Format) EncoderQuality(quality int) int {
	scale := f.row().scale
	if scale == nil {
		return quality
	}
	return max(1, int(math.Round(between(scaleSteps[:], scale.numbers[:], float64(quality)))))
}

// qualityOf returns the quality for which the encoder of f takes a number: the inverse of EncoderQuality.
func (f Format) qualityOf(number int) float64 {
	scale := f.row().scale
	if scale == nil {
		return float64(number)
	}
	return between(scale.numbers[:], scaleSteps[:], float64(number))
}

// between interpolates: the values to belong to the values from, which grow, and x lies between their first and last.
func between(from, to []int, x float64) float64 {
	i := 1
	for i < len(from)-1 && float64(from[i]) < x {
		i++
	}
	part := (x - float64(from[i-1])) / float64(from[i]-from[i-1])
	return float64(to[i-1]) + part*float64(to[i]-to[i-1])
}

// encoderQuality returns the number that an encoder takes for the quality of a transform, or for the default of its format; for
// AutoQuality, the most that it may take. Encoders of all formats get their numbers from here. That of [Auto] is that of JPEG, and those of formats without quality are of no consequence.
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
		return f.EncoderQuality(mostAuto)
	case quality == 0 && c.EncoderScale:
		return f.row().scale.usual
	case quality == 0:
		quality = DefaultQuality
	case c.EncoderScale:
		return quality
	}
	return f.EncoderQuality(quality)
}
