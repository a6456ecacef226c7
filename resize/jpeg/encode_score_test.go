package jpeg

import (
	"math"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/resize/quality"
)

// An original is an image to be encoded, and what its files are compared with.
type original struct {
	half  *Raster // with chroma of half size, which is encoded
	whole quality.Picture
}

// newOriginal takes an image with whole chroma.
func newOriginal(r *Raster) original { return original{halved(r), pictureFrom(r)} }

func pictureFrom(r *Raster) quality.Picture {
	var planes [3]quality.Plane
	for i, p := range r.Planes {
		planes[i] = quality.Plane{W: p.W, H: p.H}
		for y := range p.H {
			for _, v := range p.Pix[y*p.Stride:][:p.W] {
				planes[i].Pix = append(planes[i].Pix, float32(v))
			}
		}
	}
	return quality.Picture{Y: planes[0], Cb: planes[1], Cr: planes[2]}
}

// A way is how an image is encoded.
type way struct {
	options EncodeOptions
	tuning  tuning
}

// encode returns the bytes and the score of an image at a quality.
func (o original) encode(t testing.TB, w way, q int) (size int, score float64) {
	w.options.Quality = q
	body, err := encode(o.half, w.options, w.tuning)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := Decode(body, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return len(body), quality.SSIMULACRA2(o.whole, pictureFrom(decoded))
}

// bytesAt returns the logarithm of the bytes that an image takes at a score, by interpolation between two qualities.
func (o original) bytesAt(t testing.TB, w way, score float64) float64 {
	low, high := 60, 92
	lowSize, lowScore := o.encode(t, w, low)
	highSize, highScore := o.encode(t, w, high)
	for high-low > 8 {
		q := (low + high) / 2
		if size, s := o.encode(t, w, q); s < score {
			low, lowSize, lowScore = q, size, s
		} else {
			high, highSize, highScore = q, size, s
		}
	}
	at := (score - lowScore) / (highScore - lowScore)
	return math.Log(float64(lowSize))*(1-at) + math.Log(float64(highSize))*at
}

// standard is how the standard does it.
var standard = way{tuning: byTheBook}

// At the score of the standard's tables the encoder takes fewer bytes, and at the same quality it has about the same score.
func TestFewerBytesAtEqualScore(t *testing.T) {
	ways := map[string]struct {
		way
		most float64 // bytes of all pictures, divided by those by the book
	}{
		"fast":     {way{EncodeOptions{SharpenChroma: true}, fast}, 0.84},
		"thorough": {way{EncodeOptions{SharpenChroma: true, Progressive: true}, thorough}, 0.82},
	}
	var mu sync.Mutex
	sums := make(map[string]float64)
	t.Run("pictures", func(t *testing.T) {
		for name := range scenes {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := newOriginal(wholePicture(name, 192, 128))
				size, score := o.encode(t, standard, 80)
				for kind, w := range ways {
					ratio := math.Exp(o.bytesAt(t, w.way, score)) / float64(size)
					_, got := o.encode(t, w.way, 80)
					if t.Logf("%s: %.3f of the bytes; quality 80 scores %.1f instead of %.1f", kind, ratio, got, score); ratio > 1 {
						t.Errorf("%s: got %.3f of the bytes by the book at the same score", kind, ratio)
					}
					mu.Lock()
					sums[kind] += math.Log(ratio) / float64(len(scenes))
					mu.Unlock()
				}
			})
		}
	})
	for kind, w := range ways {
		if got := math.Exp(sums[kind]); got > w.most {
			t.Errorf("%s: got %.3f of the bytes by the book, want %.2f at most", kind, got, w.most)
		} else {
			t.Logf("%s: %.3f", kind, got)
		}
	}
}
