package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/imgorigin/imgorigin/resize"
)

// curveQualities are the qualities at which variants are encoded, as far as that is needed. Between them, bytes and quality are
// interpolated.
var curveQualities = [...]int{30, 40, 50, 60, 68, 74, 80, 85, 89, 92, 95}

// A Point is the size of a variant, and its score by SSIMULACRA 2, at a quality.
type Point struct {
	Quality float64 `json:"quality"`
	Bytes   float64 `json:"bytes"`
	Score   float64 `json:"ssimulacra2"`
}

// A Comparison says how many bytes ours takes at the score of theirs.
type Comparison struct {
	Image  string        `json:"picture"`
	Width  int           `json:"width"`
	Format resize.Format `json:"format"` // of ours; a rival writes the same

	// Against is the name of the rival, or "jpeg" for our own JPEG.
	Against string `json:"against"`
	Theirs  Point  `json:"theirs"`
	Ours    Point  `json:"ours"` // interpolated at the score of theirs

	// Ratio is the bytes of ours divided by those of theirs.
	Ratio float64 `json:"bytes_ratio"`
}

// Curves encodes each variant at the qualities that are nearest, and compares bytes at the score that rivals reach at Quality; where
// there are none, our own JPEG. It calls yield with each comparison. There is none where that score lies beyond our curve,
// or without a reference. Rounds does not matter, and times are not measured.
func Curves(ctx context.Context, c Config, yield func(Comparison)) error {
	c.Quality = cmp.Or(c.Quality, 80)
	for _, o := range c.Originals {
		r := newReferences(o)
		for _, f := range c.Formats {
			for _, width := range c.Widths {
				if err := c.compare(ctx, r, resize.Transform{Width: width, Format: f}, yield); err != nil {
					return fmt.Errorf("%s as %d px of %s: %w", o.Name, width, f, err)
				}
			}
		}
	}
	return nil
}

// compare compares a variant.
func (c *Config) compare(ctx context.Context, r *references, t resize.Transform, yield func(Comparison)) error {
	theirs, err := c.anchors(ctx, r, t)
	if err != nil || len(theirs) == 0 {
		return err
	}
	ours := curve{point: func(quality int) (Point, bool, error) { return c.point(ctx, r, t, quality) }}
	for _, anchor := range theirs {
		at, ok, err := ours.at(anchor.Score)
		if err != nil {
			return err
		}
		if ok {
			yield(Comparison{r.Name, t.Width, t.Format, anchor.name, anchor.Point, at, at.Bytes / anchor.Bytes})
		}
	}
	return nil
}

// An anchor is what a variant is compared with.
type anchor struct {
	name string
	Point
}

// anchors returns what a variant is compared with.
func (c *Config) anchors(ctx context.Context, r *references, t resize.Transform) (all []anchor, err error) {
	if len(c.Rivals) == 0 {
		t.Format = resize.JPEG
		if p, ok, err := c.point(ctx, r, t, c.Quality); err != nil || ok {
			return []anchor{{string(resize.JPEG), p}}, err
		}
		return nil, nil
	}
	t.Quality = c.Quality
	ts := []resize.Transform{t.Normal()}
	for _, rival := range c.Rivals {
		if !rival.writes(ts) {
			continue
		}
		_, variants, err := rival.resize(r.Original, true, ts)
		if _, ok := errors.AsType[refusedError](err); ok {
			continue
		}
		if err != nil {
			return nil, err
		}
		if score, ok := r.score(ctx, c.Engine, variants[0], t.Width); ok {
			all = append(all, anchor{rival.Name, Point{float64(rival.Settings.of(ts[0]).Quality), float64(len(variants[0])), score}})
		}
	}
	return all, nil
}

// point returns the point of ours at a quality. It reports false if there is no reference.
func (c *Config) point(ctx context.Context, r *references, t resize.Transform, quality int) (p Point, ok bool, err error) {
	t.Quality = quality
	variants, err := c.Engine.Resize(ctx, r.Body, t.Normal())
	if err != nil {
		return p, false, err
	}
	score, ok := r.score(ctx, c.Engine, variants[0], t.Width)
	return Point{float64(quality), float64(len(variants[0])), score}, ok, nil
}

// A curve has the points of a variant at the curveQualities that were needed so far.
type curve struct {
	point func(quality int) (Point, bool, error)
	known [len(curveQualities)]*Point
}

// at returns the point of the curve at a score. Between its neighbours, which are searched by halves, the score grows evenly with
// the quality and with the logarithm of the bytes. It reports false if the score lies beyond the curve, or without a reference.
func (c *curve) at(score float64) (p Point, ok bool, err error) {
	from, to := 0, len(curveQualities)
	for from < to {
		middle := (from + to) / 2
		at, ok, err := c.get(middle)
		switch {
		case err != nil || !ok:
			return p, false, err
		case at.Score < score:
			from = middle + 1
		default:
			to = middle
		}
	}
	if from == 0 || from == len(curveQualities) {
		return p, false, nil
	}
	low, _, errLow := c.get(from - 1)
	high, _, errHigh := c.get(from)
	return low.towards(high, (score-low.Score)/(high.Score-low.Score)), true, errors.Join(errLow, errHigh)
}

// get returns the point at a number of the curveQualities.
func (c *curve) get(i int) (Point, bool, error) {
	if c.known[i] == nil {
		p, ok, err := c.point(curveQualities[i])
		if err != nil || !ok {
			return p, false, err
		}
		c.known[i] = &p
	}
	return *c.known[i], true, nil
}

// towards returns a point between p and another, some part of the way.
func (p Point) towards(other Point, part float64) Point {
	return Point{
		Quality: p.Quality + part*(other.Quality-p.Quality),
		Bytes:   p.Bytes * math.Pow(other.Bytes/p.Bytes, part),
		Score:   p.Score + part*(other.Score-p.Score),
	}
}
