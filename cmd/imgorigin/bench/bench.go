// Package bench measures what resizing costs, here and, in turns with it, by sharp: the CPU time of a whole
// operation from the bytes of an original to those of a variant, how large the result is, and how near to what it
// should be.
//
//	picture × width × format ─► a cell: ours, theirs, ours, theirs, … ─► medians, and their ratio
//	picture, all widths × all formats ─► ours from one decode, theirs one after another
//
// CPU time is that of user and system of all threads, the collector's included. The machine may do other things
// meanwhile: turns make both suffer alike.
package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A Config says what to measure. Engine, Pictures, Widths and Formats are needed.
type Config struct {
	Engine   resize.Engine
	Pictures []Picture
	Widths   []int
	Formats  []resize.Format
	Quality  int    // of JPEG and WebP, 1…100; default 80
	Rounds   int    // default 5
	Rival    *Sharp // nil measures ours alone
}

// A Cost is what one operation took.
type Cost struct {
	CPU   float64 `json:"cpu_ms"`  // user and system, of all threads
	Wall  float64 `json:"wall_ms"` //
	MB    float64 `json:"mb"`      // of memory at its peak, above what was held before; 0 where the system does not tell
	Bytes int     `json:"bytes"`   // of the result
	SSIM  float64 `json:"ssim"`    // of its luma against a full decode and Lanczos3 in floating point; 0 where it can't be had
}

// A Cell is what one kind of operation costs: medians of the rounds.
type Cell struct {
	Picture string        `json:"picture"`
	Width   int           `json:"width,omitempty"` // 0 for all of them
	Format  resize.Format `json:"format"`          // all of them with commas, when Width is 0
	Ours    Cost          `json:"ours"`
	Theirs  *Cost         `json:"theirs,omitempty"`
	Ratio   float64       `json:"ratio,omitempty"` // of CPU time, theirs to ours: median over the rounds
}

// Run measures, and calls yield with each cell as it is done.
func Run(ctx context.Context, c Config, yield func(Cell)) error {
	if c.Rounds == 0 {
		c.Rounds = 5
	}
	if c.Quality == 0 {
		c.Quality = 80
	}
	for i := range c.Pictures {
		if err := c.picture(ctx, &c.Pictures[i], yield); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) picture(ctx context.Context, p *Picture, yield func(Cell)) error {
	var all []resize.Transform
	for _, f := range c.Formats {
		for _, width := range c.Widths {
			t := resize.Transform{Width: width, Format: f, Quality: c.Quality}
			all = append(all, t.Normal())
			cell := Cell{Picture: p.Name, Width: width, Format: f}
			if err := c.measure(ctx, p, &cell, t.Normal()); err != nil {
				return fmt.Errorf("%s as %d px of %s: %w", p.Name, width, f, err)
			}
			yield(cell)
		}
	}
	if len(all) < 2 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b resize.Transform) int { return a.Width - b.Width }) // as the warmer asks for them
	cell := Cell{Picture: p.Name, Format: resize.Format(joined(c.Formats))}
	if err := c.measure(ctx, p, &cell, all...); err != nil {
		return fmt.Errorf("%s in all sizes: %w", p.Name, err)
	}
	yield(cell)
	return nil
}

// measure fills in a cell. A round that is not counted comes first, for what is made once, and for memory and
// quality.
func (c *Config) measure(ctx context.Context, p *Picture, cell *Cell, ts ...resize.Transform) error {
	var ours, theirs []Cost
	var ratios []float64
	for round := range c.Rounds + 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		cost, variants, err := c.ours(ctx, p, round == 0, ts)
		if err != nil {
			return err
		}
		if round == 0 {
			cell.Ours.MB, cell.Ours.Bytes = cost.MB, cost.Bytes
			cell.Ours.SSIM = c.similarity(ctx, p, variants, ts)
		} else {
			ours = append(ours, cost)
		}
		if c.Rival == nil {
			continue
		}
		rival, variants, err := c.Rival.resize(p, round == 0, ts)
		if err != nil {
			return err
		}
		if round == 0 {
			cell.Theirs = &Cost{MB: rival.MB, Bytes: rival.Bytes, SSIM: c.similarity(ctx, p, variants, ts)}
		} else {
			theirs = append(theirs, rival)
			ratios = append(ratios, rival.CPU/cost.CPU)
		}
	}
	cell.Ours.CPU, cell.Ours.Wall = medians(ours)
	if c.Rival != nil {
		cell.Theirs.CPU, cell.Theirs.Wall = medians(theirs)
		cell.Ratio = median(ratios)
	}
	return nil
}

func (c *Config) ours(ctx context.Context, p *Picture, withMemory bool, ts []resize.Transform) (Cost, [][]byte, error) {
	var cost Cost
	var peak func() float64
	if withMemory {
		peak = watchMemory()
	}
	before, began := cpuTime(), time.Now()
	variants, err := c.Engine.Resize(ctx, p.Body, ts...)
	cost.Wall = milliseconds(time.Since(began))
	cost.CPU = milliseconds(cpuTime() - before)
	if withMemory {
		cost.MB = peak()
	}
	for _, one := range variants {
		cost.Bytes += len(one)
	}
	return cost, variants, err
}

// similarity returns the mean SSIM of variants.
func (c *Config) similarity(ctx context.Context, p *Picture, variants [][]byte, ts []resize.Transform) float64 {
	sum := 0.0
	for i, one := range variants {
		s, ok := p.similarity(ctx, c.Engine, one, ts[i].Width)
		if !ok {
			return 0
		}
		sum += s
	}
	return sum / float64(len(variants))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func medians(costs []Cost) (cpu, wall float64) {
	var cpus, walls []float64
	for _, one := range costs {
		cpus, walls = append(cpus, one.CPU), append(walls, one.Wall)
	}
	return median(cpus), median(walls)
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	n := len(xs)
	if n%2 == 1 {
		return xs[n/2]
	}
	return (xs[n/2-1] + xs[n/2]) / 2
}
