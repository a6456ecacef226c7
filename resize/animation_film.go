package resize

import (
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize/drawing"
	"github.com/imgorigin/imgorigin/resize/gif"
)

// A film is a variant of an animation that is being written.
type film interface {
	add(p *pyramid, t Transform, delay time.Duration) error
	finish() ([]byte, error)
	close()
}

// newFilm returns a film of a transform, which is the original if that is the same and smaller.
func (e *Portable) newFilm(t Transform, plays int, p *pyramid) film {
	f := e.newFilmOf(t, plays, p)
	w, h := p.Displayed()
	if plan, err := PlanFor(t, w, h, nil); err == nil && e.mayPassOn(p, plan, t) {
		return passedFilm{film: f, src: p.src, format: p.header.Format, keepICC: p.carried != nil}
	}
	return f
}

// newFilmOf returns a film in the format of a transform, or of a single frame if the format is not animated.
func (e *Portable) newFilmOf(t Transform, plays int, p *pyramid) film {
	f := filmFormat(t.Format, func(f Format) bool { return e.encodes[f].Animate != nil })
	if f != t.Format {
		t.Format = f
		if e.config.EncoderScale {
			t.Quality = 0 // the number means another quality there
		}
	}
	if f == Auto || f == GIF {
		return &movingFilm{films: gifFilm{gif.NewWriter(plays)}, format: f, fewer: e.fewerFilms(t, plays, p)}
	}
	if codec := e.encodes[f]; codec.Animate != nil {
		fewer := e.fewerFilms(t, plays, p)
		t.Quality = t.askedQuality()
		films := codecFilm{codec.Animate(plays, e.encoding(e.config.encoderQuality(t), p.carried))}
		return &movingFilm{films: films, format: f, fewer: fewer}
	}
	return &stillFilm{e: e}
}

// filmFormat returns the format that an animation is written in if another is requested that no codec animates: AVIF
// becomes WebP, and WebP becomes GIF. Every client that displays one displays the next, and would miss the motion.
func filmFormat(f Format, isAnimated func(Format) bool) Format {
	if f == AVIF && !isAnimated(f) {
		f = WebP
	}
	if f == WebP && !isAnimated(f) {
		f = GIF
	}
	return f
}

// A movingFilm is a film of all frames.
type movingFilm struct {
	films
	format Format
	fewer  []*fewerFilm
}

// films write frames.
type films interface {
	addFrame(m *image.NRGBA, delay time.Duration) error
	finish() ([]byte, error)
	close()
}

func (f *movingFilm) add(p *pyramid, t Transform, delay time.Duration) error {
	t.Format = f.format // whose sides may be shorter than those of what was asked for
	m := p.frame(t)
	f.fewer = slices.DeleteFunc(f.fewer, func(fewer *fewerFilm) bool {
		keeps := fewer.add(m, delay)
		if !keeps {
			fewer.close()
		}
		return !keeps
	})
	if _, isGIF := f.films.(gifFilm); isGIF && p.isReducedGIF(m) && drawing.IsFlat(m) {
		m = drawing.Coarser(m, filmBits) // the frames of the original have no blends
	}
	return f.addFrame(m, delay)
}

func (f *movingFilm) finish() ([]byte, error) {
	body, err := f.films.finish()
	for _, fewer := range f.fewer {
		if err != nil || len(body) <= fewer.limit {
			return body, err
		}
		body, _ = shorter(body)(fewer.finish())
	}
	return body, err
}

func (f *movingFilm) close() {
	f.films.close()
	for _, fewer := range f.fewer {
		fewer.close()
	}
}

// isReducedGIF reports whether a frame has another size than those of a GIF.
func (p *pyramid) isReducedGIF(m *image.NRGBA) bool {
	return p.header.Format == GIF && m.Rect.Size() != image.Pt(p.header.Width, p.header.Height)
}

// A gifFilm is a film in GIF.
type gifFilm struct{ *gif.Writer }

func (g gifFilm) addFrame(m *image.NRGBA, delay time.Duration) error {
	g.Add(m, delay)
	return nil
}

func (g gifFilm) finish() ([]byte, error) { return g.Finish() }
func (g gifFilm) close()                  {}

// filmBits are the bits that the blends of reduced frames lose. A GIF has no room for all of them.
const filmBits = 3

// A passedFilm is a film that may be the original.
type passedFilm struct {
	film
	src     []byte
	format  Format
	keepICC bool
}

func (f passedFilm) finish() ([]byte, error) {
	body, err := f.film.finish()
	if err != nil {
		return nil, err
	}
	return smallerOf(body, f.src, f.format, f.keepICC, len(body)), nil
}

// A codecFilm is a film that a codec writes.
type codecFilm struct{ Animation }

func (c codecFilm) addFrame(m *image.NRGBA, delay time.Duration) error {
	if err := c.Add(Frame{m, delay}); err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	return nil
}

func (c codecFilm) finish() ([]byte, error) { return c.Finish() }
func (c codecFilm) close()                  { c.Close() }

// A stillFilm is a film of the first frame.
type stillFilm struct {
	e    *Portable
	body []byte
	err  error
}

func (s *stillFilm) add(p *pyramid, t Transform, _ time.Duration) error {
	if s.body == nil && s.err == nil {
		encode, err := s.e.variant(p, t)
		if s.err = err; err == nil {
			s.body, s.err = encode()
		}
	}
	return nil
}

func (s *stillFilm) finish() ([]byte, error) { return s.body, s.err }
func (s *stillFilm) close()                  {}
