package quality_test

import (
	"image"
	"image/color"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// pairs are pictures, distorted in one way each, with the scores of the reference implementation: SSIMULACRA 2.1 as of commit
// 81feacf of https://github.com/cloudinary/ssimulacra2. TestSSIMULACRA2Tool asks it again.
var pairs = []struct {
	name    string
	w, h    int
	distort func(m *image.NRGBA) *image.NRGBA
	want    float64
}{
	{"equal", 160, 120, func(m *image.NRGBA) *image.NRGBA { return m }, 100},
	{"last bit", 160, 120, noise(1), 95.9983},
	{"noise", 160, 120, noise(8), 76.9358},
	{"strong noise", 320, 213, noise(60), -41.2497},
	{"blurred", 160, 120, blurred(1), 32.2853},
	{"blurred more", 319, 214, blurred(4), -64.1883},
	{"blocks", 160, 120, blocks(16), 54.5212},
	{"fine blocks", 320, 213, blocks(6), 77.9036},
	{"coarse blocks", 201, 133, blocks(90), -28.7269},
	{"lighter", 160, 120, each(func(c color.NRGBA) color.NRGBA { return rgb(int(c.R)+10, int(c.G)+10, int(c.B)+10) }), 76.4149},
	{"fewer levels", 160, 120, each(func(c color.NRGBA) color.NRGBA { return color.NRGBA{c.R &^ 31, c.G &^ 31, c.B &^ 31, 255} }), -1.9992},
	{"redder", 160, 120, each(func(c color.NRGBA) color.NRGBA { return rgb(int(c.R)+12, int(c.G)-6, int(c.B)) }), 70.3698},
	{"no blue", 160, 120, each(func(c color.NRGBA) color.NRGBA { return color.NRGBA{c.R, c.G, 0, 255} }), -10.2001},
	{"grey", 160, 120, each(func(c color.NRGBA) color.NRGBA { return color.NRGBA{c.G, c.G, c.G, 255} }), -64.5444},
	{"colours beside their edges", 160, 120, chromaMoved, -32.4938},
	{"moved", 160, 120, moved, -12.398},
	{"five scales", 112, 300, noise(8), 63.313},
	{"three scales", 40, 28, blurred(1), 71.1258},
	{"the smallest", 8, 9, blurred(1), 79.0211},
}

func TestSSIMULACRA2(t *testing.T) {
	for _, p := range pairs {
		m := scene(p.w, p.h)
		got := quality.SSIMULACRA2(quality.Colour(m), quality.Colour(p.distort(m)))
		if math.Abs(got-p.want) > tolerance(p.want) {
			t.Errorf("%s: got %.4f, want %.4f", p.name, got, p.want)
		}
	}
}

// tolerance allows for the recursive filter of the reference, which rounds to 24 bits at each step: that shows where hardly anything
// else differs. Built for other processors, the reference itself differs by as much.
func tolerance(score float64) float64 {
	if score > 80 {
		return 0.2
	}
	return 0.05
}

// TestSSIMULACRA2Tool compares with the program ssimulacra2 that IMGORIGIN_TEST_SSIMULACRA2 names. It is skipped without one.
func TestSSIMULACRA2Tool(t *testing.T) {
	tool := os.Getenv("IMGORIGIN_TEST_SSIMULACRA2")
	if tool == "" {
		t.Skip("IMGORIGIN_TEST_SSIMULACRA2 names no program")
	}
	for _, p := range pairs {
		m := scene(p.w, p.h)
		files := []string{filepath.Join(t.TempDir(), "original.png"), filepath.Join(t.TempDir(), "distorted.png")}
		for i, m := range []image.Image{m, p.distort(m)} {
			if err := os.WriteFile(files[i], resizetest.PNG(m), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(tool, files...).Output()
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		score, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil || math.Abs(score-p.want) > tolerance(p.want) {
			t.Errorf("%s: got %.4f, %v, want %.4f", p.name, score, err, p.want)
		}
	}
}

func TestSSIMULACRA2HasNoScore(t *testing.T) {
	for _, size := range [][2]image.Point{{{40, 30}, {30, 40}}, {{7, 40}, {7, 40}}, {{}, {}}} {
		a, b := quality.Colour(scene(size[0].X, size[0].Y)), quality.Colour(scene(size[1].X, size[1].Y))
		if got := quality.SSIMULACRA2(a, b); !math.IsInf(got, -1) {
			t.Errorf("%v and %v: got %v, want -Inf", size[0], size[1], got)
		}
	}
}

// scene paints a picture with integers, so that it is the same everywhere: a gradient, coloured discs, bars, and texture in the
// lower part.
func scene(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			r, g, b := 40+160*x/w, 60+120*y/h, 200-150*x/w
			switch dx, dy := x-w/3, y-h/3; {
			case dx*dx+dy*dy < h*h/16:
				r, g, b = 220, 90-60*dy/h, 50
			case x > w*2/3 && y < h/2 && x/3%2 == 0:
				r, g, b = 235, 235, 240
			case y > h*2/3:
				grain := int(hash(x, y)%48) - 24 + int(hash(x/4, y/4)%40) - 20
				r, g, b = 70+grain, 110+grain, 60+grain/2
			}
			m.SetNRGBA(x, y, rgb(r, g, b))
		}
	}
	return m
}

// hash returns a number that looks random.
func hash(x, y int) uint32 {
	v := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77
	v = (v ^ v>>15) * 0x2c1b3c6d
	return v ^ v>>13
}

func rgb(r, g, b int) color.NRGBA {
	level := func(v int) uint8 { return uint8(min(max(v, 0), 255)) }
	return color.NRGBA{level(r), level(g), level(b), 255}
}

// each changes every pixel.
func each(f func(c color.NRGBA) color.NRGBA) func(m *image.NRGBA) *image.NRGBA {
	return place(func(m *image.NRGBA, x, y int) color.NRGBA { return f(m.NRGBAAt(x, y)) })
}

// place makes every pixel from the picture.
func place(f func(m *image.NRGBA, x, y int) color.NRGBA) func(m *image.NRGBA) *image.NRGBA {
	return func(m *image.NRGBA) *image.NRGBA {
		out := image.NewNRGBA(m.Bounds())
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				out.SetNRGBA(x, y, f(m, x, y))
			}
		}
		return out
	}
}

// noise adds up to level to each sample, or subtracts it.
func noise(level int) func(m *image.NRGBA) *image.NRGBA {
	return place(func(m *image.NRGBA, x, y int) color.NRGBA {
		c, v := m.NRGBAAt(x, y), hash(x+1000, y)
		add := func(bits uint32) int { return int(bits&0x3ff)%(2*level+1) - level }
		return rgb(int(c.R)+add(v), int(c.G)+add(v>>10), int(c.B)+add(v>>20))
	})
}

// blurred takes means over squares.
func blurred(radius int) func(m *image.NRGBA) *image.NRGBA {
	return place(func(m *image.NRGBA, x, y int) color.NRGBA {
		var r, g, b, n int
		for v := y - radius; v <= y+radius; v++ {
			for u := x - radius; u <= x+radius; u++ {
				if (image.Point{u, v}).In(m.Bounds()) {
					c := m.NRGBAAt(u, v)
					r, g, b, n = r+int(c.R), g+int(c.G), b+int(c.B), n+1
				}
			}
		}
		return rgb(r/n, g/n, b/n)
	})
}

// chromaMoved takes colours from the left, as coarse chroma does.
var chromaMoved = place(func(m *image.NRGBA, x, y int) color.NRGBA {
	here, left := m.NRGBAAt(x, y), m.NRGBAAt(max(x-4, 0), y)
	return rgb(int(here.G)+int(left.R)-int(left.G), int(here.G), int(here.G)+int(left.B)-int(left.G))
})

var moved = place(func(m *image.NRGBA, x, y int) color.NRGBA { return m.NRGBAAt(max(x-1, 0), y) })

// blocks quantises the Walsh-Hadamard spectra of blocks of 8×8, more coarsely at high frequencies, which looks like a JPEG.
func blocks(step int) func(m *image.NRGBA) *image.NRGBA {
	return func(m *image.NRGBA) *image.NRGBA {
		out := image.NewNRGBA(m.Bounds())
		for y := 0; y < m.Bounds().Dy(); y += 8 {
			for x := 0; x < m.Bounds().Dx(); x += 8 {
				block(out, m, x, y, step)
			}
		}
		return out
	}
}

func block(out, m *image.NRGBA, x, y, step int) {
	var spectra [3][64]int
	for i := range 64 {
		c := m.NRGBAAt(min(x+i%8, m.Bounds().Dx()-1), min(y+i/8, m.Bounds().Dy()-1))
		spectra[0][i], spectra[1][i], spectra[2][i] = int(c.R), int(c.G), int(c.B)
	}
	for c := range spectra {
		s := &spectra[c]
		walsh(s)
		for i := range s {
			q := step * (8 + 3*(i%8+i/8))
			s[i] = int(math.Round(float64(s[i])/float64(q))) * q
		}
		walsh(s)
	}
	for i := range 64 {
		out.SetNRGBA(x+i%8, y+i/8, rgb(spectra[0][i]>>6, spectra[1][i]>>6, spectra[2][i]>>6))
	}
}

// walsh transforms rows and columns; twice, it multiplies by 64.
func walsh(s *[64]int) {
	for bit := 1; bit < 64; bit *= 2 {
		for i := range s {
			if i&bit == 0 {
				s[i], s[i|bit] = s[i]+s[i|bit], s[i]-s[i|bit]
			}
		}
	}
}
