package server

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateAdmitsByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(100, 10, 0, 1)
		leave60, err := g.Enter(t.Context(), 60)
		if err != nil {
			t.Fatal(err)
		}
		leave40, err := g.Enter(t.Context(), 40)
		if err != nil {
			t.Fatal(err)
		}
		entered := make(chan func())
		go func() {
			leave, _ := g.Enter(t.Context(), 1000) // larger than the budget: alone
			entered <- leave
		}()
		synctest.Wait()
		if got := g.waiting.Load(); got != 1 {
			t.Fatalf("got %d waiting, want 1", got)
		}
		leave60()
		synctest.Wait()
		if got := g.inUse.Load(); got != 40 {
			t.Errorf("got %d bytes in use, want 40: what is larger than the budget came in beside others", got)
		}
		leave40()
		leave := <-entered
		if got := g.inUse.Load(); got != 100 {
			t.Errorf("got %d bytes in use, want 100", got)
		}
		leave()
		if got := g.inUse.Load(); got != 0 {
			t.Errorf("got %d bytes in use at the end, want 0", got)
		}
	})
}

func TestGateRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(100, 1, 0, 1)
		leave, err := g.Enter(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		late := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := g.Enter(ctx, 1)
			late <- err
		}()
		synctest.Wait()
		if _, err := g.Enter(t.Context(), 1); !errors.Is(err, errBusy) {
			t.Errorf("full queue: got %v, want errBusy", err)
		}
		if err := <-late; !errors.Is(err, errBusy) {
			t.Errorf("after the wait: got %v, want errBusy", err)
		}
		if got := g.refusals.Load(); got != 2 {
			t.Errorf("got %d refusals, want 2", got)
		}
		if got := g.waiting.Load(); got != 0 {
			t.Errorf("got %d waiting, want 0", got)
		}
	})
}

// Work that would wait too long is refused at once, as soon as it is known how long work takes.
func TestGateRefusesWhatWouldWaitLong(t *testing.T) {
	g := newGate(100, 100, time.Second, 2)
	enter := func(want error) {
		t.Helper()
		if _, err := g.Enter(t.Context(), 1); !errors.Is(err, want) {
			t.Errorf("with %d inside: got %v, want %v", g.inside.Load(), err, want)
		}
	}
	for range 9 {
		enter(nil)
	}
	g.Worked(time.Second) // a single slow one, as the first often is, says nothing
	enter(nil)
	for range 40 {
		g.Worked(250 * time.Millisecond) // 10 of them on 2 processors: 1.25 s
	}
	enter(errBusy)
	if g.refusals.Load() != 1 || g.inside.Load() != 10 {
		t.Errorf("got %d refusals and %d inside", g.refusals.Load(), g.inside.Load())
	}
	for range 100 {
		g.Worked(50 * time.Millisecond)
	}
	enter(nil)

	few := newGate(100, 100, time.Second, 2)
	few.Worked(time.Minute) // and yet four of them are no queue
	for range 4 {
		if _, err := few.Enter(t.Context(), 1); err != nil {
			t.Errorf("got %v", err)
		}
	}
}

// What is lent for encoding side by side is what is free, and comes back.
func TestSpareProcessors(t *testing.T) {
	o := start(t, Config{Originals: newAlbum(), Processors: 2, GateBytes: 100})
	first, ok := o.spare(60)
	if !ok {
		t.Fatal("nothing to spare at first")
	}
	if _, ok := o.spare(60); ok {
		t.Error("lends more memory than there is")
	}
	second, ok := o.spare(40)
	if !ok {
		t.Fatal("the second processor is gone: lost when there was no memory?")
	}
	if _, ok := o.spare(0); ok {
		t.Error("lends more processors than there are")
	}
	first()
	second()
	if got := o.gate.inUse.Load(); got != 0 {
		t.Errorf("got %d bytes in use at the end", got)
	}
	if !o.processors.TryAcquire(2) {
		t.Error("processors did not come back")
	}
}

// What nobody asked for is made only where it keeps nobody from a processor either.
func TestGateHasRoom(t *testing.T) {
	g := newGate(1000, 10, 0, 2)
	for pieces, want := range []bool{true, true, true, false} { // two are at work, a third waits for one of them
		if got := g.hasRoom(); got != want {
			t.Errorf("with %d pieces inside: got %v, want %v", pieces, got, want)
		}
		leave, err := g.Enter(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	big := newGate(1000, 10, 0, 2)
	leave, err := big.Enter(t.Context(), 600)
	if err != nil {
		t.Fatal(err)
	}
	if big.hasRoom() {
		t.Error("with more than half of the memory in use there is room")
	}
	leave()
	if !big.hasRoom() {
		t.Error("with nothing inside there is no room")
	}
}
