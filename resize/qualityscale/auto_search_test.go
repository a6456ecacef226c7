package qualityscale_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/qualityscale"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// TestSearchAuto repeats how the weights of q=auto were found, and measures what it reaches, on the photographs of
// TestSearchScale. It takes some seconds for each of them:
//
//	IMGORIGIN_SCALE_PHOTOS="$PWD/photos/usr/share/backgrounds/*_by_*.jpg" \
//		go test -tags vips -run '^TestSearchAuto$' -v -timeout 2h ./resize/qualityscale
//
// It reduces each photograph to 320 and 800 pixels, encodes it in each format and several qualities, and fits the scores to the
// logarithms of what the quantisation of a JPEG takes from luma, by least squares. It prints the weights of the format, and how far off the
// scores are of photographs that are left out of the fit. Then it encodes the photographs in each format with q=auto, and prints how
// the scores that are reached differ from the score that is wanted, and from each other at the quality that usually has that score.
func TestSearchAuto(t *testing.T) {
	photos := scalePhotos(t)
	var all []autoPhoto
	for _, photo := range photos {
		for _, width := range []int{320, 800} {
			all = append(all, newAutoPhoto(t, photo, width))
		}
	}
	for _, f := range []resize.Format{resize.JPEG, resize.WebP, resize.AVIF} {
		if !autoEngine(0).Encodes(f) {
			continue
		}
		t.Run("fit/"+string(f), func(t *testing.T) { fitAuto(t, f, all) })
		t.Run("reached/"+string(f), func(t *testing.T) { reachAuto(t, f, all) })
	}
}

var scales = map[resize.Format]*qualityscale.Scale{resize.JPEG: qualityscale.JPEG, resize.WebP: qualityscale.WebP, resize.AVIF: qualityscale.AVIF}

// An autoPhoto is a photograph in its final size.
type autoPhoto struct {
	name   string
	file   []byte // PNG
	pixels *image.NRGBA
	want   quality.Picture
}

func newAutoPhoto(t *testing.T, path string, width int) autoPhoto {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Width: width, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatal(err)
	}
	pixels := image.NewNRGBA(m.Bounds())
	draw.Draw(pixels, pixels.Rect, m, image.Point{}, draw.Src)
	return autoPhoto{path, out[0], pixels, quality.Colour(m)}
}

// score returns the score of a photograph by an engine.
func (p autoPhoto) score(t *testing.T, e resize.Engine, f resize.Format, q int) float64 {
	t.Helper()
	out, err := e.Resize(t.Context(), p.file, resize.Transform{Format: f, Quality: q})
	if err != nil {
		t.Fatal(err)
	}
	return resizetest.Score(t, e, out[0], p.want)
}

// autoEngine returns an engine with codecs for WebP and AVIF, as far as they are built, whose q=auto aims at a score.
func autoEngine(score float64) *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Codecs: slices.Concat(webp.Codecs(), vips.Codecs()), AutoScore: score})
}

// fitAuto prints the weights of a format, and how well they predict.
func fitAuto(t *testing.T, f resize.Format, photos []autoPhoto) {
	e := autoEngine(0)
	var names []string
	var terms [][]float64
	var scores []float64
	for _, p := range photos {
		for q := 45; q <= 85; q += 10 {
			names = append(names, p.name)
			terms = append(terms, qualityscale.LossTerms(p.pixels, q))
			scores = append(scores, p.score(t, e, f, q))
		}
	}
	weights, inUse := leastSquares(terms, scores), scales[f].LossWeights()
	t.Logf("weights %.4g, in use %.4g", weights, inUse)
	without := make(map[string][]float64) // the weights by all photographs but one
	var seen, unseen, used float64
	for i, name := range names {
		if without[name] == nil {
			var others [][]float64
			var theirs []float64
			for k := range names {
				if names[k] != name {
					others, theirs = append(others, terms[k]), append(theirs, scores[k])
				}
			}
			without[name] = leastSquares(others, theirs)
		}
		seen += math.Pow(dot(weights, terms[i])-scores[i], 2)
		unseen += math.Pow(dot(without[name], terms[i])-scores[i], 2)
		used += math.Pow(dot(inUse, terms[i])-scores[i], 2)
	}
	n := float64(len(names))
	t.Logf("%d points, root of mean square: %.2f, of photographs that are left out %.2f, by the weights in use %.2f",
		len(names), math.Sqrt(seen/n), math.Sqrt(unseen/n), math.Sqrt(used/n))
}

// reachAuto prints the scores that are reached in a format.
func reachAuto(t *testing.T, f resize.Format, photos []autoPhoto) {
	for _, level := range []struct {
		score   float64
		quality int // at which photographs usually have the score
	}{{69, 50}, {75, 65}, {82, 80}} {
		e := autoEngine(level.score)
		var auto, fixed []float64
		for _, p := range photos {
			auto = append(auto, p.score(t, e, f, resize.AutoQuality))
			fixed = append(fixed, p.score(t, e, f, level.quality))
		}
		slices.Sort(auto)
		slices.Sort(fixed)
		tenth := len(photos) / 10
		t.Logf("score %.0f: q=auto has a mean of %.1f, a deviation of %.2f and a tenth below %.1f; q=%d has %.1f, %.2f and %.1f",
			level.score, mean(auto), deviation(auto), auto[tenth], level.quality, mean(fixed), deviation(fixed), fixed[tenth])
	}
}

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

func deviation(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += math.Pow(v-mean(values), 2)
	}
	return math.Sqrt(sum / float64(len(values)))
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// leastSquares returns the weights of terms whose sums come nearest to values, by the normal equations.
func leastSquares(terms [][]float64, values []float64) []float64 {
	n := len(terms[0])
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n+1)
		for k, term := range terms {
			for j := range n {
				rows[i][j] += term[i] * term[j]
			}
			rows[i][n] += term[i] * values[k]
		}
	}
	for i := range rows { // elimination; the diagonal is the largest of what is left closely enough
		for k := range rows {
			if k == i {
				continue
			}
			factor := rows[k][i] / rows[i][i]
			for j := range rows[k] {
				rows[k][j] -= factor * rows[i][j]
			}
		}
	}
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = rows[i][n] / rows[i][i]
	}
	return weights
}
