package resize

import (
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/resize/gif"
)

// A film is a variant of an animation that is being written.
type film interface {
	add(p *pyramid, t Transform, delay time.Duration) error
	finish() ([]byte, error)
	close()
}

// newFilm returns a film in the format of a transform, or of a single frame if the format is not animated. AVIF becomes
// WebP where only that is written animated: every client that displays AVIF displays WebP, and would miss the motion.
func (e *Portable) newFilm(t Transform, plays int, p *pyramid) film {
	f := t.Format
	if f == Auto || f == GIF {
		return gifFilm{gif.NewWriter(plays)}
	}
	if f == AVIF && e.encodes[AVIF].Animate == nil && e.encodes[WebP].Animate != nil {
		t.Format, t.Quality = WebP, 0 // a number means another quality there
	}
	if codec := e.encodes[t.Format]; codec.Animate != nil {
		return codecFilm{codec.Animate(plays, e.encoding(e.quality(t), p)), t.Format}
	}
	return &stillFilm{e: e}
}

// A gifFilm is a film in GIF.
type gifFilm struct{ w *gif.Writer }

func (g gifFilm) add(p *pyramid, t Transform, delay time.Duration) error {
	g.w.Add(p.frame(t), delay)
	return nil
}

func (g gifFilm) finish() ([]byte, error) { return g.w.Finish() }
func (g gifFilm) close()                  {}

// A codecFilm is a film that a codec writes.
type codecFilm struct {
	a      Animation
	format Format
}

func (c codecFilm) add(p *pyramid, t Transform, delay time.Duration) error {
	t.Format = c.format // whose sides may be shorter than those of what was asked for
	if err := c.a.Add(Frame{p.frame(t), delay}); err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	return nil
}

func (c codecFilm) finish() ([]byte, error) { return c.a.Finish() }
func (c codecFilm) close()                  { c.a.Close() }

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
