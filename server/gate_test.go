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
		g := newGate(100, 10)
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
		g := newGate(100, 1)
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
