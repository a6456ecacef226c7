package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

type warmCommand struct {
	Keys []string `arg:"" optional:"" help:"Keys of originals. Without keys, all originals, or those that --prefix and --since select."`

	settings.ServiceFlags `embed:""`

	Prefix string        `placeholder:"PREFIX" help:"Only originals whose keys begin with this prefix."`
	Since  time.Duration `placeholder:"AGE" help:"Only originals modified within this time, such as 36h, 30d or 2w."`
	Shard  string        `default:"1/1" placeholder:"I/N" help:"Process only part I of N equal parts of the originals, so that N machines can share the work; or batch for the part that a job of an array of AWS Batch has."`
	AtOnce int           `min:"1" default:"4" help:"Number of originals to warm at the same time."`
	Rate   float64       `placeholder:"N" help:"Maximum number of originals to warm per second; 0 for no limit."`
	State  string        `placeholder:"FILE" help:"File to save the position in, from which an interrupted run continues: a path or s3://bucket/key. In it, {shard} stands for I."`
}

// Run warms originals, and prints a summary as JSON; for originals named by key, a line each.
func (c *warmCommand) Run(ctx context.Context, stdout io.Writer) error {
	shard, shards, err := parseShard(c.Shard, os.Getenv)
	if err != nil {
		return err
	}
	if c.Variants.IsNone() {
		return usage.Errorf("--variants: want the location to put variants in")
	}
	var r storage.Resources
	defer r.Close()
	s, err := openService(ctx, &r, io.Discard, c)
	if err != nil {
		return err
	}
	if err := s.checkOriginals(ctx); err != nil {
		return err
	}
	if len(c.Keys) > 0 {
		return s.warmKeys(ctx, stdout, c.Keys)
	}
	lister, err := s.Lister(ctx, c.OriginalsFlags)
	if err != nil {
		return err
	}
	progress := newProgress(stdout)
	b := backfill.Job{
		Warmer: s.warmer, List: lister, Prefix: c.Prefix, Shard: shard, Shards: shards, AtOnce: c.AtOnce, Rate: c.Rate,
		Settings: c.Names() + " " + c.ServiceFlags.Warm, MaxAge: c.Since,
		Log: s.log, Count: progress.width > 0, Progress: progress.show, Restarted: progress.restarted,
	}
	if b.State, err = s.stateFile(ctx, stateOf(c.State, shard)); err != nil {
		return err
	}
	summary, err := b.Run(ctx)
	progress.end()
	if errEncode := json.NewEncoder(stdout).Encode(summary); err == nil {
		err = errEncode
	}
	if err == nil && summary.Failed > 0 {
		return usage.ExitCode(1)
	}
	return err
}

// warmKeys warms originals by key, and prints the result of each.
func (s *service) warmKeys(ctx context.Context, stdout io.Writer, keys []string) error {
	failed := false
	for _, key := range keys {
		result, err := s.warmer.Warm(ctx, key)
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("no such original")
		}
		if err = errors.Join(err, result.DecodeError); err != nil {
			failed = true
			printLine(stdout, "%s: %v", key, err)
			continue
		}
		printLine(stdout, "%s: %d made, %d there", key, result.Made, result.Skipped)
	}
	if failed {
		return usage.ExitCode(1)
	}
	return nil
}

// parseShard parses the value of --shard, I/N or batch, and returns the shard counted from 0. A job of AWS Batch that is not of an
// array does all.
func parseShard(s string, getenv func(string) string) (shard, shards int, err error) {
	if s == "batch" {
		s = "1/1"
		if index, err := strconv.Atoi(getenv("AWS_BATCH_JOB_ARRAY_INDEX")); err == nil {
			s = fmt.Sprintf("%d/%s", index+1, getenv("AWS_BATCH_JOB_ARRAY_SIZE"))
		}
	}
	i, n, ok := strings.Cut(s, "/")
	shard, errI := strconv.Atoi(i)
	shards, errN := strconv.Atoi(n)
	if !ok || errI != nil || errN != nil || shard < 1 || shard > shards {
		return 0, 0, usage.Errorf("--shard %q: want a part such as 2/4, or batch", s)
	}
	return shard - 1, shards, nil
}

// stateOf returns the name of the file that the position of a shard is saved in.
func stateOf(name string, shard int) string {
	return strings.ReplaceAll(name, "{shard}", strconv.Itoa(shard+1))
}

// stateFile opens the file that a position is saved in; it is nil without a name.
func (s *service) stateFile(ctx context.Context, name string) (backfill.StateFile, error) {
	rest, isS3 := strings.CutPrefix(name, "s3://")
	switch {
	case name == "":
		return nil, nil
	case !isS3:
		return backfill.LocalState(name), nil
	}
	bucket, key, err := storage.CutBucket(rest)
	if err != nil || key == "" {
		return nil, usage.Errorf("--state %s: want s3://bucket/key", name)
	}
	client, err := s.S3At(ctx, storage.Location{})
	return backfill.S3State{Client: client, Bucket: bucket, Key: key}, err
}
