package resize

import (
	"context"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize/frames"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// keepsFrames reports whether variants keep the frames of an image: of a GIF, WebP or PNG of several frames that together
// are within the limits.
func (e *Portable) keepsFrames(h Header) bool {
	_, foreign := e.decodes[h.Format]
	return (h.Format == GIF || h.Format == WebP || h.Format == PNG) && !foreign && h.Frames > 1 && !h.LosesFrames(e.config.Limits)
}

// LosesFrames reports whether variants show only the first frame of an animation, which is above the limits, or the still image
// beside a sequence of HEIC or AVIF. It is certain if the header is that of the whole file, since frames are counted as far as it
// was read; of a PNG it is what the file claims.
func (h Header) LosesFrames(l Limits) bool {
	if h.Format == HEIC || h.Format == AVIF {
		return h.Frames > 1
	}
	return h.Frames > 1 && probe.Pixels(h.Width, h.Height) > l.WithDefaults().AnimationPixels/int64(h.Frames)
}

func (e *Portable) readAnimation(src []byte, h Header) (*frames.Animation, error) {
	switch h.Format {
	case WebP:
		return frames.WebP(e.webpDecoder(), src, h.Width, h.Height)
	case PNG:
		return frames.PNG(src)
	}
	return frames.GIF(src)
}

// passPixels bounds the pixels that a pass over the frames of an animation makes, all frames of all its variants together,
// unless it makes only one variant. All variants of a pass are finished at its end, and hold memory until then. Where
// there are many, the first are finished before a time limit that is too short for all.
const passPixels = 16e6

// resizeAnimation makes variants of all frames, or of the first frame in formats that are not animated.
func (e *Portable) resizeAnimation(ctx context.Context, src []byte, h Header, job Job) error {
	began := time.Now()
	a, err := e.readAnimation(src, h)
	if err != nil {
		return corrupt(err)
	}
	job.Stage(Reading, began)
	for first := 0; first < len(job.Transforms); {
		end := first + h.passLength(job.Transforms[first:])
		if err := e.makePass(ctx, a, h, src, job, first, end); err != nil {
			return err
		}
		first = end
	}
	return nil
}

// passLength returns how many of ts, of which there is at least one, are made in the first pass over the frames.
func (h Header) passLength(ts []Transform) int {
	w, ht := h.Displayed()
	var pixels int64
	for i, t := range ts {
		if plan, err := PlanFor(t, w, ht, nil); err == nil {
			pixels += int64(h.Frames) * probe.Pixels(plan.Canvas.X, plan.Canvas.Y)
		}
		if pixels > passPixels && i > 0 {
			return i
		}
	}
	return len(ts)
}

// makePass makes the variants first…end-1 of a job from an animation whose file is src.
func (e *Portable) makePass(ctx context.Context, a *frames.Animation, h Header, src []byte, job Job, first, end int) error {
	began := time.Now()
	ts := slices.Clone(job.Transforms[first:end])
	refused := make([]error, len(ts))
	for i, t := range ts {
		w, ht := h.Displayed()
		refused[i] = e.accepts(t, w, ht)
	}
	films := make([]film, len(ts))
	defer func() {
		for _, f := range films {
			if f != nil {
				f.close()
			}
		}
	}()
	for r, delay := range a.Frames {
		p := &pyramid{Pyramid: raster.NewPyramid(r, h.Orientation), header: h, bytes: len(src), src: src, marks: e.marks}
		p.takeColors(r, src)
		wantsMore := false
		for i, t := range ts {
			if err := ctx.Err(); err != nil {
				return err
			}
			if refused[i] != nil {
				continue
			}
			if films[i] == nil {
				ts[i] = p.trimmed(t.Normal()) // by the first frame, so that the frames stay in place
				t = ts[i]
				films[i] = e.newFilm(t.Normal(), a.Plays, p)
			}
			if err := films[i].add(p, t.Normal(), delay); err != nil {
				return err
			}
			_, isStill := films[i].(*stillFilm)
			wantsMore = wantsMore || !isStill
		}
		if !wantsMore {
			break
		}
	}
	if a.Err() != nil {
		return corrupt(a.Err())
	}
	job.Stage(Resampling, began)
	finishFilms(films, refused, first, job)
	return nil
}

// finishFilms yields the variants from number first on, or the errors of transforms that were refused.
func finishFilms(films []film, refused []error, first int, job Job) {
	for i, f := range films {
		if f == nil {
			job.Yield(first+i, nil, refused[i])
			continue
		}
		began := time.Now()
		variant, err := f.finish()
		if most := job.Transforms[first+i].MaxBytes; err == nil && most != 0 && len(variant) > most {
			variant, err = nil, fmt.Errorf("%w: max-bytes is %d, the animation has %d, and is not encoded again", ErrBytes, most, len(variant))
		}
		job.Stage(Writing, began)
		job.Yield(first+i, variant, err)
	}
}

// frame returns a frame of a transform that was accepted. A smart crop stays in the middle, since it would jump from
// frame to frame.
func (p *pyramid) frame(t Transform) *image.NRGBA {
	w, h := p.Displayed()
	plan, err := PlanFor(t, w, h, nil)
	if err != nil {
		panic(err) // accepts would have returned it
	}
	return p.finish(p.Render(plan.Crop, plan.Size, 1), plan, t)
}
