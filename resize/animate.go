package resize

import (
	"context"
	"fmt"
	"image"
	"time"
)

// An animation is a moving picture as it was read.
type animation struct {
	shows int // how often it is shown; 0 is for ever

	// frames yields what is seen at each frame, and for how long. The raster is good until the next. What is
	// yielded in vain, because the rest can't be read, is told by err afterwards.
	frames func(yield func(r *raster, delay time.Duration) bool)
	err    error
}

// moves tells whether a picture is one whose frames are kept: a GIF or WebP of several, which all together are within
// the limits.
func (e *Portable) moves(h Header) bool {
	_, foreign := e.decodes[h.Format]
	return (h.Format == GIF || h.Format == WebP) && !foreign && h.Frames > 1 &&
		product(h.Width, h.Height) <= e.config.Limits.AnimationPixels/int64(h.Frames)
}

func decodeAnimation(src []byte, h Header) (*animation, error) {
	if h.Format == WebP {
		return decodeWebPAnimation(src, h)
	}
	return decodeGIFAnimation(src)
}

// resizeAnimation makes variants of all frames, in formats that can move; of the others the first frame.
func (e *Portable) resizeAnimation(ctx context.Context, src []byte, h Header, job Job) error {
	ts, began := job.Transforms, time.Now()
	a, err := decodeAnimation(src, h)
	if err != nil {
		return err
	}
	job.Stage(Reading, began)
	began = time.Now()
	films := make([]film, len(ts))
	defer func() {
		for _, f := range films {
			if f != nil {
				f.close()
			}
		}
	}()
	w, ht := h.Displayed()
	refused := make([]error, len(ts))
	for j, t := range ts {
		refused[j] = e.accepts(t, w, ht)
	}
	first := true
	for r, delay := range a.frames {
		p := &pyramid{levels: []*raster{r}, orientation: h.Orientation, header: h, bytes: len(src)}
		p.takeProfile(r)
		for j, t := range ts {
			if err := ctx.Err(); err != nil {
				return err
			}
			if refused[j] != nil {
				continue
			}
			if first {
				films[j] = e.newFilm(t.Normal(), a.shows, p)
			}
			if err := films[j].add(p, t.Normal(), delay); err != nil {
				return err
			}
		}
		first = false
	}
	if a.err != nil {
		return corrupt(a.err)
	}
	job.Stage(Resampling, began) // of all
	for j, f := range films {
		if f == nil {
			job.Yield(j, nil, refused[j])
			continue
		}
		began = time.Now()
		variant, err := f.finish()
		job.Stage(Writing, began)
		job.Yield(j, variant, err)
	}
	return nil
}

// frame makes one frame of an animation of a transform that fits it. A smart crop stays in the middle: it would
// jump from frame to frame.
func (p *pyramid) frame(t Transform) *image.NRGBA {
	w, h := p.displayed()
	plan, err := PlanFor(t, w, h, nil)
	if err != nil {
		panic(err) // accepts has looked
	}
	return p.finish(p.render(plan, 1), plan, t)
}

// A film puts frames together.
type film interface {
	add(p *pyramid, t Transform, delay time.Duration) error
	finish() ([]byte, error)
	close()
}

// newFilm returns a film in a transform's format; of one picture if that can't move. What moves and is wanted as AVIF,
// which is not written moving, becomes WebP: whoever takes the one takes the other, and would miss the motion.
func (e *Portable) newFilm(t Transform, shows int, p *pyramid) film {
	f := t.Format
	if f == Auto || f == GIF {
		return newGIFFilm(shows)
	}
	if f == AVIF && e.encodes[AVIF].Animate == nil && e.encodes[WebP].Animate != nil {
		t.Format, t.Quality = WebP, 0 // which means something else there
	}
	if codec := e.encodes[t.Format]; codec.Animate != nil {
		return codecFilm{codec.Animate(shows, e.encoding(e.quality(t), p))}
	}
	return &still{e: e}
}

// A codecFilm is a film that a codec writes.
type codecFilm struct{ a Animation }

func (c codecFilm) add(p *pyramid, t Transform, delay time.Duration) error {
	if err := c.a.Add(Frame{p.frame(t), delay}); err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	return nil
}

func (c codecFilm) finish() ([]byte, error) { return c.a.Finish() }
func (c codecFilm) close()                  { c.a.Close() }

// A still is a film of one picture, the first.
type still struct {
	e    *Portable
	body []byte
	err  error
}

func (s *still) add(p *pyramid, t Transform, _ time.Duration) error {
	if s.body == nil && s.err == nil {
		encode, err := s.e.variant(p, t)
		if s.err = err; err == nil {
			s.body, s.err = encode()
		}
	}
	return nil
}

func (s *still) finish() ([]byte, error) { return s.body, s.err }
func (s *still) close()                  {}
