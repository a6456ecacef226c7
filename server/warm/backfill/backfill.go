package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Job works on many originals: by default, it warms those that are there already. List is required, and Warmer or Do.
type Job struct {
	Warmer *warm.Warmer
	List   Lister

	// Do works on an original, and returns what became of it. An attempt that ended with an error is repeated. The
	// default warms the original.
	Do func(ctx context.Context, original string) (Summary, error)

	// Each, if not nil, is called when the work on an original has ended, with the result, by several goroutines at once.
	Each func(original string, result Summary)

	// Prefix restricts the job to originals whose keys begin with it.
	Prefix string

	// MaxAge restricts the job to originals modified no longer than that before the job began, which is in its first run
	// if it is continued. 0 does not.
	MaxAge time.Duration

	// Shard restricts the job to one of Shards parts of the keys, counted from 0. The job has one part if Shards is 0.
	Shard, Shards int

	// AtOnce is the number of originals that are warmed at once. The default is 8.
	AtOnce int

	// Rate is the number of originals that are begun in a second at most. 0 means no limit.
	Rate float64

	// Tries is the number of attempts to warm an original. The default is 3.
	Tries int

	// State keeps the position of the job between its runs. With nil, or when the job is complete, a run begins with the
	// first original.
	State StateFile

	// Restarted, if not nil, is called at the beginning of a run for which State has the position of a complete job.
	Restarted func()

	// Settings describes what distinguishes this job from others that may have used State before, apart from prefix,
	// age and shard: the originals and the transforms. Run refuses to continue another job.
	Settings string

	// Count lists the originals twice, so that Progress learns how many are left.
	Count bool

	// Progress, if not nil, is called every Every and at the end of a run.
	Progress func(Progress)

	// Every is the time between two calls of Progress. Five times as long is between two saves of the position. The
	// default is 1 second.
	Every time.Duration

	// Log defaults to discarding.
	Log *slog.Logger
}

// A Summary is the result of a job: of all its runs, except for Seconds.
type Summary struct {
	Done     int       `json:"done"`               // originals of which variants were made
	Skipped  int       `json:"skipped"`            // originals with all variants, or removed since they were listed
	Failed   int       `json:"failed"`             // originals
	Made     int       `json:"variants"`           // variants
	Bytes    int64     `json:"bytes"`              // of all these originals
	Seconds  float64   `json:"seconds"`            // of this run
	Gone     int       `json:"gone,omitempty"`     // originals of a sweep that do not exist, a part of Done
	Unknown  int       `json:"unknown,omitempty"`  // of a sweep: without a key, or no variants
	Drafts   int       `json:"drafts,omitempty"`   // variants that a sweep found without finals
	Complete bool      `json:"complete"`           // no original is left
	Failures []Failure `json:"failures,omitempty"` // at most keptFailures
}

// keptFailures bounds the list of failures in a summary, and with it the state file.
const keptFailures = 10_000

// originals returns the number of originals that were worked on.
func (s Summary) originals() int { return s.Done + s.Skipped + s.Failed + s.Unknown }

func (s Summary) plus(o Summary) Summary {
	s.Done += o.Done
	s.Skipped += o.Skipped
	s.Failed += o.Failed
	s.Made += o.Made
	s.Bytes += o.Bytes
	s.Gone += o.Gone
	s.Unknown += o.Unknown
	s.Drafts += o.Drafts
	if room := keptFailures - len(s.Failures); room > 0 {
		s.Failures = append(slices.Clip(s.Failures), o.Failures[:min(room, len(o.Failures))]...)
	}
	return s
}

// A Failure is an original on which the work failed.
type Failure struct {
	Original string `json:"original"`
	Error    string `json:"error"`

	// Reason is why it never can be, "" if another run may succeed.
	Reason quarantine.Reason `json:"reason,omitempty"`
}

// Run works on originals until none is left or ctx ends. The summary is valid in both cases. It has the failures of single
// originals, which are no error of Run.
func (j Job) Run(ctx context.Context) (Summary, error) {
	r, err := j.begin(ctx)
	if err != nil {
		return Summary{}, err
	}
	return r.run(ctx)
}

// begin sets defaults and loads the position.
func (j Job) begin(ctx context.Context) (*run, error) {
	j.AtOnce = cmp.Or(j.AtOnce, 8)
	j.Tries = cmp.Or(j.Tries, 3)
	j.Every = cmp.Or(j.Every, time.Second)
	j.Log = cmp.Or(j.Log, slog.New(slog.DiscardHandler))
	if j.Shards < 0 || j.Shard < 0 || j.Shards > 0 && j.Shard >= j.Shards {
		return nil, fmt.Errorf("shard %d of %d: there is none", j.Shard, j.Shards)
	}
	if j.Do == nil {
		j.Do = j.warm
	}
	p, err := loadPosition(ctx, j.State, j.identity())
	if err != nil {
		return nil, err
	}
	if p.Sum.Complete {
		p = position{Job: p.Job}
		if j.Restarted != nil {
			j.Restarted()
		}
	}
	now := time.Now()
	if p.Began.IsZero() {
		p.Began = now.UTC()
	}
	return &run{
		Job: j, began: now, from: p.After, before: p.Sum.originals(), position: p, pace: pace{rate: j.Rate},
		since: p.Began.Add(-j.MaxAge),
	}, nil
}

// identity returns what distinguishes the job from others.
func (j Job) identity() string {
	id := fmt.Sprintf("prefix=%q shard=%d/%d %s", j.Prefix, j.Shard, j.Shards, j.Settings)
	if j.MaxAge > 0 {
		id += fmt.Sprint(" age=", j.MaxAge)
	}
	return id
}

// warm warms an original.
func (j Job) warm(ctx context.Context, original string) (Summary, error) {
	result, err := j.Warmer.Warm(ctx, original)
	switch {
	case errors.Is(err, fs.ErrNotExist): // removed since it was listed
		return Summary{Skipped: 1}, nil
	case err != nil:
		return Summary{}, err
	case result.DecodeError != nil:
		reason, _ := quarantine.ReasonOf(result.DecodeError)
		failure := Failure{original, result.DecodeError.Error(), reason}
		return Summary{Failed: 1, Made: result.Made, Failures: []Failure{failure}}, nil
	case result.Made > 0:
		return Summary{Done: 1, Made: result.Made}, nil
	}
	return Summary{Skipped: 1}, nil
}
