package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A Command is the command plan: its flags, and what it does with them. The tags are those of kong.
type Command struct {
	Logs []string `arg:"" optional:"" help:"Access logs of CloudFront, S3 or imgorigin, or lists of URLs: files, folders, s3://bucket/prefix, or - for the standard input. gzip and zstd are read too."`

	settings.LadderFlags  `embed:""`
	settings.PresetFlags  `embed:""`
	settings.MarkFlags    `embed:""`
	settings.DialectFlags `embed:""`

	Exact bool `group:"urls" help:"The service runs with --exact."`

	Originals float64 `noenv:"" max:"1e15" placeholder:"N" help:"Number of originals. Without logs, this and --views describe traffic to simulate."`
	Views     float64 `noenv:"" max:"1e15" placeholder:"N" help:"Images that browsers show a month, without logs."`
	Zipf      float64 `noenv:"" max:"1e15" min:"0" default:"1" help:"How unequal originals are: the exponent of Zipf's law, by which the views of an original fall with its rank. Without logs."`
	Visitors  float64 `noenv:"" max:"1e15" min:"0" placeholder:"N" help:"Browsers a month, each with a cache. Without logs; 0 for a hundredth of the views."`
	Sizes     float64 `noenv:"" max:"1e15" min:"1" default:"5" help:"Sizes of each original that are asked for, in --formats formats. Without logs."`
	Formats   float64 `noenv:"" max:"1e15" min:"1" default:"2" help:"Formats of each size that are asked for. Without logs."`
	Regions   float64 `noenv:"" max:"1e15" min:"1" default:"13" help:"Regional caches of the CDN. Without logs."`
	Shield    bool    `noenv:"" help:"Origin Shield is used. Without logs."`
	Bytes     float64 `noenv:"" max:"1e15" min:"0" placeholder:"N" help:"Bytes of a variant. Without logs; 0 for what the file of prices says of 640 pixels."`
	Expire    float64 `noenv:"" max:"1e15" min:"0" default:"90" placeholder:"DAYS" help:"Age after which variants are deleted; 0 for never. Without logs."`

	MaxAge        time.Duration `noenv:"" default:"24h" help:"How long browsers and the CDN may cache an image."`
	Uploads       float64       `noenv:"" max:"1e15" min:"0" placeholder:"N" help:"New originals a month."`
	Changes       float64       `noenv:"" max:"1e15" min:"0" placeholder:"N" help:"Originals that are overwritten or deleted a month."`
	Warm          float64       `noenv:"" max:"1e15" min:"0" default:"6" help:"Variants that are made of each upload."`
	OriginalBytes float64       `noenv:"" max:"1e15" min:"0" default:"3e6" help:"Bytes of an original."`
	PurgeByTag    bool          `noenv:"" help:"Changed originals are purged by tag, not by path."`

	Prices string `noenv:"" placeholder:"FILE" help:"YAML file with prices and assumptions that differ from the default ones."`
	Sample int    `noenv:"" min:"1000" default:"2000000" help:"Variants in caches to follow; each takes some 250 bytes of memory. More of them are sampled."`
	JSON   bool   `name:"json" noenv:"" help:"Print the report as JSON."`
	HTML   string `name:"html" noenv:"" placeholder:"FILE" help:"Write the report as a page with charts to a file too."`

	PrintPrices bool `noenv:"" help:"Print the default file of prices."`
}

// Help is shown by plan --help.
func (c *Command) Help() string {
	return "Says from access logs which widths and formats are asked for, what the ladder wastes, which variants to make " +
		"early, how caches do, and what a month costs with imgorigin and with other designs. Without logs, it " +
		"simulates traffic: plan --originals 1e7 --views 1e9. Lines that can't be read are counted. " +
		"Addresses, referers and cookies are neither kept nor printed."
}

// Run prints the report.
func (c *Command) Run(ctx context.Context, stdout io.Writer) error {
	if c.PrintPrices {
		_, err := stdout.Write(cost.DefaultFile())
		return err
	}
	prices, err := c.prices()
	if err != nil {
		return err
	}
	if c.HTML != "" { // before logs are read, which may take long
		if _, err := os.Stat(filepath.Dir(c.HTML)); err != nil {
			return usage.Errorf("--html: %w", err)
		}
	}
	given := Given{
		Originals: c.Originals, OriginalBytes: c.OriginalBytes, Uploads: c.Uploads, Changes: c.Changes, Warm: c.Warm, PurgeByTag: c.PurgeByTag,
	}
	var report Report
	switch {
	case len(c.Logs) > 0:
		report, err = c.fromLogs(ctx, given, prices)
	case c.Originals >= 1 && c.Views > 0:
		report = Simulate(c.model(), given, prices)
	default:
		return usage.Errorf("want access logs, or --originals and --views")
	}
	if err != nil {
		return err
	}
	if err := c.print(stdout, report); err != nil || c.HTML == "" {
		return err
	}
	return writePage(c.HTML, report)
}

// print prints a report as text, or as JSON.
func (c *Command) print(w io.Writer, r Report) error {
	if c.JSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return r.Text(w)
}

func writePage(name string, r Report) error {
	var page bytes.Buffer
	if err := r.HTML(&page); err != nil {
		return err
	}
	return os.WriteFile(name, page.Bytes(), 0o644)
}

func (c *Command) prices() (cost.Prices, error) {
	if c.Prices == "" {
		return cost.Default(), nil
	}
	f, err := os.Open(c.Prices)
	if err != nil {
		return cost.Prices{}, err
	}
	defer f.Close()
	p, err := cost.Read(f)
	if err != nil {
		return p, usage.Errorf("--prices %s: %w", c.Prices, err)
	}
	return p, nil
}

func (c *Command) model() Model {
	m := Model{
		Originals: c.Originals, Views: c.Views, Zipf: c.Zipf, Visitors: c.Visitors, Regions: c.Regions, MaxAge: c.MaxAge.Seconds(),
		Expire: c.Expire, Shield: c.Shield, Sizes: c.Sizes, Formats: c.Formats, Bytes: c.Bytes,
	}
	if m.Visitors == 0 {
		m.Visitors = c.Views / 100
	}
	return m
}

// settings are what the URLs in logs mean.
func (c *Command) settings() (s Settings, err error) {
	s.Exact, s.Marks = c.Exact, c.Marks
	if s.Ladder, err = c.Ladder().Normal(); err != nil {
		return s, err
	}
	if s.Presets, err = grammar.ParsePresets(c.Preset); err != nil {
		return s, err
	}
	s.Dialects, err = dialect.NewSet(c.Dialect, c.DialectKeys, c.DialectSources, c.Exact)
	return s, err
}

// fromLogs reads all logs. Those of other services are named and left out; it is an error if nothing is left.
func (c *Command) fromLogs(ctx context.Context, given Given, prices cost.Prices) (r Report, err error) {
	settings, err := c.settings()
	if err != nil {
		return r, usage.Error{Err: err}
	}
	logs := NewLogs(settings, c.MaxAge.Seconds(), c.Sample)
	files, err := listLogs(ctx, c.Logs)
	if err != nil {
		return r, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // most memory is in a few tables without pointers, which cost nothing to mark
	progress := newLogProgress(os.Stderr, files)
	var notes, parquet []string
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for f := range openAhead(ctx, files) {
		summary, err := progress.read(ctx, f, logs.Add)
		foreign, isForeign := errors.AsType[*accesslog.ForeignError](err)
		switch {
		case isForeign, errors.Is(err, accesslog.ErrUnknown):
			notes = append(notes, fmt.Sprintf("%s %v.", f.name, err))
		case ctx.Err() != nil:
			return r, ctx.Err()
		case err != nil:
			notes = append(notes, fmt.Sprintf("%s was read in part: %v.", f.name, err))
		case summary.Lines == 0 && summary.Format == "":
			notes = append(notes, f.name+" is empty.")
		case summary.Lines > 0 && summary.Unreadable == summary.Lines:
			notes = append(notes, fmt.Sprintf("%s: none of its %d lines could be read.", f.name, summary.Lines))
		}
		if isForeign && foreign.Service == "Parquet" {
			parquet = append(parquet, f.name)
		}
	}
	progress.end()
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	how := ""
	if len(parquet) > 0 {
		how = "To read Parquet: " + convertParquet(parquet)
	}
	if logs.Requests() == 0 {
		none := "no access log could be read"
		if progress.lines > 0 {
			none = fmt.Sprintf("no request for an image was found in %d lines", progress.lines)
		}
		notes = append(firstNotes(notes), none)
		if how != "" {
			notes = append(notes, how)
		}
		return r, errors.New(strings.Join(notes, "\n"))
	}
	r = logs.Report(given, prices)
	if progress.unreadable > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d lines could not be read.", progress.unreadable, progress.lines))
	}
	r.Source = fmt.Sprintf("%d files: %s", len(files), progress.formatList())
	if len(files) == 1 {
		r.Source = "a file: " + progress.formatList()
	}
	r.Notes = append(r.Notes, firstNotes(notes)...)
	if how != "" {
		r.Notes = append(r.Notes, how)
	}
	return r, nil
}

// plainName matches the names of files that a shell and DuckDB take as they are.
var plainName = regexp.MustCompile(`^[A-Za-z0-9._/:=+-]+$`)

// convertParquet returns a command that reads Parquet files, or the whole folder that contains them.
func convertParquet(names []string) string {
	from := names[0]
	if len(names) > 1 {
		from = folderOf(names) + "**/*" + path.Ext(from)
	}
	if !plainName.MatchString(strings.ReplaceAll(from, "*", "")) {
		from = "FILE"
	}
	return fmt.Sprintf(`duckdb -c "COPY (FROM '%s') TO '/dev/stdout' (FORMAT json)" | imgorigin plan -`, from)
}

// folderOf returns the longest path to a folder, with a slash at its end, that all names begin with. It may be "".
func folderOf(names []string) string {
	folder := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, folder) || folder != "" && !strings.HasSuffix(folder, "/") {
			folder = folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
		}
	}
	return folder
}

// maxNotes bounds the notes about files.
const maxNotes = 10

func firstNotes(notes []string) []string {
	if len(notes) <= maxNotes {
		return notes
	}
	return append(notes[:maxNotes:maxNotes], fmt.Sprintf("And %d more files.", len(notes)-maxNotes))
}
