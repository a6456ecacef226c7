package logs

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes keeps each write apart.
type writes struct {
	mu  sync.Mutex
	all []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, string(p))
	return len(p), nil
}

// take returns the writes since the last call.
func (w *writes) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.all
	w.all = nil
	return all
}

func TestBatchedLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out writes
		b := NewBatched(&out)
		log := newLogger(b, "info", "text").With("process", 1)
		wrote := func(when string, lines ...int) {
			t.Helper()
			synctest.Wait()
			got := out.take()
			if len(got) != len(lines) {
				t.Fatalf("%s: got %d writes, want %d: %q", when, len(got), len(lines), got)
			}
			for i, n := range lines {
				if strings.Count(got[i], "\n") != n {
					t.Errorf("%s: got %q in write %d, want %d lines", when, got[i], i, n)
				}
			}
		}

		log.Info("first")
		wrote("after a quiet time", 1)
		for range 10 {
			log.Info("busy")
		}
		wrote("while it is busy")
		time.Sleep(logPause)
		wrote("after the pause", 10)
		log.Info("before")
		log.Warn("now")
		wrote("with a warning", 2)
		half := strings.Repeat("x", logBatch/2)
		log.Info("long", slog.String("one", half), slog.String("other", half))
		wrote("a batch is full", 1)
		log.Info("last")
		wrote("before Close")
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		wrote("with Close", 1)
		log.Info("late")
		wrote("after Close", 1)
		time.Sleep(time.Hour)
		wrote("an hour later")
	})
}
