package isolate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A Config says what a pool is made of. Command is needed; every other zero field has a default.
type Config struct {
	// Command returns a command that calls [Serve] with its standard input and output. The pool gives it those, an
	// empty environment unless it has one, and a session of its own.
	Command func() *exec.Cmd

	Workers  int           // default GOMAXPROCS
	Deadline time.Duration // for one picture; default 20 s
	Log      *slog.Logger  // default discards
}

// A Pool is some workers. It starts them when they are wanted.
type Pool struct {
	config      Config
	places      chan *worker // one for each worker; nil for one that is to be started
	protections []string
	lost        atomic.Int64

	closing context.Context // ends with Close
	close   context.CancelFunc
	ended   sync.Once
}

// startTime is how long a worker may take to be ready.
const startTime = 30 * time.Second

// New returns a pool, once a first worker has shown that there can be any. Close ends it.
func New(ctx context.Context, c Config) (*Pool, error) {
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.Deadline = cmp.Or(c.Deadline, 20*time.Second)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	p := &Pool{config: c, places: make(chan *worker, c.Workers)}
	p.closing, p.close = context.WithCancel(context.WithoutCancel(ctx))
	for range c.Workers - 1 {
		p.places <- nil
	}
	first, err := p.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("isolate: %w", err)
	}
	p.protections = first.protections
	p.places <- first
	return p, nil
}

// Protections tells what a worker does without, beside an environment: "files", "network", "privileges", …
func (p *Pool) Protections() []string { return p.protections }

// Lost returns how many workers were lost to a picture so far.
func (p *Pool) Lost() int64 { return p.lost.Load() }

// Close ends the workers. What is in the making, or is asked for later, fails with [context.Canceled].
func (p *Pool) Close() error {
	p.close()
	p.ended.Do(func() {
		for range p.config.Workers {
			if w := <-p.places; w != nil {
				w.end()
			}
		}
	})
	return nil
}

func (p *Pool) start(ctx context.Context) (*worker, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return startWorker(ctx, p.config.Command())
}

// largePicture is the memory that a picture takes above which its worker ends after it, in place of holding on to
// the memory and to the limits that it had for it.
const largePicture = 256 << 20

// run does a job on a worker of its own.
func (p *Pool) run(ctx context.Context, m message, src []byte, job resize.Job) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.closing, cancel)()
	var w *worker
	select {
	case w = <-p.places:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { p.places <- w }()
	if err := ctx.Err(); err != nil {
		return err
	}
	for again := true; ; again = false {
		if w, err = p.ready(ctx, w); err != nil {
			return err
		}
		err = w.do(ctx, p.config.Deadline, m, src, job)
		loss, ok := errors.AsType[*lossError](err)
		switch {
		case !ok && m.Memory > largePicture:
			w.end()
			return err
		case !ok:
			return err
		case again && ctx.Err() == nil && !loss.isLate && loss.frames == 0 && w.wasKilled():
			continue // perhaps before it was given anything to do
		}
		return p.explain(ctx, w, loss)
	}
}

// ready returns w, or a worker in its place if there is none or it has ended.
func (p *Pool) ready(ctx context.Context, w *worker) (*worker, error) {
	if w != nil && !w.hasExited() {
		return w, nil
	}
	if w != nil {
		w.close()
	}
	w, err := p.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("isolate: %w", err)
	}
	return w, nil
}

// explain tells whose fault the loss of a worker is.
func (p *Pool) explain(ctx context.Context, w *worker, loss *lossError) error {
	if err := ctx.Err(); err != nil && !loss.isLate {
		return err // it was not waited for any more
	}
	p.lost.Add(1)
	p.config.Log.WarnContext(ctx, "lost a decoding process", "err", loss, "exit", w.exit(), "said", w.said.String())
	switch {
	case loss.isLate:
		return fmt.Errorf("%w: decoding it does not end", resize.ErrCorrupt)
	case w.wasKilled():
		return fmt.Errorf("isolate: %w", loss) // by the machine, which was short of memory: it is not known whose fault that is
	}
	return fmt.Errorf("%w: decoding it crashes", resize.ErrCorrupt)
}

// A saying keeps the beginning of what is written to it, where the reason stands.
type saying struct{ strings.Builder }

func (s *saying) Write(p []byte) (int, error) {
	const enough = 1 << 10
	s.Builder.Write(p[:min(len(p), max(0, enough-s.Len()))])
	return len(p), nil
}
