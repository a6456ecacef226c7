// Package backfill warms the originals that are there already, and brings those back that a fix made decodable.
package backfill

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Job warms the originals that are there already. Warmer and List are needed.
type Job struct {
	Warmer *warm.Warmer
	List   Lister

	Prefix        string    // of keys
	Since         time.Time // originals not modified since are left out; zero takes all
	Shard, Shards int       // only the keys that fall into this part of so many; parts count from 0

	AtOnce int     // originals; default 8
	Rate   float64 // originals a second at most; 0 is no limit
	Tries  int     // of one original; default 3

	State    StateFile // nil keeps nothing: the next run begins at the beginning
	Settings string    // what else than prefix and shard makes this another job than State may be of: transforms, since

	Count    bool // list all once more, to know how much is left
	Progress func(Progress)
	Every    time.Duration // between two calls of Progress, and five between two saves of the state; default 1 s
	Log      *slog.Logger  // default discards
}

// A Summary is how a backfill went.
type Summary struct {
	Done     int       `json:"done"`    // originals of which something was made
	Skipped  int       `json:"skipped"` // that had everything already, or are gone
	Failed   int       `json:"failed"`
	Made     int       `json:"variants"`
	Bytes    int64     `json:"bytes"` // of the originals looked at
	Seconds  float64   `json:"seconds"`
	Complete bool      `json:"complete"` // the end was reached
	Failures []Failure `json:"failures,omitempty"`
}

// A Failure is an original that could not be warmed.
type Failure struct {
	Original string            `json:"original"`
	Error    string            `json:"error"`
	Reason   quarantine.Reason `json:"reason,omitempty"` // why it never will; "" when it may yet
}

// A Progress is how far a backfill has come.
type Progress struct {
	Done, Skipped, Failed int
	Bytes                 int64         // of originals looked at
	PerSecond             float64       // originals, since this run began
	Total                 int           // originals; 0 when not counted yet
	Left                  time.Duration // as it looks; 0 when not known
}

// failuresKept bounds the list of failures in a summary, and the state file with it.
const failuresKept = 10_000

// Run warms until all is done or ctx ends; the summary is right in both cases. Failures of single originals are
// in there and no error.
func (b Job) Run(ctx context.Context) (Summary, error) {
	r, err := b.begin(ctx)
	if err != nil {
		return Summary{}, err
	}
	return r.run(ctx, b.List.List(ctx, b.Prefix, r.from))
}

func (b Job) begin(ctx context.Context) (*backfilling, error) {
	b.AtOnce = cmp.Or(b.AtOnce, 8)
	b.Tries = cmp.Or(b.Tries, 3)
	b.Every = cmp.Or(b.Every, time.Second)
	b.Log = cmp.Or(b.Log, slog.New(slog.DiscardHandler))
	if b.Shards < 0 || b.Shard < 0 || b.Shards > 0 && b.Shard >= b.Shards {
		return nil, fmt.Errorf("shard %d of %d: there is none", b.Shard, b.Shards)
	}
	job := fmt.Sprintf("prefix=%q shard=%d/%d %s", b.Prefix, b.Shard, b.Shards, b.Settings)
	p, err := loadPosition(ctx, b.State, job)
	if err != nil {
		return nil, err
	}
	p.Sum.Complete = false
	return &backfilling{
		Job: b, began: time.Now(), from: p.After, before: p.Sum.originals(), position: p, pace: pace{rate: b.Rate},
	}, nil
}

// takes tells whether an original is of this job.
func (b Job) takes(o Object) bool {
	if b.Shards > 1 {
		sum := fnv.New32a()
		sum.Write([]byte(o.Key))
		if int(sum.Sum32()%uint32(b.Shards)) != b.Shard {
			return false
		}
	}
	return b.Since.IsZero() || !o.Modified.Before(b.Since)
}

// one warms an original, as often as it takes.
func (b Job) one(ctx context.Context, key string) (r warm.Result, err error) {
	for try := 1; ; try++ {
		r, err = b.Warmer.Warm(ctx, key)
		if err == nil || errors.Is(err, fs.ErrNotExist) || try == b.Tries || ctx.Err() != nil {
			return r, err
		}
		b.Log.WarnContext(ctx, "original not warmed", "original", key, "try", try, "err", err)
		select {
		case <-time.After(time.Second << try):
		case <-ctx.Done():
			return r, err
		}
	}
}

// pace spreads works over time. It is for one goroutine.
type pace struct {
	rate float64 // a second; 0 is no limit
	next time.Time
}

// Wait waits for the next turn, and tells whether ctx let it.
func (p *pace) Wait(ctx context.Context) bool {
	if p.rate <= 0 {
		return ctx.Err() == nil
	}
	now := time.Now()
	p.next = p.next.Add(time.Duration(float64(time.Second) / p.rate))
	if p.next.Before(now) {
		p.next = now
	}
	select {
	case <-time.After(time.Until(p.next)):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// save keeps the position where there is a place for it.
func (p position) save(ctx context.Context, f StateFile) error {
	if f == nil {
		return nil
	}
	state, err := json.Marshal(p)
	if err == nil {
		err = f.Save(ctx, state)
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// backfilling is one run of a Job.
type backfilling struct {
	Job
	began  time.Time
	from   string // key that the run begins after
	before int    // originals of runs before this one
	pace   pace

	mu       sync.Mutex
	position position
	pending  []*work // in order, from the first that is not done
	total    int     // originals that this run has to do; 0 when not known
}
