package server

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// The queue is bounded. What finds no place in it stays a draft, and is queued when it is found later.
func TestFinalsQueueIsBounded(t *testing.T) {
	w := newFinalWorld(t)
	o := w.start(Drafts{Queue: 2, Delay: time.Hour})
	for _, path := range []string{"w=160", "w=320", "w=480", "w=640"} {
		o.get("/img/cat.jpg?fm=webp&" + path)
	}
	if waiting, refused := o.finals.len(), o.metric(`imgorigin_finals_total{result="refused"}`); waiting != 2 || refused != 2 {
		t.Errorf("got %d waiting, %v refused, want 2 and 2", waiting, refused)
	}
	w.wantStored(true)
}

// The finals of several widths come from one decode, when the gate has room.
func TestFinalsShareADecodeAndWaitForRoom(t *testing.T) {
	w := newFinalWorld(t)
	o := w.start(Drafts{})
	leave := o.fillGate()
	for _, path := range []string{"w=320", "w=480", "w=640"} {
		o.get("/img/cat.jpg?fm=webp&" + path)
	}
	decodes := o.metric("imgorigin_decodes_total")
	time.Sleep(2 * finalPause)
	if got := w.finals.Load(); got != 0 {
		t.Errorf("got %d finals while most of the memory is in use", got)
	}
	leave()
	o.settle()
	if got := o.metric("imgorigin_decodes_total") - decodes; got != 1 || w.finals.Load() != 3 {
		t.Errorf("got %d finals from %v decodes, want 3 from 1", w.finals.Load(), got)
	}
}

// A draft that many requests find waits once.
func TestDraftWaitsOnce(t *testing.T) {
	w := newFinalWorld(t)
	first := w.start(Drafts{Delay: time.Hour})
	first.wantFinal480("draft", draftAge)
	w.age()
	second := w.start(Drafts{Delay: time.Hour})
	for range 3 {
		second.wantFinal480("draft", draftAge)
	}
	if got := second.finals.len(); got != 1 {
		t.Errorf("got %d drafts that wait, want 1", got)
	}
}

// A worker that saw room in the gate finds it taken. The drafts wait again.
func TestFinalsWaitForTheGateAgain(t *testing.T) {
	w := newFinalWorld(t)
	o := w.start(Drafts{Delay: time.Hour})
	o.wantFinal480("draft", draftAge)
	original, ts := o.finals.take()
	leave := o.fillGate()
	o.makeFinalsOf(t.Context(), original, ts)
	if got := o.finals.len(); got != 1 || w.finals.Load() != 0 {
		t.Fatalf("got %d drafts that wait, %d finals, want 1 and none", got, w.finals.Load())
	}
	leave()
	o.makeNextFinals(t.Context())
	w.wantStored(false)
}

// After a failure that has nothing to do with the image, such as a store that denies access, requests do not queue what they find for
// a while: each final would be in vain.
func TestDraftsRestAfterAFailure(t *testing.T) {
	w := newFinalWorld(t)
	var isDenied atomic.Bool
	w.store.Before = func(context.Context, string, string) error {
		if isDenied.Load() {
			return errors.New("access denied")
		}
		return nil
	}
	w.start(Drafts{Delay: time.Hour}).wantFinal480("draft", draftAge)
	w.age()
	o := w.start(Drafts{Delay: time.Hour})
	isDenied.Store(true)
	o.makeFinalsOf(t.Context(), "cat.jpg", []resize.Transform{{Width: 480, Format: resize.WebP}})
	isDenied.Store(false)
	o.wantFinal480("draft", draftAge)
	if got := o.finals.len(); got != 0 {
		t.Errorf("got %d drafts that wait, want none", got)
	}
	w.wantStored(true)
}

// A final that takes more than half of the memory would keep requests waiting: its draft is kept for good.
func TestFinalOfALargeImageIsNotMade(t *testing.T) {
	w := newFinalWorld(t)
	o := start(t, Config{
		Originals: w.originals, Store: w.store, Memory: 1 << 20, Revalidate: 0, MaxAge: time.Hour,
		Engine: w.engine(false), WarmEngine: w.engine(true), Drafts: Drafts{Formats: []resize.Format{resize.WebP}},
		Load: Load{GateBytes: 1 << 20},
	})
	o.wantFinal480("draft", draftAge)
	o.settle()
	o.wantFinal480("draft", finalAge)
	w.wantStored(false)
	if got := o.metric(`imgorigin_finals_total{result="failed"}`); got != 1 || w.finals.Load() != 0 {
		t.Errorf("got %v failed, %d finals, want 1 and 0", got, w.finals.Load())
	}
}

// Finals that take too much memory together are made each alone. One that takes too much alone is not made.
func TestFinalsAreMadeAloneInLittleMemory(t *testing.T) {
	w := newFinalWorld(t)
	o := start(t, Config{
		Originals: w.originals, Store: w.store, Memory: 1 << 20, Revalidate: 0, MaxAge: time.Hour,
		Engine: w.engine(false), WarmEngine: w.engine(true),
		Drafts: Drafts{Formats: []resize.Format{resize.WebP}, Delay: time.Hour},
		Load:   Load{GateBytes: 27 << 19}, // half of it is enough for w=480, and not for w=640
	})
	o.wantFinal480("draft", draftAge)
	o.get("/img/cat.jpg?w=640&fm=webp")
	o.makeNextFinals(t.Context())
	w.wantStored(false)
	for result, want := range map[string]float64{finalMade: 1, finalFailed: 1} {
		if got := o.metric(fmt.Sprintf("imgorigin_finals_total{result=%q}", result)); got != want {
			t.Errorf("got %v drafts that were %s, want %v", got, result, want)
		}
	}
}
