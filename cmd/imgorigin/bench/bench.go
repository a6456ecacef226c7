// Package bench measures what resizing costs with an engine and, in turns with it, with rivals: the CPU time from the
// bytes of an original to the bytes of a variant, the size of the variant, and its similarity to a reference.
//
//	original × width × format ─► a cell: ours, theirs, ours, theirs, … ─► medians, and their ratio
//	original, all widths × all formats ─► a cell: ours from one decode, theirs one after another
//
// Sizes alone say little, since a smaller file may look worse. [Curves] compares them at equal similarity.
//
// CPU time is user and system time of all threads, garbage collection included. Both sides are measured in turns, so
// that other work of the machine affects both alike.
//
// [Command] is the command bench: it takes images and rivals from its flags, and prints what it measures.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/imgorigin/imgorigin/resize"
)

// A Config says what to measure. Engine, Originals, Widths and Formats are required.
type Config struct {
	Engine    resize.Engine
	Originals []Original
	Widths    []int
	Formats   []resize.Format

	// Quality is the quality of JPEG and WebP, 1…100. The default is 80.
	Quality int

	// Rounds is the number of measurements, of which the median is reported. The default is 5.
	Rounds int

	// Rivals are measured in turns with Engine.
	Rivals []Rival

	// Apart leaves out the cells of all widths and formats together.
	Apart bool
}

// A Cost is what an operation costs, and how good its result is.
type Cost struct {
	// CPU is user and system time of all threads, in milliseconds.
	CPU float64 `json:"cpu_ms"`

	// Wall is elapsed time, in milliseconds.
	Wall float64 `json:"wall_ms"`

	// MB is the peak of memory above what was in use before, in MB; 0 where the system does not report it.
	MB float64 `json:"mb"`

	// Bytes is the size of the result.
	Bytes int `json:"bytes"`

	// Similarity has the means over the variants.
	Similarity

	// Error says why there is no result. All else is 0 then.
	Error string `json:"error,omitempty"`
}

// A Cell is the cost of a kind of operation.
type Cell struct {
	// Image is the name of the original.
	Image string `json:"picture"`

	// Width is the width of the variant; 0 for all widths and formats together.
	Width int `json:"width,omitempty"`

	// Format is the format of the variant; all formats, separated by commas, if Width is 0.
	Format resize.Format `json:"format"`

	Ours   Cost        `json:"ours"`
	Theirs []RivalCost `json:"theirs,omitempty"` // of the rivals that write all of the formats
}

// A RivalCost is what the same operation costs with a rival.
type RivalCost struct {
	Name string `json:"name"`
	Cost

	// Ratio is the CPU time of theirs divided by ours, the median over the rounds; 0 if one of them has no result.
	Ratio float64 `json:"ratio"`
}

// Run measures, and calls yield with each cell when it is measured.
func Run(ctx context.Context, c Config, yield func(Cell)) error {
	if c.Rounds == 0 {
		c.Rounds = 5
	}
	if c.Quality == 0 {
		c.Quality = 80
	}
	for _, o := range c.Originals {
		if err := c.original(ctx, newReferences(o), yield); err != nil {
			return err
		}
	}
	return nil
}

// original measures all cells of an original.
func (c *Config) original(ctx context.Context, o *references, yield func(Cell)) error {
	var all []resize.Transform
	for _, f := range c.Formats {
		for _, width := range c.Widths {
			t := resize.Transform{Width: width, Format: f, Quality: c.Quality}
			all = append(all, t.Normal())
			cell := Cell{Image: o.Name, Width: width, Format: f}
			if err := c.measure(ctx, o, &cell, t.Normal()); err != nil {
				return fmt.Errorf("%s as %d px of %s: %w", o.Name, width, f, err)
			}
			yield(cell)
		}
	}
	if len(all) < 2 || c.Apart {
		return nil
	}
	slices.SortStableFunc(all, func(a, b resize.Transform) int { return a.Width - b.Width }) // the order in which the warmer asks for them
	cell := Cell{Image: o.Name, Format: resize.Format(joined(c.Formats))}
	if err := c.measure(ctx, o, &cell, all...); err != nil {
		return fmt.Errorf("%s in all sizes: %w", o.Name, err)
	}
	yield(cell)
	return nil
}

// measure fills in a cell. A first round warms up, and measures memory, size and similarity; its times do not count. Who can't
// make the variants, which the first round shows, is left out of the others.
func (c *Config) measure(ctx context.Context, o *references, cell *Cell, ts ...resize.Transform) error {
	ours := &party{resize: func(whole bool) (Cost, [][]byte, error) { return measureEngine(ctx, c.Engine, o.Original, whole, ts) }}
	parties := []*party{ours}
	for _, rival := range c.Rivals {
		if rival.writes(ts) {
			parties = append(parties, &party{rival.Name, func(whole bool) (Cost, [][]byte, error) {
				return rival.resize(o.Original, whole, ts)
			}, series{}})
		}
	}
	for round := range c.Rounds + 1 {
		for _, p := range parties {
			if err := ctx.Err(); err != nil {
				return err
			}
			cost, variants, err := p.round(round == 0)
			if err != nil {
				return err
			}
			if round == 0 && cost.Error == "" {
				cost.Similarity = c.similarity(ctx, o, variants, ts)
			}
			p.add(cost)
		}
	}
	cell.Ours = ours.median()
	for _, p := range parties[1:] {
		cell.Theirs = append(cell.Theirs, RivalCost{p.name, p.median(), p.ratio(&ours.series)})
	}
	return nil
}

// A party is the engine, or a rival.
type party struct {
	name   string
	resize func(whole bool) (Cost, [][]byte, error)
	series
}

// round makes the variants once. That a party can't make them is a cost with an Error, and no error.
func (p *party) round(first bool) (Cost, [][]byte, error) {
	if !first && p.costs[0].Error != "" {
		return Cost{}, nil, nil
	}
	cost, variants, err := p.resize(first)
	if refused, ok := errors.AsType[refusedError](err); ok && first {
		return Cost{Error: string(refused)}, nil, nil
	}
	return cost, variants, err
}

// similarity returns the means of the similarities of variants, zeros if there is no reference for one of them.
func (c *Config) similarity(ctx context.Context, o *references, variants [][]byte, ts []resize.Transform) (mean Similarity) {
	n := float64(len(variants))
	for i, variant := range variants {
		s, ok := o.similarity(ctx, c.Engine, variant, ts[i].Width)
		if !ok {
			return Similarity{}
		}
		mean.SSIM += s.SSIM / n
		mean.PSNR += s.PSNR / n
		mean.Score += s.Score / n
	}
	return mean
}
