// Package bench measures what resizing costs with an engine and, in turns with it, with sharp: the CPU time from the
// bytes of an original to the bytes of a variant, the size of the variant, and its similarity to a reference.
//
//	original × width × format ─► a cell: ours, theirs, ours, theirs, … ─► medians, and their ratio
//	original, all widths × all formats ─► a cell: ours from one decode, theirs one after another
//
// CPU time is user and system time of all threads, garbage collection included. Both sides are measured in turns, so
// that other work of the machine affects both alike.
package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

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

	// Rival is measured in turns with Engine; nil measures Engine alone.
	Rival *Sharp
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

	// SSIM and PSNR, in decibels, compare the result's luma with that of a full decode reduced by Lanczos3 in floating
	// point, see package quality. They are means over the variants, and 0 if there is no reference. PSNR is at most
	// 100, since the infinity of an equal variant is not a number in JSON.
	SSIM float64 `json:"ssim"`
	PSNR float64 `json:"psnr"`
}

// A Cell is the cost of a kind of operation.
type Cell struct {
	// Image is the name of the original.
	Image string `json:"picture"`

	// Width is the width of the variant; 0 for all widths and formats together.
	Width int `json:"width,omitempty"`

	// Format is the format of the variant; all formats, separated by commas, if Width is 0.
	Format resize.Format `json:"format"`

	Ours   Cost  `json:"ours"`
	Theirs *Cost `json:"theirs,omitempty"`

	// Ratio is the CPU time of theirs divided by ours, the median over the rounds.
	Ratio float64 `json:"ratio,omitempty"`
}

// Run measures, and calls yield with each cell when it is measured.
func Run(ctx context.Context, c Config, yield func(Cell)) error {
	if c.Rounds == 0 {
		c.Rounds = 5
	}
	if c.Quality == 0 {
		c.Quality = 80
	}
	for i := range c.Originals {
		if err := c.original(ctx, &c.Originals[i], yield); err != nil {
			return err
		}
	}
	return nil
}

// original measures all cells of an original.
func (c *Config) original(ctx context.Context, o *Original, yield func(Cell)) error {
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
	if len(all) < 2 {
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

// measure fills in a cell. A first round warms up, and measures memory, size and similarity; its times do not count.
func (c *Config) measure(ctx context.Context, o *Original, cell *Cell, ts ...resize.Transform) error {
	var ours, theirs []Cost
	var ratios []float64
	for round := range c.Rounds + 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		cost, variants, err := c.ours(ctx, o, round == 0, ts)
		if err != nil {
			return err
		}
		if round == 0 {
			cell.Ours.MB, cell.Ours.Bytes = cost.MB, cost.Bytes
			cell.Ours.SSIM, cell.Ours.PSNR = c.similarity(ctx, o, variants, ts)
		} else {
			ours = append(ours, cost)
		}
		if c.Rival == nil {
			continue
		}
		theirCost, variants, err := c.Rival.resize(o, round == 0, ts)
		if err != nil {
			return err
		}
		if round == 0 {
			cell.Theirs = &Cost{MB: theirCost.MB, Bytes: theirCost.Bytes}
			cell.Theirs.SSIM, cell.Theirs.PSNR = c.similarity(ctx, o, variants, ts)
		} else {
			theirs = append(theirs, theirCost)
			ratios = append(ratios, theirCost.CPU/cost.CPU)
		}
	}
	cell.Ours.CPU, cell.Ours.Wall = medians(ours)
	if c.Rival != nil {
		cell.Theirs.CPU, cell.Theirs.Wall = medians(theirs)
		cell.Ratio = median(ratios)
	}
	return nil
}

// ours measures the engine once, on request with the peak of memory.
func (c *Config) ours(ctx context.Context, o *Original, withMemory bool, ts []resize.Transform) (Cost, [][]byte, error) {
	var cost Cost
	var peak func() float64
	if withMemory {
		peak = watchMemory()
	}
	before, began := cpuTime(), time.Now()
	variants, err := c.Engine.Resize(ctx, o.Body, ts...)
	cost.Wall = milliseconds(time.Since(began))
	cost.CPU = milliseconds(cpuTime() - before)
	if withMemory {
		cost.MB = peak()
	}
	for _, variant := range variants {
		cost.Bytes += len(variant)
	}
	return cost, variants, err
}

// similarity returns the mean SSIM and PSNR of variants, 0 if there is no reference for one of them.
func (c *Config) similarity(
	ctx context.Context, o *Original, variants [][]byte, ts []resize.Transform,
) (ssim, psnr float64) {
	for i, variant := range variants {
		s, p, ok := o.similarity(ctx, c.Engine, variant, ts[i].Width)
		if !ok {
			return 0, 0
		}
		ssim, psnr = ssim+s, psnr+p
	}
	n := float64(len(variants))
	return ssim / n, psnr / n
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func medians(costs []Cost) (cpu, wall float64) {
	var cpus, walls []float64
	for _, cost := range costs {
		cpus, walls = append(cpus, cost.CPU), append(walls, cost.Wall)
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
