package resize

import (
	"image"
	"time"

	"github.com/imgorigin/imgorigin/resize/drawing"
	"github.com/imgorigin/imgorigin/resize/gif"
)

// filmSizes are the numbers of colours in which a reduced animation is written beside all of them. More would hardly save bytes.
var filmSizes = []int{31, 15}

// A fewerFilm is a film in a palette of few colours, to be used if the usual one has more bytes than its original, a GIF. The
// edges of a drawing that moves become blends when it is reduced, which GIF and WebP store badly in each frame.
type fewerFilm struct {
	painter  *gif.Writer // of what is displayed
	lossless films       // that writes what is displayed; nil if the painter does
	limit    int         // bytes of the original
}

// fewerFilms returns films in few colours for a transform: of a reduced GIF for which no quality is requested.
func (e *Portable) fewerFilms(t Transform, plays int, p *pyramid) (all []*fewerFilm) {
	w, h := p.Displayed()
	plan, err := PlanFor(t, w, h, nil)
	if err != nil || p.header.Format != GIF || plan.ratio() <= 1 || t.askedQuality() != 0 ||
		!paintsFilm(int64(p.header.Frames), plan.Canvas) {
		return nil
	}
	for _, colors := range filmSizes {
		f := &fewerFilm{painter: gif.NewPainter(plays, colors), limit: p.bytes}
		if codec := e.encodes[t.Format]; codec.Animate != nil {
			o := e.encoding(100, p.carried)
			o.Lossless = true
			f.lossless = codecFilm{codec.Animate(plays, o)}
		}
		all = append(all, f)
	}
	return all
}

// paintsFilm reports whether an animation is small enough to be written in few colours too: its frames are kept until it is
// known which colours are needed.
func paintsFilm(frames int64, size image.Point) bool {
	return frames*int64(size.X)*int64(size.Y) <= maxPainted
}

// add adds a frame. It reports false if the film is of no use: if the frame is not a drawing, or would not look the same.
func (f *fewerFilm) add(m *image.NRGBA, delay time.Duration) bool {
	if !drawing.IsFlat(m) {
		return false
	}
	f.painter.Add(m, delay)
	displayed := f.painter.Displayed()
	if !drawing.PaletteTolerance.Accepts(displayed, cutOut(m)) {
		return false
	}
	return f.lossless == nil || f.lossless.addFrame(displayed, delay) == nil
}

// cutOut returns an image without pixels that are transparent in part, of which a GIF has none.
func cutOut(m *image.NRGBA) *image.NRGBA {
	if m.Opaque() {
		return m
	}
	out := image.NewNRGBA(m.Rect)
	for i := 0; i < len(m.Pix); i += 4 {
		if gif.IsVisible(m.Pix[i+3]) {
			copy(out.Pix[i:], m.Pix[i:i+3])
			out.Pix[i+3] = 255
		}
	}
	return out
}

func (f *fewerFilm) finish() ([]byte, error) {
	if f.lossless != nil {
		return f.lossless.finish()
	}
	return f.painter.Finish()
}

func (f *fewerFilm) close() {
	if f.lossless != nil {
		f.lossless.close()
	}
}
