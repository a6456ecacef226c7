package resize

import (
	"context"
	"image"
	"time"
)

// resizeAnimation makes variants of all frames, in formats that can move; of the others the first frame.
func (e *Portable) resizeAnimation(ctx context.Context, src []byte, h Header, ts []Transform, yield func(int, []byte, error)) error {
	lap := newLap(ctx)
	a, err := decodeAnimation(src)
	if err != nil {
		return err
	}
	lap(Reading)
	films := make([]film, len(ts))
	for j, t := range ts {
		if err := e.accepts(t, h.Width, h.Height); err != nil {
			yield(j, nil, err)
			continue
		}
		if films[j] = e.newFilm(t.Normal().Format, a.gif.LoopCount); films[j] == nil {
			films[j] = &still{e: e, t: t}
		}
	}
	for i, r := range a.frames {
		p := &pyramid{levels: []*raster{r}, orientation: 1, header: h, bytes: len(src)}
		for j, t := range ts {
			if err := ctx.Err(); err != nil {
				return err
			}
			if films[j] != nil {
				films[j].add(p, t.Normal(), a.gif.Delay[i])
			}
		}
	}
	lap(Resampling) // of all
	for j, t := range ts {
		if films[j] != nil {
			variant, err := films[j].finish(e.quality(t.Normal()))
			lap(Writing)
			yield(j, variant, err)
		}
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

// A film puts frames together, each shown for some hundredths of a second.
type film interface {
	add(p *pyramid, t Transform, delay int)
	finish(quality int) ([]byte, error)
}

// newFilm returns a film in a format; nil if that is for still pictures. loops is as in package image/gif.
func (e *Portable) newFilm(f Format, loops int) film {
	if f == Auto || f == GIF {
		w := new(gifWriter)
		w.out.LoopCount = loops
		return w
	}
	if codec := e.encodes[f]; codec.EncodeAnimation != nil {
		return &codecFilm{codec: codec, thorough: e.config.Thorough, loops: loops}
	}
	return nil
}

// A codecFilm is a film that a codec writes.
type codecFilm struct {
	codec    Codec
	thorough bool
	loops    int
	frames   []Frame
}

func (c *codecFilm) add(p *pyramid, t Transform, delay int) {
	c.frames = append(c.frames, Frame{p.frame(t), time.Duration(delay) * 10 * time.Millisecond})
}

// finish counts loops as codecs do: 0 is for ever, and all showings count.
func (c *codecFilm) finish(quality int) ([]byte, error) {
	shows := c.loops + 1
	if c.loops <= 0 {
		shows = -c.loops // −1 is once
	}
	return c.codec.EncodeAnimation(c.frames, shows, Encoding{Quality: quality, Thorough: c.thorough})
}

// A still is a film of one picture, the first.
type still struct {
	e    *Portable
	t    Transform
	body []byte
	err  error
}

func (s *still) add(p *pyramid, _ Transform, _ int) {
	if s.body == nil && s.err == nil {
		s.body, s.err = s.e.variant(p, s.t, func(Stage) {})
	}
}

func (s *still) finish(int) ([]byte, error) { return s.body, s.err }
