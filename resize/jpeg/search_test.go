package jpeg

import (
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
	"github.com/imgorigin/imgorigin/resize/quality"
)

// TestSearch repeats how the tables of package quant were found. IMGORIGIN_SEARCH_PHOTOS names a folder of photographs, and it
// takes some minutes:
//
//	apt-get download lomiri-wallpapers-16.04 mate-backgrounds && for p in *.deb; do dpkg-deb -x $p photos; done
//	IMGORIGIN_SEARCH_PHOTOS=$PWD/photos/usr/share/backgrounds go test -run '^TestSearch$' -v -timeout 2h ./resize/jpeg
//
// A shape has few parameters: the first steps, and how the others grow with the distance from them. From a start that is flat, the
// search changes one parameter after another by some per cent, as long as crops of every other photograph take fewer bytes
// for the score that the standard's tables give them at quality 80, and then by fewer per cent. The other half of the
// photographs, which the search hasn't seen, tells what that is worth. It prints the tables at a scale of 1.
//
// The tables of package quant were found in this way, at 320 and 800 pixels and with thorough files, with a factor for each of the
// nine lowest frequencies of luma, the five lowest of chroma and for each diagonal, the same across as down. Each factor went as
// far as it saved bytes and butteraugli's 3-norm of a file with the score of sharp's stayed what that of sharp's is. The tables were
// then smoothed by hand. By SSIMULACRA 2 alone the search saves another 1.5 %, with finer chroma and with the steps of the frequencies
// (0, 2) and (2, 0) nearly doubled, but butteraugli's norm grows by 5 %. The optimum is flat: shapes that differ by a third take
// as many bytes, within one or two per cent.
func TestSearch(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_SEARCH_PHOTOS")
	if folder == "" {
		t.Skip("IMGORIGIN_SEARCH_PHOTOS names no folder")
	}
	var halves [2][]crop
	for i, path := range photographs(t, folder) {
		halves[i%2] = append(halves[i%2], newCrop(t, path))
	}
	s := shape{first: 20, second: 25, offset: 20, growth: 1, power: 1, offsetOfChroma: 20, growthOfChroma: 1, deadZone: 0.5}
	least := bytesOf(t, halves[0], s.way())
	t.Logf("%.3f of the standard's bytes at the start", math.Exp(least))
	for step := 1.5; step > 1.05; step = math.Sqrt(step) {
		for isBetter := true; isBetter; {
			isBetter = false
			for i := range s.parameters() {
				for _, factor := range []float64{step, 1 / step} {
					other := s
					*other.parameters()[i] *= factor
					if n := bytesOf(t, halves[0], other.way()); n < least-0.001 {
						s, least, isBetter = other, n, true
						t.Logf("%.3f: %+v", math.Exp(least), s)
					}
				}
			}
		}
	}
	t.Logf("of the other half %.3f; with the tables as they are %.3f", math.Exp(bytesOf(t, halves[1], s.way())),
		math.Exp(bytesOf(t, halves[1], way{EncodeOptions{SharpenChroma: true}, fast})))
	tables := s.tables()
	for i, table := range tables[:2] {
		for y := range 8 {
			t.Logf("%s %4d", [2]string{"luma  ", "chroma"}[i], table[8*y:8*y+8])
		}
	}
}

// A shape describes tables.
type shape struct {
	first, second                  float64 // step, and the next in either direction
	offset, growth, power          float64
	offsetOfChroma, growthOfChroma float64
	deadZone                       float64 // steps
}

func (s *shape) parameters() []*float64 {
	return []*float64{
		&s.first, &s.second, &s.offset, &s.growth, &s.power, &s.offsetOfChroma, &s.growthOfChroma, &s.deadZone,
	}
}

// tables returns the tables at a scale of 1, at which a step of luma is about 42.
func (s *shape) tables() (t quant.Tables) {
	const mean = 42
	var steps [2][64]float64
	sum := 0.0
	for k := range 64 {
		distance := math.Pow(math.Hypot(float64(k%8), float64(k/8)), s.power)
		steps[0][k] = s.offset + 5*s.growth*distance
		steps[1][k] = s.offsetOfChroma + 6*s.growthOfChroma*distance
		switch k {
		case 0:
			steps[0][k] = s.first
		case 1, 8:
			steps[0][k] = s.second
		}
		sum += steps[0][k] / 64
	}
	for i := range t {
		for k, step := range steps[min(i, 1)] {
			t[i][k] = uint8(min(max(math.Round(step*mean/sum), 1), 255))
		}
	}
	return t
}

// way encodes by the tables, at the scales of libjpeg.
func (s *shape) way() way {
	t := fast
	tables := s.tables()
	t.tables = func(quality int) quant.Tables { return tables.Scaled(10 * (200 - 2*quality)) }
	t.deadZone = int32(256 * s.deadZone)
	return way{EncodeOptions{SharpenChroma: true}, t}
}

// A crop is the middle of a reduced photograph, with what the standard's tables make of it.
type crop struct {
	original
	size  int
	score float64
}

// photographs returns the paths of all JPEGs below a folder, in their order.
func photographs(t *testing.T, folder string) (paths []string) {
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if filepath.Ext(path) == ".jpg" && err == nil {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d photographs, %v", len(paths), err)
	}
	return paths
}

func newCrop(t *testing.T, path string) crop {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	const width, w, h = 800, 320, 240
	small := quality.Colour(m).Reduce(width, width*m.Bounds().Dy()/m.Bounds().Dx())
	r := &Raster{Model: YCbCr}
	for _, p := range []quality.Plane{small.Y, small.Cb, small.Cr} {
		out := newPlane(min(w, p.W), min(h, p.H))
		x0, y0 := (p.W-out.W)/2, (p.H-out.H)/2
		for i := range out.Pix {
			out.Pix[i] = level8(float64(p.Pix[(y0+i/out.W)*p.W+x0+i%out.W]))
		}
		r.Planes = append(r.Planes, out)
	}
	c := crop{original: newOriginal(r)}
	c.size, c.score = c.encode(t, standard, 80)
	return c
}

// bytesOf returns the logarithm of the bytes that crops take on average at their score, divided by those of the standard's
// tables.
func bytesOf(t *testing.T, crops []crop, w way) (sum float64) {
	for _, c := range crops {
		sum += (c.bytesAt(t, w, c.score) - math.Log(float64(c.size))) / float64(len(crops))
	}
	return sum
}
