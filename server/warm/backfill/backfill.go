package backfill

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Job warms the originals that are there already. Warmer and List are required.
type Job struct {
	Warmer *warm.Warmer
	List   Lister

	// Prefix restricts the job to originals whose keys begin with it.
	Prefix string

	// Since restricts the job to originals modified at that time or later. The zero time does not.
	Since time.Time

	// Shard restricts the job to one of Shards parts of the keys, counted from 0. The job has one part if Shards is 0.
	Shard, Shards int

	// AtOnce is the number of originals that are warmed at once. The default is 8.
	AtOnce int

	// Rate is the number of originals that are begun in a second at most. 0 is no limit.
	Rate float64

	// Tries is the number of attempts to warm an original. The default is 3.
	Tries int

	// State keeps the position of the job between its runs. With nil, each run begins with the first original.
	State StateFile

	// Settings describes what distinguishes this job from others that may have used State before, apart from prefix and
	// shard: the originals and the transforms. Run refuses to continue another job.
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
	Complete bool      `json:"complete"`           // no original is left
	Failures []Failure `json:"failures,omitempty"` // at most keptFailures
}

// keptFailures bounds the list of failures in a summary, and with it the state file.
const keptFailures = 10_000

// originals returns the number of originals that were worked on.
func (s Summary) originals() int { return s.Done + s.Skipped + s.Failed }

func (s Summary) plus(o Summary) Summary {
	s.Done += o.Done
	s.Skipped += o.Skipped
	s.Failed += o.Failed
	s.Made += o.Made
	s.Bytes += o.Bytes
	if room := keptFailures - len(s.Failures); room > 0 {
		s.Failures = append(slices.Clip(s.Failures), o.Failures[:min(room, len(o.Failures))]...)
	}
	return s
}

// A Failure is an original that could not be warmed.
type Failure struct {
	Original string `json:"original"`
	Error    string `json:"error"`

	// Reason is why it never can be, "" if another run may succeed.
	Reason quarantine.Reason `json:"reason,omitempty"`
}

// Run warms originals until none is left or ctx ends. The summary is valid in both cases. It has the failures of single
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
	identity := fmt.Sprintf("prefix=%q shard=%d/%d %s", j.Prefix, j.Shard, j.Shards, j.Settings)
	p, err := loadPosition(ctx, j.State, identity)
	if err != nil {
		return nil, err
	}
	p.Sum.Complete = false
	return &run{
		Job: j, began: time.Now(), from: p.After, before: p.Sum.originals(), position: p, pace: pace{rate: j.Rate},
	}, nil
}

// includes reports whether an original belongs to the job.
func (j Job) includes(o Object) bool {
	if j.Shards > 1 {
		sum := fnv.New32a()
		sum.Write([]byte(o.Key))
		if int(sum.Sum32()%uint32(j.Shards)) != j.Shard {
			return false
		}
	}
	return j.Since.IsZero() || !o.Modified.Before(j.Since)
}
