package isolate_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestMain makes the test binary a worker, or a process that owns a pool, if its argument says so.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "worker":
		fmt.Fprintln(os.Stderr, isolate.Serve(func(c resize.EngineConfig, sealed bool) resize.Engine {
			isSealed = sealed
			return trickEngine{resize.NewEngine(c)}
		}))
		os.Exit(1)
	case len(os.Args) == 2 && os.Args[1] == "owner":
		ownPool()
	}
	os.Exit(m.Run())
}

// isSealed is what a worker knows of itself.
var isSealed bool

// A trickEngine plays the trick whose name is appended to an image, as an exploited or broken decoder might.
type trickEngine struct{ *resize.Portable }

const trickMark = "\x00trick:"

// withTrick returns an image with the name of a trick.
func withTrick(src []byte, name string) []byte { return append(bytes.Clone(src), trickMark+name...) }

func (e trickEngine) Each(ctx context.Context, src []byte, job resize.Job) error {
	_, name, found := bytes.Cut(src, []byte(trickMark))
	if !found {
		return e.Portable.Each(ctx, src, job)
	}
	if then, ok := bytes.CutPrefix(name, []byte("half")); ok {
		job.Transforms = job.Transforms[:1]
		e.Portable.Each(ctx, src, job)
		return tricks[cmp.Or(string(then), "hang")]()
	}
	if string(name) == "slow" {
		stage := job.Stage
		job.Stage = func(s resize.Stage, began time.Time) {
			if s == resize.Writing {
				time.Sleep(slowWriting)
			}
			stage(s, began)
		}
		return e.Portable.Each(ctx, src, job)
	}
	if string(name) == "borrow" {
		job.Spare(1 << 10)
		job.Spare(1 << 20)
		done, _ := job.Spare(1 << 12)
		done()
		select {}
	}
	play, ok := tricks[string(name)]
	if !ok {
		return fmt.Errorf("no trick %q", name)
	}
	if err := play(); err != nil {
		return err
	}
	return e.Portable.Each(ctx, src, job)
}

// tricks are what an image can do to a worker. A trick that returns nil had no effect.
var tricks = map[string]func() error{
	"exit":  func() error { os.Exit(0); return nil },
	"throw": func() error { go func() { panic("in a goroutine of its own") }(); select {} },
	"hang":  func() error { select {} },
	"spin": func() error {
		//lint:ignore SA5002 the pool has to kill it
		for {
		}
	},
	"overflow": func() error { return fmt.Errorf("%d", deep(1)) },
	"memory": func() error {
		var held [][]byte
		for {
			//lint:ignore SA4010 it keeps the memory in use
			held = append(held, bytes.Repeat([]byte{1}, 16<<20))
		}
	},
}

//lint:ignore SA5007 it has to overflow the stack
func deep(n int) int { return deep(n+1) + 1 }

func command() *exec.Cmd {
	executable, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return exec.Command(executable, "worker")
}

func newPool(t testing.TB, c isolate.Config) *isolate.Pool {
	t.Helper()
	before := goleak.IgnoreCurrent()
	if c.Command == nil {
		c.Command = command
	}
	p, err := isolate.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestIsolated(t *testing.T) {
	if testing.Short() {
		t.Skip("package resize tests the engine itself")
	}
	resizetest.Run(t, newPool(t, isolate.Config{}).Engine(resize.EngineConfig{}))
}

var small = resizetest.JPEG(resizetest.Photo(64, 48), 80)

// wantWorking checks that an engine still makes a good variant of a good image.
func wantWorking(t *testing.T, e resize.Engine) {
	t.Helper()
	out, err := e.Resize(t.Context(), small, resize.Transform{Width: 32, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	if got := resizetest.Decode(out[0]).Bounds().Size(); got != image.Pt(32, 24) {
		t.Errorf("got %v", got)
	}
}

// An image that breaks its worker is corrupt, and affects no other image.
func TestLoss(t *testing.T) {
	var crashes []string
	for name := range tricks {
		if !strings.HasPrefix(name, "try ") && name != "hang" && name != "spin" {
			crashes = append(crashes, name)
		}
	}
	t.Run("crash", func(t *testing.T) { testLoss(t, time.Hour, crashes...) })
	t.Run("hang", func(t *testing.T) { testLoss(t, 3*time.Second, "hang", "spin") })
}

func testLoss(t *testing.T, deadline time.Duration, names ...string) {
	logged := new(log)
	p := newPool(t, isolate.Config{Workers: 2, Deadline: deadline, Log: logged.logger()})
	e := p.Engine(resize.EngineConfig{})
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			_, err := e.Resize(t.Context(), withTrick(small, name), resize.Transform{Width: 8})
			if !errors.Is(err, resize.ErrCorrupt) {
				t.Errorf("%s: got %v, want %v", name, err, resize.ErrCorrupt)
			}
			wantWorking(t, e)
		})
	}
	wg.Wait()
	if got, want := p.Lost(), int64(len(names)); got != want {
		t.Errorf("got %d workers lost, want %d: %s", got, want, logged)
	}
	if want := "in a goroutine of its own"; slices.Contains(names, "throw") && !strings.Contains(logged.String(), want) {
		t.Errorf("the log has no %q: %s", want, logged)
	}
}

const slowWriting = 250 * time.Millisecond // that the trick "slow" takes for each variant

// The deadline is for each variant: if a job of many takes longer, that is not the fault of the image.
func TestDeadlineOfEachVariant(t *testing.T) {
	const variants = 16 // which take longer than the deadline, each of them far less, also on a machine that is busy
	p := newPool(t, isolate.Config{Workers: 2, Deadline: (variants - 2) * slowWriting})
	e := p.Engine(resize.EngineConfig{})
	var wg sync.WaitGroup
	wg.Go(func() {
		job := resize.Job{Stage: func(resize.Stage, time.Time) {}}
		for i := range variants {
			job.Transforms = append(job.Transforms, resize.Transform{Width: 8 + i})
		}
		if err := e.Each(t.Context(), withTrick(small, "slow"), job); err != nil {
			t.Errorf("slow: got %v", err)
		}
	})
	wg.Go(func() {
		yielded := 0
		err := e.Each(t.Context(), withTrick(small, "half"), twoVariants(func(int, []byte, error) { yielded++ }))
		if !errors.Is(err, context.DeadlineExceeded) || yielded != 1 {
			t.Errorf("hanging after the first variant: got %v and %d variants, want %v and 1", err, yielded, context.DeadlineExceeded)
		}
	})
	wg.Wait()
	wantWorking(t, e)
}

// twoVariants returns a job of two small variants.
func twoVariants(yield func(i int, variant []byte, err error)) resize.Job {
	return resize.Job{Transforms: []resize.Transform{{Width: 8}, {Width: 16}}, Yield: yield}
}

// Variants are yielded while others are being made, and remain valid if the job fails later.
func TestYield(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	var got []byte
	err := e.Each(ctx, withTrick(small, "half"), twoVariants(func(i int, variant []byte, err error) {
		got = variant
		if i != 0 || err != nil {
			t.Errorf("got transform %d, %v", i, err)
		}
		cancel()
	}))
	if err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if size := resizetest.Decode(got).Bounds().Size(); size != image.Pt(8, 6) {
		t.Errorf("got %v", size)
	}
	wantWorking(t, e)
}

// If a worker is killed, the processors that Spare lent to it are given back.
func TestLentToALostWorker(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	lent := make(map[int64]int)
	job := twoVariants(nil)
	job.Spare = func(bytes int64) (func(), bool) {
		lent[bytes]++
		return func() {
			if lent[bytes]--; bytes == 1<<12 { // the one that the worker gives back before it hangs
				cancel()
			}
		}, true
	}
	if err := e.Each(ctx, withTrick(small, "borrow"), job); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if len(lent) != 3 {
		t.Errorf("got %d calls of Spare, want 3", len(lent))
	}
	for bytes, n := range lent {
		if n != 0 {
			t.Errorf("%d bytes: lent %d times more than given back", bytes, n)
		}
	}
	wantWorking(t, e)
}

// If Yield panics, the worker is not used again in the middle of the job.
func TestYieldPanics(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("got panic %v", p)
			}
		}()
		e.Each(t.Context(), small, twoVariants(func(int, []byte, error) { panic("mine") }))
	}()
	wantWorking(t, e)
}

// Close does not wait for a job that hangs.
func TestClose(t *testing.T) {
	p := newPool(t, isolate.Config{Workers: 1})
	e := p.Engine(resize.EngineConfig{})
	err := e.Each(t.Context(), withTrick(small, "half"), twoVariants(func(int, []byte, error) { go p.Close() }))
	if err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := e.Resize(t.Context(), small, resize.Transform{Width: 8}); err != context.Canceled {
		t.Errorf("afterwards: got %v, want %v", err, context.Canceled)
	}
}

// Close does not wait for a worker that takes long to start.
func TestCloseDuringAStart(t *testing.T) {
	var p *isolate.Pool
	started := 0
	p = newPool(t, isolate.Config{Workers: 1, Command: func() *exec.Cmd {
		if started++; started == 1 {
			return command()
		}
		go p.Close()
		return exec.Command("sleep", "3600")
	}})
	e := p.Engine(resize.EngineConfig{})
	if _, err := e.Resize(t.Context(), withTrick(small, "exit"), resize.Transform{Width: 8}); !errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("got %v, want %v", err, resize.ErrCorrupt)
	}
	if _, err := e.Resize(t.Context(), small, resize.Transform{Width: 8}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// If the system kills a worker, the image need not be the cause: its error is not ErrCorrupt.
func TestKilled(t *testing.T) {
	var last *exec.Cmd
	p := newPool(t, isolate.Config{Workers: 1, Command: func() *exec.Cmd { last = command(); return last }})
	e := p.Engine(resize.EngineConfig{})
	err := e.Each(t.Context(), withTrick(small, "half"), twoVariants(func(int, []byte, error) { last.Process.Kill() }))
	if err == nil || errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("got %v, want an error other than ErrCorrupt", err)
	}
	wantWorking(t, e)
	last.Process.Kill() // while it is idle: the job is retried
	wantWorking(t, e)
}

// Images of all sizes arrive whole, whatever the size of the image before them.
func TestLarge(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	for _, pad := range []int{0, 1 << 20, 40 << 20, 100, 20 << 20, 0} {
		out, err := e.Resize(t.Context(), append(bytes.Clone(small), make([]byte, pad)...), resize.Transform{Width: 32})
		if err != nil || resizetest.Decode(out[0]).Bounds().Dx() != 32 {
			t.Errorf("an image with %d more bytes: %v", pad, err)
		}
	}
}

// New fails if a worker can't be started.
func TestNoWorkers(t *testing.T) {
	for name, c := range map[string]func() *exec.Cmd{
		"no program":      func() *exec.Cmd { return exec.Command("/nonexistent") },
		"another program": func() *exec.Cmd { return exec.Command("true") },
	} {
		if p, err := isolate.New(t.Context(), isolate.Config{Command: c}); err == nil {
			p.Close()
			t.Errorf("%s: got no error", name)
		}
	}
}

// ownPool is the main function of a process that owns a pool of one worker. It prints the worker's process ID when that has begun
// a job which never ends.
func ownPool() {
	var worker *exec.Cmd
	p, err := isolate.New(context.Background(), isolate.Config{Workers: 1, Command: func() *exec.Cmd {
		worker = command()
		return worker
	}})
	if err != nil {
		panic(err)
	}
	job := twoVariants(func(int, []byte, error) { fmt.Println(worker.Process.Pid) })
	p.Engine(resize.EngineConfig{}).Each(context.Background(), withTrick(small, "halfspin"), job)
}

// A log collects what a pool logs.
type log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func BenchmarkFill(b *testing.B) {
	photo := resizetest.JPEG(resizetest.Photo(4000, 3000), 88)
	engines := map[string]resize.Engine{
		"here":     resize.NewEngine(resize.EngineConfig{}),
		"isolated": newPool(b, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{}),
	}
	for name, e := range engines {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.Resize(b.Context(), photo, resize.Transform{Width: 800, Format: resize.JPEG}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
