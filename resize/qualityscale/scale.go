// Package qualityscale makes one quality mean the same in every format.
//
// A quality of 1…100 means what it means in a JPEG: variants of the same quality have about the same score by SSIMULACRA 2, see
// resize/quality. The encoders of WebP and AVIF count otherwise. A [Scale] converts between a quality and the number that the encoder
// of a format takes, and tells what a number costs:
//
//	quality ──Number──► number of the encoder ──Bytes──► bytes, compared with other numbers
//	        ◄──Quality─                       ◄──Within─
//
// An image may also get a quality of its own, the least that reaches a score. [Scale.Least] finds it without encoding: a JPEG's tables
// tell what is lost of the frequencies of some blocks, and the loss tells the score.
package qualityscale

import "math"

// steps are the qualities for which a [Scale] has numbers; between them it is straight.
var steps = [...]int{0, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95, 99, 100}

// A Scale says how the encoder of a format counts.
type Scale struct {
	numbers [len(steps)]int // of the encoder for the steps
	usual   int             // the default where qualities are numbers of the encoder
	loss    lossWeights     // by which scores are estimated
}

// The scales were measured by TestSearchScale, and lie between the medians of photographs of 320, 800 and 1280 pixels: a
// photograph or a width alone may need a number that is some steps higher or lower. libwebp with loss reaches no more than a
// JPEG of quality 90 does; its 100 is without loss.
var (
	JPEG = &Scale{ // ours, which counts as libjpeg does
		numbers: steps,
		usual:   80,
		loss:    lossWeights{own: 46.49, fine: -5.84, coarse: -2.61, zeros: 26.02, quality: 0.2525},
	}
	WebP = &Scale{ // libwebp 1.2.4, method 2
		numbers: [...]int{0, 22, 40, 57, 73, 78, 82, 86, 89, 92, 95, 97, 99, 100},
		usual:   78,
		loss:    lossWeights{own: 50.85, fine: -5.199, coarse: -1.585, zeros: 0.6644, quality: 0.3385},
	}
	AVIF = &Scale{ // libaom 3.6, speed 9, by libvips
		numbers: [...]int{0, 40, 47, 53, 58, 61, 65, 70, 76, 82, 87, 93, 99, 100},
		usual:   60,
		loss:    lossWeights{own: 46.49, fine: -6.255, coarse: -1.965, zeros: 4.116, quality: 0.2756},
	}
)

// Number returns the number that the encoder takes for a quality of 1…100.
func (s *Scale) Number(quality int) int {
	return max(1, int(math.Round(between(steps[:], s.numbers[:], float64(quality)))))
}

// Quality returns the quality for which the encoder takes a number: the inverse of Number.
func (s *Scale) Quality(number int) float64 { return between(s.numbers[:], steps[:], float64(number)) }

// Usual returns the number that is the default where qualities are numbers of the encoder.
func (s *Scale) Usual() int { return s.usual }

// between interpolates: the values to belong to the values from, which grow, and x lies between their first and last.
func between(from, to []int, x float64) float64 {
	i := 1
	for i < len(from)-1 && float64(from[i]) < x {
		i++
	}
	part := (x - float64(from[i-1])) / float64(from[i]-from[i-1])
	return float64(to[i-1]) + part*float64(to[i]-to[i-1])
}
