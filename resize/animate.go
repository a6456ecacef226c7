package resize

import (
	"context"
	"image"
	"time"
)

// resizeAnimation makes variants of all frames, in formats that can move; of the others the first frame.
func (e *Portable) resizeAnimation(ctx context.Context, src []byte, ts []Transform) ([][]byte, error) {
	a, err := decodeAnimation(src)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(ts))
	films := make([]film, len(ts))
	for j, t := range ts {
		films[j] = e.newFilm(t.Normal().Format, a.gif.LoopCount)
	}
	for i, r := range a.frames {
		p := &pyramid{levels: []*raster{r}, orientation: 1}
		for j, t := range ts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			switch {
			case films[j] != nil:
				m, err := e.frame(p, t.Normal())
				if err != nil {
					return nil, err
				}
				films[j].add(m, a.gif.Delay[i])
			case i == 0:
				if out[j], err = e.variant(p, t); err != nil {
					return nil, err
				}
			}
		}
	}
	for j, t := range ts {
		if films[j] == nil {
			continue
		}
		if out[j], err = films[j].finish(e.quality(t.Normal())); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// frame makes one frame of an animation. A smart crop stays in the middle: it would jump from frame to frame.
func (e *Portable) frame(p *pyramid, t Transform) (*image.NRGBA, error) {
	w, h := p.displayed()
	plan, err := PlanFor(t, w, h, nil)
	if err != nil {
		return nil, err
	}
	return p.finish(p.render(plan, 1), plan, t), nil
}

// A film puts finished frames together, each shown for some hundredths of a second.
type film interface {
	add(m *image.NRGBA, delay int)
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

func (c *codecFilm) add(m *image.NRGBA, delay int) {
	c.frames = append(c.frames, Frame{m, time.Duration(delay) * 10 * time.Millisecond})
}

// finish counts loops as codecs do: 0 is for ever, and all showings count.
func (c *codecFilm) finish(quality int) ([]byte, error) {
	shows := c.loops + 1
	if c.loops <= 0 {
		shows = -c.loops // −1 is once
	}
	return c.codec.EncodeAnimation(c.frames, shows, Encoding{Quality: quality, Thorough: c.thorough})
}
