package server

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A sharpEffect is what a word of URLs does, as calls of sharp, and how far the images may be apart: the root of the mean square of
// the differences between channels, in levels of 0…255. Where the two define an effect in other ways, the bound is wide and Why says
// how; the definition here is that of imgix or CSS. What sharp does not have, such as exp, high, shad, vib and fp-z, is held to its
// formula by the tests of package resize.
type sharpEffect struct {
	Query string `json:"query"`
	Call  string `json:"call"` // on s, an instance of sharp, or async with image, the file, and sharp
	most  float64
	why   string
}

var sharpEffects = []sharpEffect{
	{"w=160", "s.resize({width: 160})", 0.5, ""},
	{"w=480&enlarge=true", "s.resize({width: 480})", 3, "other kernel"},
	{"w=120&h=120&fit=cover", "s.resize(120, 120)", 0.5, ""},
	{"w=120&h=120&fit=cover&crop=top-left", "s.resize(120, 120, {position: 'left top'})", 0.5, ""},
	{"w=120&h=120&fit=contain&bg=ff0000", "s.resize(120, 120, {fit: 'contain', background: '#ff0000'})", 0.5, ""},
	{"w=120&h=120&fit=fill", "s.resize(120, 120, {fit: 'fill'})", 0.5, ""},
	{"w=120&h=120&fit=outside", "s.resize(120, 120, {fit: 'outside'})", 0.5, ""},
	{"rect=40,30,100,80", "s.extract({left: 40, top: 30, width: 100, height: 80})", 0, ""},
	{"rot=90", "s.rotate(90)", 0, ""},
	{"rot=30&bg=336699", "s.rotate(30, {background: '#336699'})", 4, "other interpolation"},
	{"flip=h", "s.flop()", 0, ""},
	{"flip=v", "s.flip()", 0, ""},
	{"flip=hv", "s.flip().flop()", 0, ""},
	{"blur=2", "s.blur(2)", 1.5, ""},
	{"blur=9", "s.blur(9)", 3, ""},
	{"bri=20", "s.linear(1, 51)", 1, ""},
	{"con=20", "s.linear(1.25, 127.5 * (1 - 1.25))", 1, ""},
	{"con=-20", "s.linear(.8, 127.5 * (1 - .8))", 1, ""},
	{"sat=30", "s.modulate({saturation: 1.3})", 12, "of HSL here, of LCh in sharp"},
	{"gam=50", "s.gamma(1, Math.SQRT2)", 1, ""},
	{"hue=90", "s.recomb(hue(90))", 1, ""},
	{"hue=20", "s.modulate({hue: 20})", 12, "of CSS here, of LCh in sharp"},
	{"greyscale=true", "s.recomb([luma, luma, luma])", 1, ""},
	{"greyscale=true", "s.greyscale()", 10, "the luma of CSS here, linear light in sharp"},
	{"sepia=100", "s.recomb([[.393, .769, .189], [.349, .686, .168], [.272, .534, .131]])", 1, ""},
	{"monochrome=ff4a4a", "s.tint('#ff4a4a')", 18, "the blend mode color here, chroma of Lab in sharp"},
	{"duotone=000080,ffd700", "async s.recomb([luma, luma, luma]).toBuffer().then(b => sharp(b).linear([1, 215 / 255, -128 / 255], [0, 0, 128]))", 1.5, ""},
	{"sharp=50", "s.sharpen({sigma: 1, m1: 1, m2: 1, x1: 0, y2: 100, y3: 100})", 3, "of each channel here, of lightness in sharp"},
	{"usm=50&usmrad=2.5", "s.sharpen({sigma: 2.5, m1: 1, m2: 1, x1: 0, y2: 100, y3: 100})", 5, "of each channel here, of lightness in sharp"},
	{"px=8", "async s.resize(40, 25, {fit: 'fill', kernel: 'linear'}).toBuffer().then(b => sharp(b).resize(320, 200, {kernel: 'nearest'}))", 3, ""},
	{"invert=true", "s.negate({alpha: false})", 0, ""},
	{"pad=10&bg=ff0000", "s.extend({top: 10, bottom: 10, left: 10, right: 10, background: '#ff0000'})", 0, ""},
	{"border=5,ff0000", "s.extract({left: 5, top: 5, width: 310, height: 190})" +
		".extend({top: 5, bottom: 5, left: 5, right: 5, background: '#ff0000'})", 0, ""},
	{"mask=ellipse", `s.ensureAlpha().composite([{input: svg('<ellipse cx="160" cy="100" rx="160" ry="100"/>'), blend: 'dest-in'}])`, 1, "edges"},
	{"mask=corners&corner-radius=30", `s.ensureAlpha().composite([{input: svg('<rect width="320" height="200" rx="30"/>'), blend: 'dest-in'}])`, 1, "edges"},
	{"mark=logo.png&mark-pad=7&mark-align=top,left", "s.composite([{input: logo, left: 7, top: 7}])", 1, ""},
}

// sharpScript makes the images of a list of effects.
const sharpScript = `
const [folder, at] = process.argv.slice(2), fs = require('fs');
const sharp = require(folder + '/node_modules/sharp'), image = at + '/image.png', logo = at + '/logo.png';
const luma = [.299, .587, .114];
const svg = shape => Buffer.from('<svg width="320" height="200">' + shape + '</svg>');
const hue = degrees => {
  const c = Math.cos(degrees * Math.PI / 180), s = Math.sin(degrees * Math.PI / 180);
  return [[.213 + c * .787 - s * .213, .715 - c * .715 - s * .715, .072 - c * .072 + s * .928],
    [.213 - c * .213 + s * .143, .715 + c * .285 + s * .140, .072 - c * .072 - s * .283],
    [.213 - c * .213 - s * .787, .715 - c * .715 + s * .715, .072 + c * .928 + s * .072]];
};
(async () => {
  let i = 0;
  for (const effect of JSON.parse(fs.readFileSync(at + '/effects.json'))) {
    const s = sharp(image);
    const made = await eval(effect.call.replace(/^async /, ''));
    await made.png().toFile(at + '/' + i++ + '.png');
  }
})();
`

// TestRealSharp compares every effect that sharp has too with it. It is skipped without IMGORIGIN_TEST_SHARP, the folder in which
// .ci/sharp has put sharp.
func TestRealSharp(t *testing.T) {
	folder := os.Getenv("IMGORIGIN_TEST_SHARP")
	if folder == "" {
		t.Skip("IMGORIGIN_TEST_SHARP is not set")
	}
	at := t.TempDir()
	photo, mark := resizetest.PNG(colourful(320, 200)), logo(t, color.NRGBA{200, 0, 0, 128})
	effects, err := json.Marshal(sharpEffects)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"image.png": photo, "logo.png": mark, "effects.json": effects, "run.js": []byte(sharpScript)} {
		if err := os.WriteFile(filepath.Join(at, name), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "node", filepath.Join(at, "run.js"), folder, at).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	images := newOriginals()
	images.put("photo.png", photo)
	images.put("logo.png", mark)
	o := start(t, Config{Originals: images, URLs: URLs{Exact: true, Marks: "logo"}})
	for i, effect := range sharpEffects {
		a := o.get("/img/photo.png?fm=png&" + effect.Query)
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %s", effect.Query, a.Status, a.body)
			continue
		}
		file, err := os.ReadFile(filepath.Join(at, strconv.Itoa(i)+".png"))
		if err != nil {
			t.Fatal(err)
		}
		got, want := decodedPNG(t, a.body), decodedPNG(t, file)
		if slack := got.Rect.Size().Sub(want.Rect.Size()); slack == image.Pt(1, 1) && strings.HasPrefix(effect.Query, "rot=30") {
			want = enlargedByOne(want, got.Rect) // sharp rounds the size of what is turned, and this service rounds it up
		}
		if got.Rect != want.Rect {
			t.Errorf("%s: got %v, sharp %v", effect.Query, got.Rect.Size(), want.Rect.Size())
			continue
		}
		distance := rms(got, want)
		t.Logf("%5.2f of %2g  %-45s %s %s", distance, effect.most, effect.Query, effect.Call, effect.why)
		if !(distance <= effect.most+0.01) {
			t.Errorf("%s: got %.2f levels from sharp's %s, want at most %g", effect.Query, distance, effect.Call, effect.most)
		}
	}
}

// colourful returns an image with all hues, edges and fine structure.
func colourful(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	photo := resizetest.Photo(w, h)
	for y := range h {
		for x := range w {
			r, g, b, _ := photo.At(x, y).RGBA()
			wave := func(phase float64) float64 { return 60 * math.Sin(float64(x+2*y)/40+phase) }
			mixed := func(v uint32, phase float64) uint8 { return uint8(min(max(0.6*float64(v>>8)+50+wave(phase), 0), 255)) }
			m.SetNRGBA(x, y, color.NRGBA{mixed(r, 0), mixed(g, 2), mixed(b, 4), 255})
		}
	}
	return m
}

func decodedPNG(t *testing.T, file []byte) *image.NRGBA {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}

// enlargedByOne returns an image whose last row and column are repeated.
func enlargedByOne(m *image.NRGBA, to image.Rectangle) *image.NRGBA {
	out := image.NewNRGBA(to)
	for y := range to.Dy() {
		for x := range to.Dx() {
			out.SetNRGBA(x, y, m.NRGBAAt(min(x, m.Rect.Dx()-1), min(y, m.Rect.Dy()-1)))
		}
	}
	return out
}

// rms returns the root of the mean square of the differences between the channels of two images of one size. Colours count by their
// opacity.
func rms(a, b *image.NRGBA) float64 {
	var sum float64
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 4 {
			va, vb := float64(a.Pix[i+c]), float64(b.Pix[i+c])
			if c < 3 {
				va, vb = va*float64(a.Pix[i+3])/255, vb*float64(b.Pix[i+3])/255
			}
			sum += (va - vb) * (va - vb)
		}
	}
	return math.Sqrt(sum / float64(len(a.Pix)))
}
