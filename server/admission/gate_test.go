package admission

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateAdmitsByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(GateConfig{Bytes: 100, Queue: 10, Patience: 0, Processors: 1})
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
		if got := g.Stats().Bytes; got != 40 {
			t.Errorf("got %d bytes in use, want 40: what is larger than the budget came in beside others", got)
		}
		leave40()
		leave := <-entered
		if got := g.Stats().Bytes; got != 100 {
			t.Errorf("got %d bytes in use, want 100", got)
		}
		leave()
		if got := g.Stats().Bytes; got != 0 {
			t.Errorf("got %d bytes in use at the end, want 0", got)
		}
	})
}

func TestGateRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(GateConfig{Bytes: 100, Queue: 1, Patience: 0, Processors: 1})
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
		if _, err := g.Enter(t.Context(), 1); !errors.Is(err, ErrBusy) {
			t.Errorf("full queue: got %v, want ErrBusy", err)
		}
		if err := <-late; !errors.Is(err, ErrBusy) {
			t.Errorf("after the wait: got %v, want ErrBusy", err)
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
	g := NewGate(GateConfig{Bytes: 100, Queue: 100, Patience: time.Second, Processors: 2})
	enter := func(want error) {
		t.Helper()
		if _, err := g.Enter(t.Context(), 1); !errors.Is(err, want) {
			t.Errorf("with %d inside: got %v, want %v", g.inside.Load(), err, want)
		}
	}
	for range 9 {
		enter(nil)
	}
	g.observe(time.Second) // a single slow one, as the first often is, says nothing
	enter(nil)
	for range 40 {
		g.observe(250 * time.Millisecond) // 10 of them on 2 processors: 1.25 s
	}
	enter(ErrBusy)
	if g.refusals.Load() != 1 || g.inside.Load() != 10 {
		t.Errorf("got %d refusals and %d inside", g.refusals.Load(), g.inside.Load())
	}
	for range 100 {
		g.observe(50 * time.Millisecond)
	}
	enter(nil)

	few := NewGate(GateConfig{Bytes: 100, Queue: 100, Patience: time.Second, Processors: 2})
	few.observe(time.Minute) // and yet four of them are no queue
	for range 4 {
		if _, err := few.Enter(t.Context(), 1); err != nil {
			t.Errorf("got %v", err)
		}
	}
}

// Spare lends what is free, and everything comes back.
func TestGateSpare(t *testing.T) {
	g := NewGate(GateConfig{Bytes: 100, Queue: 10, Processors: 2})
	first, ok := g.Spare(60)
	if !ok {
		t.Fatal("nothing to spare at first")
	}
	if _, ok := g.Spare(60); ok {
		t.Error("lends more memory than there is")
	}
	second, ok := g.Spare(40)
	if !ok {
		t.Fatal("the second processor is gone: lost when there was no memory?")
	}
	if _, ok := g.Spare(0); ok {
		t.Error("lends more processors than there are")
	}
	first()
	second()
	if got := g.Stats().Bytes; got != 0 {
		t.Errorf("got %d bytes in use at the end", got)
	}
	if !g.processors.TryAcquire(2) {
		t.Error("processors did not come back")
	}
}

// Prefetching may not delay a request, neither for memory nor for a processor.
func TestGateHasRoom(t *testing.T) {
	g := NewGate(GateConfig{Bytes: 1000, Queue: 10, Patience: 0, Processors: 2})
	for jobs, want := range []bool{true, true, true, false} { // two compute, a third waits for a processor
		if got := g.HasRoom(); got != want {
			t.Errorf("with %d jobs inside: got %v, want %v", jobs, got, want)
		}
		leave, err := g.Enter(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	big := NewGate(GateConfig{Bytes: 1000, Queue: 10, Patience: 0, Processors: 2})
	leave, err := big.Enter(t.Context(), 600)
	if err != nil {
		t.Fatal(err)
	}
	if big.HasRoom() {
		t.Error("with more than half of the memory in use there is room")
	}
	leave()
	if !big.HasRoom() {
		t.Error("with nothing inside there is no room")
	}
}

// A job aside never waits, and none waits for its processor.
func TestGateEnterAside(t *testing.T) {
	g := NewGate(GateConfig{Bytes: 100, Queue: 10, Patience: time.Second, Processors: 2})
	aside, err := g.EnterAside(50)
	if err != nil {
		t.Fatal(err)
	}
	leave, err := g.Enter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.EnterAside(10); !errors.Is(err, ErrBusy) {
		t.Errorf("with more than half of the memory in use: got %v, want ErrBusy", err)
	}
	leave()
	for range 2 { // all processors are there for others
		release, err := g.Processor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
	aside()
	for jobs, want := range []error{nil, nil, ErrBusy} { // with two inside, both processors have work
		leaveAside, err := g.EnterAside(10)
		if !errors.Is(err, want) {
			t.Errorf("with %d jobs inside: got %v, want %v", jobs, err, want)
		}
		if err == nil {
			leaveAside()
		}
		leave, err := g.Enter(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	if s := g.Stats(); s.Bytes != 30 || s.Inside != 3 || s.Refusals != 0 {
		t.Errorf("got %+v, want what the three others hold, and no refusals", s)
	}
	idle := NewGate(GateConfig{Bytes: 100, Queue: 10, Processors: 2})
	if _, err := idle.EnterAside(51); !errors.Is(err, ErrTooLargeAside) {
		t.Errorf("more than half of the memory: got %v, want ErrTooLargeAside", err)
	}
}
