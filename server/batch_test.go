package server

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/render"
)

// A stoppedEngine waits before each decode until it may go on.
type stoppedEngine struct {
	resize.Engine
	goOn        chan struct{}
	ignoresMore bool // never calls Job.More
}

func (e *stoppedEngine) Each(ctx context.Context, src []byte, job resize.Job) error {
	<-e.goOn
	if e.ignoresMore {
		job.More = nil
	}
	return e.Engine.Each(ctx, src, job)
}

// settle waits for the work that goes on after the answers.
func (o *origin) settle() {
	o.background.Wait()
	o.finishing.Wait()
	o.renderer.Wait(context.Background())
}

// lateLen returns how many transforms have joined the decode of an original that is under way.
func (o *origin) lateLen(original string) int { return o.joinable(original).Late }

// decoding reports whether there is a decode of an original that can be joined.
func (o *origin) decoding(original string) bool { return o.joinable(original).Phase == "decoding" }

// joinable returns the newest batch of an original that is not sealed, or the zero state.
func (o *origin) joinable(original string) (newest render.BatchState) {
	for _, b := range o.renderer.State() {
		if b.Original == original && b.Phase != "sealed" && !b.Began.Before(newest.Began) {
			newest = b
		}
	}
	return newest
}

// A request for another size while the original is being decoded gets it from that decode, if that is large enough.
func TestJoiningADecode(t *testing.T) {
	for _, test := range []struct {
		name        string
		ignoresMore bool
		larger      bool
		decodes     float64
	}{
		{"smaller ones", false, false, 1},
		{"smaller ones, of an engine that does not ask", true, false, 2},
		{"and larger ones", false, true, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newOriginals()
			a.put("cat.jpg", photo(1600, 1200, 1))
			engine := &stoppedEngine{resize.NewEngine(resize.EngineConfig{}), make(chan struct{}), test.ignoresMore}
			o := start(t, Config{Originals: a, Engine: engine, Memory: 1 << 20, URLs: URLs{Exact: true}, Revalidate: time.Minute})
			const late = 10
			together(late+2, func(i int) {
				switch {
				case i == 0:
					o.get("/img/cat.jpg?w=400").want(t, 200, 400, 300)
				case i <= late:
					await(func() bool { return o.decoding("cat.jpg") })
					got := o.get(fmt.Sprintf("/img/cat.jpg?w=%d", 100+i*4))
					got.want(t, 200, 100+i*4, 75+i*3)
					if timing := got.Header.Get("Server-Timing"); !strings.HasPrefix(timing, "joined;dur=") {
						t.Errorf("got a Server-Timing of %q", timing)
					}
				default:
					await(func() bool { return o.lateLen("cat.jpg") == late })
					var larger sync.WaitGroup
					if test.larger { // opens a batch of its own
						larger.Go(func() { o.get("/img/cat.jpg?w=1200").want(t, 200, 1200, 900) })
						await(func() bool { return o.batchLen("cat.jpg") == 1 })
					}
					close(engine.goOn)
					larger.Wait()
				}
			})
			o.fills.Wait(t.Context())
			o.settle()
			if got := o.metric("imgorigin_decodes_total"); got != test.decodes {
				t.Errorf("got %v decodes, want %v", got, test.decodes)
			}
			if got, want := o.metric("imgorigin_joined_decodes_total"), map[bool]float64{false: late}[test.ignoresMore]; got != want {
				t.Errorf("got %v variants from a joined decode, want %v", got, want)
			}
		})
	}
}

// Requests that join a decode take memory at the gate for their variants. Where there is none, a request is made alone.
func TestJoiningADecodeTakesMemory(t *testing.T) {
	original := photo(1600, 1200, 1)
	for _, isFull := range []bool{false, true} {
		a := newOriginals()
		a.put("cat.jpg", original)
		engine := &stoppedEngine{resize.NewEngine(resize.EngineConfig{}), make(chan struct{}), false}
		o := start(t, Config{Originals: a, Engine: engine, Memory: 1 << 20, URLs: URLs{Exact: true}, Revalidate: time.Minute})
		together(2, func(i int) {
			if i == 0 {
				o.get("/img/cat.jpg?w=400").want(t, 200, 400, 300)
				return
			}
			await(func() bool { return o.decoding("cat.jpg") })
			before := o.gate.Stats()
			leave := func() {}
			if isFull {
				leave, _ = o.gate.Enter(t.Context(), before.Budget-before.Bytes)
			}
			go func() {
				if isFull {
					await(func() bool { return o.gate.Stats().Waiting == 1 })
					leave()
				} else {
					await(func() bool { return o.lateLen("cat.jpg") == 1 })
					if got, want := o.gate.Stats().Bytes, estimate(t, original, 400, 300); got != want || got <= before.Bytes {
						t.Errorf("got %d bytes at the gate with both widths, %d before, want %d", got, before.Bytes, want)
					}
				}
				close(engine.goOn)
			}()
			o.get("/img/cat.jpg?w=300").want(t, 200, 300, 225)
		})
		o.settle()
		want := map[bool]float64{false: 1, true: 2}[isFull]
		if got := o.metric("imgorigin_decodes_total"); got != want {
			t.Errorf("full is %t: got %v decodes, want %v", isFull, got, want)
		}
		if got := o.gate.Stats().Bytes; got != 0 {
			t.Errorf("full is %t: got %d bytes at the gate in the end, want 0", isFull, got)
		}
	}
}

// estimate returns the memory that JPEGs of some widths of an original take.
func estimate(t *testing.T, original []byte, widths ...int) int64 {
	t.Helper()
	h, err := resize.ProbeBytes(original)
	if err != nil {
		t.Fatal(err)
	}
	var ts []resize.Transform
	for _, width := range widths {
		ts = append(ts, resize.Transform{Width: width, Format: resize.JPEG})
	}
	return h.Memory(int64(len(original)), resize.EngineConfig{}, ts...)
}

// A lostEngine waits at its first decode until it may go on, and then fails in a way that says nothing about the image.
type lostEngine struct {
	resize.Engine
	goOn     chan struct{}
	asksMore bool // calls Job.More before it fails
	fail     func() error
	failed   atomic.Bool
}

func (e *lostEngine) Each(ctx context.Context, src []byte, job resize.Job) error {
	if e.failed.Swap(true) {
		return e.Engine.Each(ctx, src, job)
	}
	<-e.goOn
	if e.asksMore {
		job.More()
	}
	return e.fail()
}

// Requests that joined a lost decode get another one. An error about the image is theirs too.
func TestJoiningALostDecode(t *testing.T) {
	for _, test := range []struct {
		name         string
		asksMore     bool
		fail         func() error
		status, late int
	}{
		{"a process that was killed", false, func() error { return errors.New("lost") }, 500, 200},
		{"a process that was killed later", true, func() error { return errors.New("lost") }, 500, 200},
		{"a panic", false, func() error { panic("lost") }, 500, 200},
		{"a corrupt image", false, func() error { return resize.ErrCorrupt }, 422, 422},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newOriginals()
			a.put("cat.jpg", photo(800, 600, 1))
			engine := &lostEngine{Engine: resize.NewEngine(resize.EngineConfig{}), goOn: make(chan struct{}),
				asksMore: test.asksMore, fail: test.fail}
			o := start(t, Config{Originals: a, Engine: engine, URLs: URLs{Exact: true}, Revalidate: time.Minute})
			together(2, func(i int) {
				if i == 0 {
					o.get("/img/cat.jpg?w=400").want(t, test.status, 0, 0)
					return
				}
				await(func() bool { return o.decoding("cat.jpg") })
				go func() {
					await(func() bool { return o.lateLen("cat.jpg") == 1 })
					close(engine.goOn)
				}()
				o.get("/img/cat.jpg?w=200").want(t, test.late, 0, 0)
			})
		})
	}
}

// A request after an original was overwritten and dropped does not join a decode of the old bytes.
func TestNoRequestJoinsAnOldDecode(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", flat(400, 400, color.NRGBA{200, 0, 0, 255}))
	engine := &stoppedEngine{resize.NewEngine(resize.EngineConfig{}), make(chan struct{}), false}
	o := start(t, Config{Originals: a, Engine: engine, Store: newStore(), Memory: 1 << 20, URLs: URLs{Exact: true}, Revalidate: Never})
	together(2, func(i int) {
		if i == 0 {
			o.get("/img/cat.jpg?w=300").want(t, 200, 300, 300)
			return
		}
		await(func() bool { return o.decoding("cat.jpg") })
		a.put("cat.jpg", flat(400, 400, color.NRGBA{0, 0, 200, 255}))
		if _, err := o.Drop(t.Context(), "cat.jpg"); err != nil {
			t.Error(err)
		}
		go func() {
			await(func() bool { return o.batchLen("cat.jpg") == 1 })
			close(engine.goOn)
		}()
		if got := average(t, o.get("/img/cat.jpg?w=200").body); got.R > 10 {
			t.Errorf("got %v: of the old original", got)
		}
	})
	if got := average(t, o.get("/img/cat.jpg?w=300").body); got.R > 10 {
		t.Errorf("kept %v: of the old original", got)
	}
	if got := o.metric(`imgorigin_fills_total{result="overtaken"}`); got != 1 {
		t.Errorf("got %v overtaken fills, want the first alone", got)
	}
}

// A prefetched variant that a request asks for is made once and kept once.
func TestJoiningAPrefetch(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(1600, 1200, 1))
	engine := &stoppedEngine{resize.NewEngine(resize.EngineConfig{}), make(chan struct{}), false}
	o := start(t, Config{Originals: a, Engine: engine, Store: store, Memory: 1 << 20, Revalidate: Never,
		Prefetch: Prefetch{Widths: []int{160, 320}}})
	together(2, func(i int) {
		if i == 0 {
			o.get("/img/cat.jpg?w=640").want(t, 200, 640, 480)
			return
		}
		await(func() bool { return o.batchLen("cat.jpg") == 3 })
		go func() {
			await(func() bool { return o.isAwaited("cat.jpg", 160) })
			close(engine.goOn)
		}()
		o.get("/img/cat.jpg?w=160").want(t, 200, 160, 120)
	})
	o.settle()
	if got := o.metric("imgorigin_decodes_total"); got != 1 {
		t.Errorf("got %v decodes, want 1", got)
	}
	if got := o.metric(`imgorigin_fills_total{result="sibling"}`); got != 1 {
		t.Errorf("got %v prefetched variants without a request, want 1", got)
	}
	if len(variantsIn(store)) != 3 {
		t.Errorf("got %d variants in the store, want 3", len(variantsIn(store)))
	}
}

// isAwaited reports whether a request waits for a width of an original that is being made.
func (o *origin) isAwaited(original string, width int) bool {
	b := o.joinable(original)
	hasWidth := func(t resize.Transform) bool { return t.Width == width }
	return slices.ContainsFunc(b.Transforms, hasWidth) && !slices.ContainsFunc(b.Prefetched, hasWidth)
}
