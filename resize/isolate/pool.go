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

// A Config configures a pool. Command is required; every other zero field has a default.
type Config struct {
	// Command returns a command that calls [Serve]. The pool sets its standard input, output and error, and starts it
	// in a session of its own. Its environment is empty unless Command sets one.
	Command func() *exec.Cmd

	// Workers is the number of processes. The default is GOMAXPROCS.
	Workers int

	// Deadline is the time to decode an image, and then to make each variant of it, after which its worker is killed.
	// The default is 20 seconds.
	Deadline time.Duration

	// Log records the workers that are lost. The default discards.
	Log *slog.Logger
}

// A Pool holds worker processes. It starts a worker when a job needs it. It is safe for concurrent use.
type Pool struct {
	config      Config
	idle        chan *worker // holds an element for each worker without a job; nil for one that is not started
	protections []string
	lost        atomic.Int64

	closing context.Context // canceled by Close
	close   context.CancelFunc
	ended   sync.Once
}

// startTime is how long a worker may take to start and to seal itself.
const startTime = 30 * time.Second

// New starts a first worker, to find out whether workers can be started at all, and returns the pool. The caller closes
// it.
func New(ctx context.Context, c Config) (*Pool, error) {
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.Deadline = cmp.Or(c.Deadline, 20*time.Second)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	p := &Pool{config: c, idle: make(chan *worker, c.Workers)}
	p.closing, p.close = context.WithCancel(context.WithoutCancel(ctx))
	for range c.Workers - 1 {
		p.idle <- nil
	}
	first, err := p.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("isolate: %w", err)
	}
	p.protections = first.protections
	p.idle <- first
	return p, nil
}

// Protections returns what is in force for a worker, of "memory", "privileges", "files", "network" and "processes": a
// bound of its memory, no new privileges, and no access to the others.
func (p *Pool) Protections() []string { return p.protections }

// Sealed reports whether the workers are kept from files, network and processes.
func (p *Pool) Sealed() bool { return isSealed(p.protections) }

// Lost returns how many workers crashed, or were killed, during a job so far.
func (p *Pool) Lost() int64 { return p.lost.Load() }

// Close ends the workers. Jobs that are running, and later ones, fail with [context.Canceled].
func (p *Pool) Close() error {
	p.close()
	p.ended.Do(func() {
		for range p.config.Workers {
			if w := <-p.idle; w != nil {
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

// maxReuse is the memory in bytes that a job may have taken for its worker to be used again. A worker keeps memory, and
// never lowers its limits.
const maxReuse = 256 << 20

// run does a job in a worker. If the worker turns out to have been killed before it returned anything, the job is retried
// once in another worker: the system may have killed it while it was idle.
func (p *Pool) run(ctx context.Context, m message, src []byte, job resize.Job) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.closing, cancel)()
	if err := p.closing.Err(); err != nil {
		return err // cancel runs on a goroutine of its own, which may be late
	}
	var w *worker
	select {
	case w = <-p.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { p.idle <- w }()
	if err := ctx.Err(); err != nil {
		return err
	}
	for canRetry := true; ; canRetry = false {
		if w, err = p.ready(ctx, w); err != nil {
			return cmp.Or(ctx.Err(), err)
		}
		err = w.do(ctx, p.config.Deadline, m, src, job)
		loss, ok := errors.AsType[*lossError](err)
		switch {
		case !ok && m.Memory > maxReuse:
			w.end()
			return err
		case !ok:
			return err
		case canRetry && ctx.Err() == nil && !loss.isLate && loss.frames == 0 && w.wasKilled():
			continue
		}
		return p.explain(ctx, w, loss)
	}
}

// ready returns w if it is running, else a new worker.
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

// explain logs the loss of a worker and returns the error of its job.
func (p *Pool) explain(ctx context.Context, w *worker, loss *lossError) error {
	if err := ctx.Err(); err != nil && !loss.isLate {
		return err // the caller canceled the job, which killed the worker
	}
	p.lost.Add(1)
	p.config.Log.WarnContext(ctx, "lost a decoding process", "err", loss, "exit", w.exit(), "stderr", w.stderr.String())
	switch {
	case loss.isLate && loss.hasRead:
		return fmt.Errorf("isolate: a variant is not made in %v: %w", p.config.Deadline, context.DeadlineExceeded)
	case loss.isLate:
		return fmt.Errorf("%w: decoding it does not end", resize.ErrCorrupt)
	case w.wasKilled():
		// The system kills processes when memory is short, whichever image takes it.
		return fmt.Errorf("isolate: %w", loss)
	}
	return fmt.Errorf("%w: decoding it crashes", resize.ErrCorrupt)
}

// A headWriter keeps the first KiB that is written to it: a Go program that crashes writes the reason first.
type headWriter struct{ strings.Builder }

func (h *headWriter) Write(p []byte) (int, error) {
	const limit = 1 << 10
	h.Builder.Write(p[:min(len(p), max(0, limit-h.Len()))])
	return len(p), nil
}
