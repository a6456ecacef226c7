package qualityscale_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// TestSearchScale repeats how the scales of qualities were found. IMGORIGIN_SCALE_PHOTOS is a pattern of photographs, and it
// takes about a minute for each of them:
//
//	apt-get download lomiri-wallpapers-16.04 mate-backgrounds && for p in *.deb; do dpkg-deb -x $p photos; done
//	IMGORIGIN_SCALE_PHOTOS="$PWD/photos/usr/share/backgrounds/*_by_*.jpg" \
//		go test -tags vips -run '^TestSearchScale$' -v -timeout 2h ./resize/qualityscale
//
// It reduces each photograph to 320, 800 and 1280 pixels, and encodes it at qualities that cover the scale. For each quality it
// looks up the score of the JPEG, and the number of the other encoder that has this score. It prints their medians over the
// photographs, for each width and for all.
func TestSearchScale(t *testing.T) {
	photos := scalePhotos(t)
	e := resize.NewEngine(resize.EngineConfig{EncoderScale: true, Codecs: slices.Concat(webp.Codecs(), vips.Codecs())})
	steps := []int{30, 40, 50, 60, 65, 70, 75, 80, 85, 90}
	for _, f := range []resize.Format{resize.WebP, resize.AVIF} {
		if !e.Encodes(f) {
			continue
		}
		all := make([][]float64, len(steps))
		for _, width := range []int{320, 800, 1280} {
			own := make([][]float64, len(steps))
			for _, photo := range photos {
				jpeg, other := curvesOf(t, e, photo, width, f)
				for i, step := range steps {
					own[i] = append(own[i], along(other.scores, other.numbers, along(jpeg.numbers, jpeg.scores, float64(step))))
					all[i] = append(all[i], own[i][len(own[i])-1])
				}
			}
			t.Logf("%s, %4d px: %v are %.0f", f, width, steps, medians(own))
		}
		t.Logf("%s, all    : %v are %.0f", f, steps, medians(all))
	}
}

// A scoreCurve has the scores of an image at some numbers of an encoder, both ascending.
type scoreCurve struct{ numbers, scores []float64 }

// curvesOf returns the curves of a photograph as a JPEG and in another format.
func curvesOf(t *testing.T, e resize.Engine, photo string, width int, f resize.Format) (jpeg, other scoreCurve) {
	t.Helper()
	src, err := os.ReadFile(photo)
	if err != nil {
		t.Fatal(err)
	}
	numbers := []int{15, 30, 42, 50, 56, 62, 68, 74, 80, 85, 90, 94, 97}
	ts := []resize.Transform{{Width: width, Format: resize.PNG}}
	for _, format := range []resize.Format{resize.JPEG, f} {
		for _, n := range numbers {
			ts = append(ts, resize.Transform{Width: width, Format: format, Quality: n})
		}
	}
	out, err := e.Resize(t.Context(), src, ts...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatal(err)
	}
	want := quality.Colour(m)
	for i, transform := range ts[1:] {
		c := &other
		if transform.Format == resize.JPEG {
			c = &jpeg
		}
		c.numbers = append(c.numbers, float64(transform.Quality))
		c.scores = append(c.scores, resizetest.Score(t, e, out[1+i], want))
	}
	return jpeg, other
}

// along interpolates: the values to belong to the values from. Beyond their ends it returns the nearest.
func along(from, to []float64, x float64) float64 {
	for i := 1; i < len(from); i++ {
		if from[i-1] <= x && x < from[i] {
			return to[i-1] + (x-from[i-1])/(from[i]-from[i-1])*(to[i]-to[i-1])
		}
	}
	if x < from[0] {
		return to[0]
	}
	return to[len(to)-1]
}

func medians(rows [][]float64) (all []float64) {
	for _, row := range rows {
		slices.Sort(row)
		all = append(all, row[len(row)/2])
	}
	return all
}

// scalePhotos returns the photographs that IMGORIGIN_SCALE_PHOTOS is a pattern of, at least two. It skips the test without them.
func scalePhotos(t *testing.T) []string {
	t.Helper()
	pattern := os.Getenv("IMGORIGIN_SCALE_PHOTOS")
	if pattern == "" {
		t.Skip("IMGORIGIN_SCALE_PHOTOS names no photographs")
	}
	photos, err := filepath.Glob(pattern)
	if err != nil || len(photos) < 2 {
		t.Fatalf("%s: got %d photographs, %v", pattern, len(photos), err)
	}
	return photos
}
