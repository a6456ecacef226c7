package resize_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	stdgif "image/gif"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// originalsOf returns files of each kind of image, w pixels wide.
func originalsOf(t *testing.T, w int) map[string][]byte {
	h := w * 3 / 4
	photo, grain := resizetest.Photo(w, h), resizetest.Grain(w, h)
	files := map[string][]byte{
		"photo":      resizetest.PNG(photo),
		"grain":      resizetest.PNG(grain),
		"drawing":    resizetest.PNG(drawingOf(w, h, color.White)),
		"alpha":      resizetest.PNG(drawingOf(w, h, color.Transparent)),
		"screenshot": resizetest.PNG(screenshotOf(w, h)),
		"palette":    resizetest.PNG(ditheredOf(photo)),
		"grey":       resizetest.PNG(greyOf(photo)),
		"line art":   resizetest.PNG(lineArtOf(w, h)),
		"TIFF":       tiffOf(t, drawingOf(w, h, color.White)),
		"GIF":        stillGIF(t, drawingOf(w, h, color.White)),
		"film":       filmOf(t, w/2, h/2),
		"sprite":     spriteOf(t, w/2, h/2),
		"JPEG 40":    resizetest.JPEG(photo, 40),
		"JPEG 75":    resizetest.JPEG(photo, 75),
		"JPEG 95":    resizetest.JPEG(grain, 95),
	}
	if codecs := webp.Codecs(); codecs != nil {
		for name, o := range map[string]resize.Encoding{"WebP 60": {Quality: 60}, "WebP without loss": {Lossless: true}} {
			m := photo
			if o.Lossless {
				m = drawingOf(w, h, color.White)
			}
			body, err := codecs[0].Encode(m, o)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = body
		}
	}
	return files
}

// drawingOf returns discs in six colours.
func drawingOf(w, h int, ground color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	for i := range 6 {
		x, y, r := float64(w*(2*i+1)/12), float64(h*(1+i%3)/4), float64(h)/6
		disc(m, x, y, r, color.NRGBA{uint8(40 * i), uint8(200 - 30*i), uint8(90 + 25*i), 255})
	}
	return m
}

func disc(m *image.NRGBA, x, y, r float64, c color.NRGBA) {
	for dy := math.Floor(y - r); dy <= y+r; dy++ {
		for dx := math.Floor(x - r); dx <= x+r; dx++ {
			if p := image.Pt(int(dx), int(dy)); math.Hypot(dx-x, dy-y) < r && p.In(m.Rect) {
				m.SetNRGBA(p.X, p.Y, c)
			}
		}
	}
}

// screenshotOf returns windows with something like lines of text.
func screenshotOf(w, h int) *image.NRGBA {
	m, r := drawingOf(w, h, color.NRGBA{240, 240, 244, 255}), rand.New(rand.NewPCG(3, 4))
	for y := 10; y < h-10; y += 12 {
		for x := 8; x < w-8; x += 2 + r.IntN(5) {
			draw.Draw(m, image.Rect(x, y, x+1, y+3+r.IntN(5)), image.Black, image.Point{}, draw.Src)
		}
	}
	return m
}

func ditheredOf(m image.Image) *image.Paletted {
	p := image.NewPaletted(m.Bounds(), palette.Plan9)
	draw.FloydSteinberg.Draw(p, p.Rect, m, image.Point{})
	return p
}

func greyOf(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	draw.Draw(g, g.Rect, m, image.Point{}, draw.Src)
	return g
}

// lineArtOf returns circles in black on white, of a bit for a pixel.
func lineArtOf(w, h int) *image.Paletted {
	p := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black})
	for y := range h {
		for x := range w {
			if d := math.Hypot(float64(x-w/2), float64(y-h/2)); math.Mod(d, 24) < 2 {
				p.SetColorIndex(x, y, 1)
			}
		}
	}
	return p
}

func stillGIF(t *testing.T, m image.Image) []byte {
	var b bytes.Buffer
	if err := stdgif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filmOf returns a disc that moves over a drawing, in frames of what has changed.
func filmOf(t *testing.T, w, h int) []byte {
	g := &stdgif.GIF{Config: image.Config{Width: w, Height: h}}
	for i := range 8 {
		m := drawingOf(w, h, color.White)
		disc(m, float64(w*(i+1)/10), float64(h/2), float64(h)/8, color.NRGBA{200, 0, 0, 255})
		frame := image.NewPaletted(m.Rect, palette.WebSafe)
		draw.Draw(frame, frame.Rect, m, image.Point{}, draw.Src)
		part := frame
		if i > 0 {
			part = frame.SubImage(image.Rect(w*i/10-h/8-1, h/2-h/8-1, w*(i+1)/10+h/8+1, h/2+h/8+1)).(*image.Paletted)
		}
		g.Image, g.Delay = append(g.Image, part), append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := stdgif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// spriteOf returns a wheel that turns over nothing. Each frame covers what is visible, and is cleared before the next.
func spriteOf(t *testing.T, w, h int) []byte {
	g := &stdgif.GIF{Config: image.Config{Width: w, Height: h}}
	colors := color.Palette{color.Transparent, color.NRGBA{30, 30, 40, 255}, color.NRGBA{220, 60, 30, 255}, color.NRGBA{250, 200, 60, 255}}
	for i := range 8 {
		m := drawingOf(w, h, color.Transparent)
		draw.Draw(m, m.Rect, image.Transparent, image.Point{}, draw.Src)
		disc(m, float64(w/2), float64(h/2), float64(h)*0.45, color.NRGBA{30, 30, 40, 255})
		for spoke := range 5 {
			sin, cos := math.Sincos(2 * math.Pi * (float64(spoke) + float64(i)/8) / 5)
			disc(m, float64(w/2)+cos*float64(h)*0.3, float64(h/2)+sin*float64(h)*0.3, float64(h)*0.1, colors[2+spoke%2].(color.NRGBA))
		}
		frame := image.NewPaletted(image.Rect(w/2-h/2, 0, w/2+h/2, h), colors)
		draw.Draw(frame, frame.Rect, m, frame.Rect.Min, draw.Src)
		g.Image, g.Delay, g.Disposal = append(g.Image, frame), append(g.Delay, 5), append(g.Disposal, stdgif.DisposalBackground)
	}
	var b bytes.Buffer
	if err := stdgif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// growths are how many times larger than their originals reduced variants may be, of kinds that can't be made smaller at
// equal looks.
var growths = map[string]struct {
	most   float64
	reason string
}{
	"line art as png":           {2.4, "lines of a bit become lines of 8 greys"},
	"line art as auto":          {2.4, "lines of a bit become lines of 8 greys"},
	"line art as webp":          {2.4, "lines of a bit become lines of 8 greys"},
	"screenshot as png":         {3.2, "text of two colours becomes text of many"},
	"screenshot as auto":        {3.2, "text of two colours becomes text of many"},
	"screenshot as webp":        {3.2, "text of two colours becomes text of many"},
	"alpha as png":              {1.2, "edges become blends"},
	"alpha as auto":             {1.2, "edges become blends"},
	"sprite as gif":             {1.4, "edges that move become blends"},
	"sprite as auto":            {1.4, "edges that move become blends"},
	"WebP without loss as webp": {1.6, "edges become blends"},
	"line art as avif":          {2.4, "it is the WebP"},
	"screenshot as avif":        {3.2, "it is the WebP"},
	"WebP without loss as avif": {1.6, "it is the WebP"},
	"WebP without loss as auto": {2.1, "PNG takes more bytes than WebP"},
}

// A variant has at most the bytes of its original and five per cent, or there is a reason. It prints a table of all kinds,
// formats and widths.
func TestNeverLarger(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_LARGER") == "" {
		t.Skip("wants IMGORIGIN_TEST_LARGER, and half a minute")
	}
	e := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs()})
	grown, all := 0, 0
	for name, src := range originalsOf(t, 400) {
		h, err := resize.ProbeBytes(src)
		if err != nil {
			t.Fatal(err)
		}
		formats := []resize.Format{resize.Auto, h.Format, resize.WebP, resize.AVIF}
		for _, width := range []float64{1, 0.8, 0.5} {
			for i, f := range formats {
				if f != resize.Auto && !e.Encodes(f) || slices.Contains(formats[:i], f) {
					continue
				}
				tr := resize.Transform{Width: int(width * float64(h.Width)), Format: f}
				out, err := e.Resize(t.Context(), src, tr)
				if err != nil {
					t.Fatal(err)
				}
				all++
				row := fmt.Sprintf("%s, %.0f %% as %s", name, 100*width, f)
				ratio := float64(len(out[0])) / float64(len(src))
				if ratio > 1 {
					grown++
				}
				t.Logf("%-34s %7d %7d  %.2f  SSIM %.4f %s", row, len(src), len(out[0]), ratio, ssimOf(t, e, src, out[0]), resize.Detect(out[0]))
				if most := max(1.05, growths[name+" as "+string(f)].most); ratio > most {
					t.Errorf("%s: got %d bytes, the original has %d, want %.2f times as many at most", row, len(out[0]), len(src), most)
				}
			}
		}
	}
	t.Logf("%d of %d are larger than their originals", grown, all)
}

// A reduced animation of a drawing has no more bytes than its original, as GIF and as WebP, and looks the same. Where nothing is
// drawn it stays transparent.
func TestReducedFilms(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs()})
	for name, src := range map[string][]byte{"film": filmOf(t, 200, 150), "sprite": spriteOf(t, 200, 150)} {
		width := map[string]int{"film": 160, "sprite": 100}[name]
		for _, f := range []resize.Format{resize.GIF, resize.WebP} {
			if !e.Encodes(f) {
				continue
			}
			out, err := e.Resize(t.Context(), src, resize.Transform{Width: width, Format: f}, resize.Transform{Width: width, Format: resize.PNG})
			if err != nil {
				t.Fatal(err)
			}
			if len(out[0]) > len(src) {
				t.Errorf("%s as %s: got %d bytes, the original has %d", name, f, len(out[0]), len(src))
			}
			h, err := resize.ProbeBytes(out[0])
			if err != nil || h.Frames != 8 {
				t.Errorf("%s as %s: got %d frames, %v, want 8", name, f, h.Frames, err)
			}
			shown, err := e.Resize(t.Context(), out[0], resize.Transform{Format: resize.PNG, Quality: 100})
			if err != nil {
				t.Fatal(err)
			}
			got, want := resizetest.Decode(shown[0]), resizetest.Decode(out[1])
			if _, _, _, a := got.At(1, 1).RGBA(); (a == 0) != (name == "sprite") {
				t.Errorf("%s as %s: got a corner with an alpha of %d", name, f, a)
			}
			if ssim := quality.SSIM(quality.Luma(want), quality.Luma(got)); ssim < 0.96 {
				t.Errorf("%s as %s: got an SSIM of %.4f", name, f, ssim)
			}
		}
	}
}

// ssimOf compares a variant with its original.
func ssimOf(t *testing.T, e resize.Engine, src, variant []byte) float64 {
	planes := make([]quality.Plane, 2)
	for i, body := range [][]byte{src, variant} {
		out, err := e.Resize(t.Context(), body, resize.Transform{Format: resize.PNG, Quality: 100})
		if err != nil {
			t.Fatal(err)
		}
		planes[i] = quality.Luma(resizetest.Decode(out[0]))
	}
	return quality.SSIM(quality.Reduce(planes[0], planes[1].W, planes[1].H), planes[1])
}
