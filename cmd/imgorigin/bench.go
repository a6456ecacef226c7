package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/resize"
)

type benchCommand struct {
	Folder string `arg:"" optional:"" help:"Folder of images to measure with; without one, generated images."`

	Widths  []int    `noenv:"" default:"320,800,1280,1920" help:"Widths of the variants."`
	Formats []string `noenv:"" help:"Formats of the variants. Default: JPEG, and WebP if this build writes it."`
	Quality int      `min:"1" max:"100" default:"80" help:"Quality of the variants, 1…100."`
	Rounds  int      `default:"5" help:"Rounds, of which the median is reported. One more round comes first and is not counted."`

	Finals      bool     `help:"Measure the encoders of finals and of warmed images, which take longer for smaller files."`
	Against     []string `placeholder:"sharp,mozjpeg" help:"Measure these as well, in turns: sharp, and sharp with its option mozjpeg, or as imgproxy would."`
	SharpFolder string   `default:"." placeholder:"FOLDER" help:"Folder with sharp in its node_modules, or in those of a folder above it: npm install sharp."`
	Curve       bool     `help:"Instead of times, compare bytes at equal SSIMULACRA 2: with those of --against at --quality, or with JPEG."`
	JSON        bool     `name:"json" help:"Print a line of JSON per result, instead of a table."`
	Markdown    bool     `help:"Print the ratios as a Markdown table at the end."`
}

// Run measures, and prints each result when it is measured.
func (c *benchCommand) Run(ctx context.Context, stdout io.Writer) error {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: engineCodecs(), Thorough: c.Finals})
	config := bench.Config{Engine: engine, Widths: c.Widths, Quality: c.Quality, Rounds: c.Rounds}
	var err error
	if config.Formats, err = c.formats(engine); err != nil {
		return err
	}
	if c.Rounds < 1 || len(c.Widths) == 0 || c.Quality < 1 || c.Quality > 100 {
		return usagef("--rounds, --widths and --quality: want at least one round and one width, and a quality of 1…100")
	}
	about := fmt.Sprintf("imgorigin %s, engine %s, inner loops use %s, %s/%s, %d processors",
		version(), engine.Name(), resize.Kernels(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if len(c.Against) > 0 {
		sharp, err := c.startSharp()
		if err != nil {
			return fmt.Errorf("--against %s: %w", strings.Join(c.Against, ","), err)
		}
		defer sharp.Close()
		for _, name := range c.Against {
			config.Rivals = append(config.Rivals, bench.Rival{Sharp: sharp, Settings: bench.Settings(name)})
		}
		about += "\n" + sharp.Versions + ", one thread, no cache, one pipeline per variant"
	}
	if config.Originals, err = c.originals(engine); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintln(stdout, about)
	}
	if c.Curve {
		return c.curves(ctx, config, stdout)
	}
	return c.costs(ctx, config, stdout)
}

// startSharp starts the process of all rivals.
func (c *benchCommand) startSharp() (*bench.Sharp, error) {
	for i, name := range c.Against {
		if !slices.Contains(bench.AllSettings, bench.Settings(name)) || slices.Contains(c.Against[:i], name) {
			return nil, usagef("--against: want sharp, mozjpeg, imgproxy, or several of them")
		}
	}
	return bench.StartSharp(c.SharpFolder)
}

// costs measures times, bytes and similarity.
func (c *benchCommand) costs(ctx context.Context, config bench.Config, stdout io.Writer) error {
	table := bench.Table{W: stdout}
	var cells []bench.Cell
	err := bench.Run(ctx, config, func(cell bench.Cell) {
		cells = append(cells, cell)
		if c.JSON {
			_ = json.NewEncoder(stdout).Encode(cell) // a cell can always be marshaled
			return
		}
		table.Cell(cell)
	})
	if err == nil && c.Markdown {
		bench.Markdown(stdout, cells, c.Widths, config.Rivals)
	}
	return err
}

// curves compares bytes at equal score. The table at the end is in Markdown, which is legible as text.
func (c *benchCommand) curves(ctx context.Context, config bench.Config, stdout io.Writer) error {
	table := bench.CurveTable{W: stdout}
	err := bench.Curves(ctx, config, func(comparison bench.Comparison) {
		if c.JSON {
			_ = json.NewEncoder(stdout).Encode(comparison) // it can always be marshaled
			return
		}
		table.Comparison(comparison)
	})
	if err == nil && !c.JSON {
		table.Summary(c.Widths)
	}
	return err
}
func (c *benchCommand) originals(engine resize.Engine) ([]bench.Original, error) {
	if c.Folder == "" {
		return bench.Generate()
	}
	return bench.Load(c.Folder, engine)
}

func (c *benchCommand) formats(engine resize.Engine) (formats []resize.Format, err error) {
	if len(c.Formats) == 0 {
		formats = []resize.Format{resize.JPEG}
		if engine.Encodes(resize.WebP) {
			formats = append(formats, resize.WebP)
		}
		return formats, nil
	}
	for _, name := range c.Formats {
		f := resize.Format(name)
		if !engine.Encodes(f) {
			return nil, usagef("--formats: this build writes %s, not %q", listFormats(engine.Encodes), name)
		}
		formats = append(formats, f)
	}
	return formats, nil
}
