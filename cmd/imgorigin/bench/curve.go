package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/imgorigin/imgorigin/resize"
)

// curveQualities are the qualities at which variants are encoded. Between them, bytes and quality are interpolated.
var curveQualities = []int{30, 40, 50, 60, 68, 74, 80, 85, 89, 92, 95}

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

// Curves encodes each variant at several qualities, and compares bytes at the score that rivals reach at Quality; where
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
	ours, err := c.curve(ctx, r, t, curveQualities...)
	if err != nil {
		return err
	}
	for _, anchor := range theirs {
		if at, ok := interpolate(ours, anchor.Score); ok {
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
		points, err := c.curve(ctx, r, t, c.Quality)
		for _, p := range points {
			all = append(all, anchor{string(resize.JPEG), p})
		}
		return all, err
	}
	t.Quality = c.Quality
	ts := []resize.Transform{t.Normal()}
	for _, rival := range c.Rivals {
		if !rival.writes(ts) {
			continue
		}
		_, variants, err := rival.resize(r.Original, true, ts)
		if err != nil {
			return nil, err
		}
		if score, ok := r.score(ctx, c.Engine, variants[0], t.Width); ok {
			all = append(all, anchor{rival.Name(), Point{float64(c.Quality), float64(len(variants[0])), score}})
		}
	}
	return all, nil
}

// curve returns the points of ours at some qualities, fewer if there is no reference.
func (c *Config) curve(ctx context.Context, r *references, t resize.Transform, qualities ...int) (points []Point, err error) {
	var ts []resize.Transform
	for _, t.Quality = range qualities {
		ts = append(ts, t.Normal())
	}
	variants, err := c.Engine.Resize(ctx, r.Body, ts...)
	for i, variant := range variants {
		if score, ok := r.score(ctx, c.Engine, variant, t.Width); ok {
			points = append(points, Point{float64(qualities[i]), float64(len(variant)), score})
		}
	}
	return points, err
}

// interpolate returns the point of a curve at a score: between its neighbours the score grows evenly with the quality and
// with the logarithm of the bytes. It reports false if the score lies beyond the curve.
func interpolate(curve []Point, score float64) (Point, bool) {
	for i := 1; i < len(curve); i++ {
		low, high := curve[i-1], curve[i]
		if score < low.Score || score > high.Score || low.Score == high.Score {
			continue
		}
		part := (score - low.Score) / (high.Score - low.Score)
		return Point{
			Quality: low.Quality + part*(high.Quality-low.Quality),
			Bytes:   low.Bytes * math.Pow(high.Bytes/low.Bytes, part),
			Score:   score,
		}, true
	}
	return Point{}, false
}
