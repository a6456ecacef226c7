package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/logs"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
)

type sweepCommand struct {
	settings.ServiceFlags `embed:""`
	settings.EMFFlags     `embed:""`

	DryRun bool    `help:"Only print what would be deleted."`
	Finish bool    `default:"true" negatable:"" help:"Make the finals of drafts that no process has finished; --no-finish to only count them."`
	Prefix string  `placeholder:"PREFIX" help:"Only originals whose keys begin with this prefix."`
	Shard  string  `default:"1/1" placeholder:"I/N" help:"Process only part I of N equal parts of the originals, so that N machines can share the work; or batch for the part that a job of an array of AWS Batch has."`
	AtOnce int     `min:"1" default:"16" help:"Number of originals to check at the same time."`
	Rate   float64 `placeholder:"N" help:"Maximum number of originals to check per second; 0 for no limit."`
	State  string  `placeholder:"FILE" help:"File to save the position in, from which an interrupted run continues: a path or s3://bucket/key. In it, {shard} stands for I."`

	AdminListen string `group:"listening" default:"none" placeholder:"ADDR" help:"Address for /metrics, /debug/state and /debug/pprof/, which must not be public; none to disable it."`
}

// Help is shown by sweep --help.
func (c *sweepCommand) Help() string {
	return "Looks at each original of which there are variants. If it is gone, or has another ETag than the one that a " +
		"variant was made from, its stale variants are deleted, and it is invalidated in --distribution. Drafts that were " +
		"left without finals are finished. An original " +
		"that can't be looked at keeps its variants and is counted as failed. Prints a line of JSON for each original " +
		"that is not clean, the progress, and a summary. The exit status is 1 if an original failed. Run it once " +
		"with --dry-run when the settings are new."
}

// Run sweeps, and prints findings and a summary as JSON.
func (c *sweepCommand) Run(ctx context.Context, stdout io.Writer) error {
	var r storage.Resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	p := newProgress(stdout)
	p.w = logs.Locked(stdout) // findings, progress and metrics are written by several goroutines
	defer export(openEMF(c.EMFFlag, p.w, s, emf.Config{Every: c.EMFEvery, Sweeps: true}))()
	summary, err := c.sweep(ctx, &r, s, p)
	if summary == nil {
		return err
	}
	p.end()
	if errEncode := json.NewEncoder(p.w).Encode(summary); err == nil {
		err = errEncode
	}
	if err == nil && summary.Failed > 0 {
		return usage.ExitCode(1)
	}
	return err
}

// sweep sweeps, and prints findings. The summary is nil if it did not begin, which counts as an incomplete sweep too.
func (c *sweepCommand) sweep(ctx context.Context, r *storage.Resources, s *service, p progress) (*sweep.Summary, error) {
	job, err := c.job(ctx, r, s, p)
	if err != nil {
		s.metrics.sweep.Ended(sweep.Summary{}, err)
		return nil, err
	}
	finish := s.origin.Finish
	if !c.Finish {
		finish = nil
	}
	summary, err := sweep.Sweep{
		Originals: s.origin, Variants: s.config.Store.(sweep.Store), Warmer: s.warmer, DryRun: c.DryRun, Metrics: s.metrics.sweep,
		Finish: finish, Found: func(f sweep.Finding) {
			line, _ := json.Marshal(f) // strings and numbers always marshal
			fmt.Fprintf(p.w, "%s%s\n", p.above(), line)
		},
	}.Run(ctx, job)
	return &summary, err
}

// job returns the job of the sweep, when everything that it needs is there.
func (c *sweepCommand) job(ctx context.Context, r *storage.Resources, s *service, p progress) (job backfill.Job, err error) {
	shard, shards, err := parseShard(c.Shard, os.Getenv)
	if err != nil {
		return job, err
	}
	if _, ok := s.config.Store.(sweep.Store); !ok {
		return job, usage.Errorf("--variants: want the location to delete variants from")
	}
	if err := s.checkOriginals(ctx); err != nil {
		return job, err
	}
	if err := s.wantOriginals(ctx); err != nil {
		return job, err
	}
	if _, err := listenAdmin(ctx, r, c.AdminListen, s.origin.Admin()); err != nil {
		return job, err
	}
	job = backfill.Job{
		Prefix: c.Prefix, Shard: shard, Shards: shards, AtOnce: c.AtOnce, Rate: c.Rate,
		Settings: fmt.Sprintf("sweep %s %s", c.Variants, c.Names()), Log: s.log, Count: p.width > 0,
		Progress: p.show, Restarted: p.restarted,
	}
	job.State, err = s.stateFile(ctx, stateOf(c.State, shard))
	return job, err
}
