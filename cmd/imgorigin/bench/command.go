package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
)

// A Command is the command bench: its flags, and what it does with them. The tags are those of kong.
type Command struct {
	Folder string `arg:"" optional:"" help:"Folder of images to measure with; without one, generated images."`

	Widths  []int    `noenv:"" help:"Widths of the variants. Default: 320,800,1280,1920, and 800 with --matrix."`
	Formats []string `noenv:"" help:"Formats of the variants. Default: JPEG, and WebP if this build writes it; with --matrix, all that any build writes."`
	Quality int      `min:"1" max:"100" default:"80" help:"Quality of the variants, 1…100."`
	Rounds  int      `default:"5" help:"Rounds, of which the median is reported. One more round comes first and is not counted."`

	Finals      bool     `help:"Measure the encoders of finals and of warmed images, which take longer for smaller files."`
	Against     []string `placeholder:"sharp,./imgorigin-vips" help:"Measure these as well, in turns: sharp, sharp with its option mozjpeg or as imgproxy would, and other builds of imgorigin by their paths."`
	SharpFolder string   `default:"." placeholder:"FOLDER" help:"Folder with sharp in its node_modules, or in those of a folder above it: npm install sharp."`
	Curve       bool     `help:"Instead of times, compare bytes at equal SSIMULACRA 2: with those of --against at --quality, or with JPEG."`
	Matrix      bool     `help:"Instead, print a table of CPU times: a row for each format that is read, a column for each that is written."`
	Worker      bool     `hidden:"" help:"Make variants for the bench command of another build."`
	JSON        bool     `name:"json" help:"Print a line of JSON per result, instead of a table."`
	Markdown    bool     `help:"Print the ratios as a Markdown table at the end."`

	// MatrixSize is the size of the image that is generated for --matrix. The default is 3 megapixels.
	MatrixSize image.Point `kong:"-"`
}

// Run measures, and prints each result when it is measured.
func (c *Command) Run(ctx context.Context, stdout io.Writer) error {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: build.Codecs(), Thorough: c.Finals})
	about := fmt.Sprintf("imgorigin %s, engine %s, inner loops use %s, %s/%s, %d processors, writes %s",
		build.Version(), engine.Name(), resize.Kernels(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), build.ListCodecs(engine.Encoder))
	if c.Worker {
		return Serve(ctx, engine, about, os.Stdin, stdout)
	}
	config, err := c.config(engine)
	if err != nil {
		return err
	}
	workers, err := c.startRivals(&config)
	defer func() {
		for _, w := range workers {
			w.Close()
		}
	}()
	if err != nil {
		return err
	}
	if config.Originals, err = c.originals(ctx, engine); err != nil {
		return err
	}
	for _, w := range workers {
		about += "\nagainst " + w.Versions
	}
	if !c.JSON {
		fmt.Fprintln(stdout, about)
	}
	if c.Curve {
		return c.curves(ctx, config, stdout)
	}
	return c.costs(ctx, config, stdout)
}

// config returns what to measure, except for images and rivals.
func (c *Command) config(engine resize.Engine) (config Config, err error) {
	if c.Matrix && (c.Curve || c.Markdown) {
		return config, usage.Errorf("--matrix excludes --curve and --markdown: it prints a table of times in Markdown")
	}
	widths := c.Widths
	switch {
	case len(widths) == 0 && c.Matrix:
		widths = []int{800}
	case len(widths) == 0:
		widths = []int{320, 800, 1280, 1920}
	case len(widths) > 1 && c.Matrix:
		return config, usage.Errorf("--widths: want one width with --matrix")
	}
	if c.Rounds < 1 || slices.Min(widths) < 1 || c.Quality < 1 || c.Quality > 100 {
		return config, usage.Errorf("--rounds, --widths and --quality: want at least one round, widths of at least one pixel, and a quality of 1…100")
	}
	config = Config{Engine: engine, Widths: widths, Quality: c.Quality, Rounds: c.Rounds, Apart: c.Matrix}
	config.Formats, err = c.formats(engine)
	return config, err
}

// startRivals starts the processes of rivals, one for all settings of sharp, and adds the rivals to config. It returns the
// processes also with an error.
func (c *Command) startRivals(config *Config) (workers []*Worker, err error) {
	var sharp *Worker
	for i, name := range c.Against {
		settings := Settings(name)
		isSharp := slices.Contains(SharpSettings, settings)
		if slices.Contains(c.Against[:i], name) || !isSharp && !strings.ContainsRune(name, filepath.Separator) {
			return workers, usage.Errorf("--against: want sharp, mozjpeg, imgproxy, the paths of other builds such as ./imgorigin-vips, or several of them")
		}
		worker := sharp
		switch {
		case !isSharp:
			settings = Imgorigin
			worker, err = StartBuild(name, "bench", "--worker", fmt.Sprintf("--finals=%t", c.Finals))
		case sharp == nil:
			worker, err = StartSharp(c.SharpFolder)
			sharp = worker
		}
		if err != nil {
			return workers, fmt.Errorf("--against %s: %w", name, err)
		}
		if !slices.Contains(workers, worker) {
			workers = append(workers, worker)
		}
		config.Rivals = append(config.Rivals, Rival{Name: name, Worker: worker, Settings: settings})
	}
	return workers, nil
}

// costs measures times, bytes and similarity.
func (c *Command) costs(ctx context.Context, config Config, stdout io.Writer) error {
	table, matrix := Table{W: stdout}, Matrix{W: stdout, Formats: config.Formats, Rivals: config.Rivals}
	var cells []Cell
	err := Run(ctx, config, func(cell Cell) {
		cells = append(cells, cell)
		switch {
		case c.JSON:
			_ = json.NewEncoder(stdout).Encode(cell) // a cell can always be marshaled
		case c.Matrix:
			matrix.Cell(cell)
		default:
			table.Cell(cell)
		}
	})
	switch {
	case err == nil && c.Matrix && !c.JSON:
		matrix.Close()
	case err == nil && c.Markdown:
		Markdown(stdout, cells, config.Widths, config.Rivals)
	}
	return err
}

// curves compares bytes at equal score. The table at the end is in Markdown, which is legible as text.
func (c *Command) curves(ctx context.Context, config Config, stdout io.Writer) error {
	table := CurveTable{W: stdout}
	err := Curves(ctx, config, func(comparison Comparison) {
		if c.JSON {
			_ = json.NewEncoder(stdout).Encode(comparison) // it can always be marshaled
			return
		}
		table.Comparison(comparison)
	})
	if err == nil && !c.JSON {
		table.Summary(config.Widths)
	}
	return err
}

// originals returns the images to measure with. A matrix has also those that this build does not read.
func (c *Command) originals(ctx context.Context, engine resize.Engine) ([]Original, error) {
	switch {
	case c.Folder == "" && c.Matrix:
		return GenerateFormats(ctx, engine, cmp.Or(c.MatrixSize, image.Pt(2048, 1536)))
	case c.Folder == "":
		return Generate()
	case c.Matrix:
		return Load(c.Folder, resize.Format.IsImage)
	}
	return Load(c.Folder, engine.Decodes)
}

func (c *Command) formats(engine resize.Engine) (formats []resize.Format, err error) {
	if len(c.Formats) == 0 && c.Matrix {
		return []resize.Format{resize.JPEG, resize.PNG, resize.WebP, resize.AVIF, resize.GIF}, nil
	}
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
			return nil, usage.Errorf("--formats: this build writes %s, not %q", build.ListFormats(engine.Encodes), name)
		}
		if c.Curve && new(resize.Quality).Of(f) == nil {
			return nil, usage.Errorf("--formats: %s has no quality, which --curve varies", name)
		}
		formats = append(formats, f)
	}
	return formats, nil
}
