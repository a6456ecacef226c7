package isolate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
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

// TestMain lets the test's own binary be a worker, and what owns workers.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "worker":
		fmt.Fprintln(os.Stderr, isolate.Serve(func(c resize.EngineConfig) resize.Engine {
			return haunted{resize.NewEngine(c)}
		}))
		os.Exit(1)
	case len(os.Args) == 2 && os.Args[1] == "owner":
		own()
	}
	os.Exit(m.Run())
}

// haunted is an engine that does what is written behind a picture.
type haunted struct{ *resize.Portable }

const spell = "\x00spell:"

func enchant(src []byte, name string) []byte { return append(bytes.Clone(src), spell+name...) }

func (h haunted) Each(ctx context.Context, src []byte, job resize.Job) error {
	_, name, found := bytes.Cut(src, []byte(spell))
	if !found {
		return h.Portable.Each(ctx, src, job)
	}
	if string(name) == "half" {
		job.Transforms = job.Transforms[:1]
		h.Portable.Each(ctx, src, job)
		select {}
	}
	if string(name) == "borrow" {
		job.Spare(1 << 10)
		job.Spare(1 << 20)
		done, _ := job.Spare(1 << 12)
		done()
		select {}
	}
	cast, ok := spells[string(name)]
	if !ok {
		return fmt.Errorf("no spell %q", name)
	}
	if err := cast(); err != nil {
		return err
	}
	return h.Portable.Each(ctx, src, job)
}

// spells are what can become of a worker. What returns nil had no effect.
var spells = map[string]func() error{
	"exit":  func() error { os.Exit(0); return nil },
	"throw": func() error { go func() { panic("in a goroutine of its own") }(); select {} },
	"hang":  func() error { select {} },
	"spin": func() error {
		//lint:ignore SA5002 it is to be killed
		for {
		}
	},
	"overflow": func() error { return fmt.Errorf("%d", deep(1)) },
	"memory": func() error {
		var held [][]byte
		for {
			//lint:ignore SA4010 what counts is that it is held
			held = append(held, bytes.Repeat([]byte{1}, 16<<20))
		}
	},
}

//lint:ignore SA5007 it is to overflow
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
		t.Skip("the engine itself is tested where it is")
	}
	resizetest.Run(t, newPool(t, isolate.Config{}).Engine(resize.EngineConfig{}))
}

var small = resizetest.JPEG(resizetest.Photo(64, 48), 80)

// works sees to it that a good picture comes out well.
func works(t *testing.T, e resize.Engine) {
	t.Helper()
	out, err := e.Resize(t.Context(), small, resize.Transform{Width: 32, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	if got := resizetest.Decode(out[0]).Bounds().Size(); got != image.Pt(32, 24) {
		t.Errorf("got %v", got)
	}
}

// Whatever a picture does to its worker, it is the fault of that picture, and costs no other.
func TestLoss(t *testing.T) {
	var crashes []string
	for name := range spells {
		if !strings.HasPrefix(name, "try ") && name != "hang" && name != "spin" {
			crashes = append(crashes, name)
		}
	}
	t.Run("crash", func(t *testing.T) { testLoss(t, time.Hour, crashes...) })
	t.Run("hang", func(t *testing.T) { testLoss(t, 3*time.Second, "hang", "spin") })
}

func testLoss(t *testing.T, deadline time.Duration, names ...string) {
	said := new(log)
	p := newPool(t, isolate.Config{Workers: 2, Deadline: deadline, Log: said.logger()})
	e := p.Engine(resize.EngineConfig{})
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			_, err := e.Resize(t.Context(), enchant(small, name), resize.Transform{Width: 8})
			if !errors.Is(err, resize.ErrCorrupt) {
				t.Errorf("%s: got %v, want %v", name, err, resize.ErrCorrupt)
			}
			works(t, e)
		})
	}
	wg.Wait()
	if got, want := p.Lost(), int64(len(names)); got != want {
		t.Errorf("got %d workers lost, want %d: %s", got, want, said)
	}
	if want := "in a goroutine of its own"; slices.Contains(names, "throw") && !strings.Contains(said.String(), want) {
		t.Errorf("the log does not say %q: %s", want, said)
	}
}

// two returns a job of two small variants.
func two(yield func(i int, variant []byte, err error)) resize.Job {
	return resize.Job{Transforms: []resize.Transform{{Width: 8}, {Width: 16}}, Yield: yield}
}

// Those who asked first are answered while the others are made, and keep what they got.
func TestYield(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	var got []byte
	err := e.Each(ctx, enchant(small, "half"), two(func(i int, variant []byte, err error) {
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
	works(t, e)
}

// A worker that is killed while it has processors of the pool's caller gives them back.
func TestLentToALostWorker(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	lent := make(map[int64]int)
	job := two(nil)
	job.Spare = func(bytes int64) (func(), bool) {
		lent[bytes]++
		return func() {
			if lent[bytes]--; bytes == 1<<12 { // which the worker gives back itself, before it hangs
				cancel()
			}
		}, true
	}
	if err := e.Each(ctx, enchant(small, "borrow"), job); err != context.Canceled {
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
	works(t, e)
}

// A panic of who is yielded to leaves no half job behind.
func TestYieldPanics(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("got panic %v", p)
			}
		}()
		e.Each(t.Context(), small, two(func(int, []byte, error) { panic("mine") }))
	}()
	works(t, e)
}

// Close does not wait for pictures that do not end.
func TestClose(t *testing.T) {
	p := newPool(t, isolate.Config{Workers: 1})
	e := p.Engine(resize.EngineConfig{})
	err := e.Each(t.Context(), enchant(small, "half"), two(func(int, []byte, error) { go p.Close() }))
	if err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := e.Resize(t.Context(), small, resize.Transform{Width: 8}); err != context.Canceled {
		t.Errorf("afterwards: got %v, want %v", err, context.Canceled)
	}
}

// A worker that the machine ends says nothing about the picture.
func TestKilled(t *testing.T) {
	var last *exec.Cmd
	p := newPool(t, isolate.Config{Workers: 1, Command: func() *exec.Cmd { last = command(); return last }})
	e := p.Engine(resize.EngineConfig{})
	err := e.Each(t.Context(), enchant(small, "half"), two(func(int, []byte, error) { last.Process.Kill() }))
	if err == nil || errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("got %v, want an error that is not the picture's", err)
	}
	works(t, e)
	last.Process.Kill() // while it is idle
	works(t, e)
}

// Large pictures pass too, and small ones after them.
func TestLarge(t *testing.T) {
	e := newPool(t, isolate.Config{Workers: 1}).Engine(resize.EngineConfig{})
	for _, pad := range []int{0, 1 << 20, 40 << 20, 100, 20 << 20, 0} {
		out, err := e.Resize(t.Context(), append(bytes.Clone(small), make([]byte, pad)...), resize.Transform{Width: 32})
		if err != nil || resizetest.Decode(out[0]).Bounds().Dx() != 32 {
			t.Errorf("with %d bytes behind it: %v", pad, err)
		}
	}
}

// A pool whose workers do not start is none.
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
