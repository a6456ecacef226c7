package server

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/imgorigin/imgorigin/server/originals"
)

// While a bucket is out, drafts wait, which costs them nothing. Finals that are under way when the originals become
// unreachable can't be held against them, and are made again.
func TestFinalsWaitForAnOutageToEnd(t *testing.T) {
	for _, test := range []struct {
		out        string
		isUnderWay bool // the outage begins while the finals are made
		finals     int64
	}{
		{"originals", false, 2},
		{"originals", true, 4},
		{"variants", false, 2},
	} {
		t.Run(fmt.Sprintf("%s, under way %t", test.out, test.isUnderWay), func(t *testing.T) {
			t.Parallel()
			w := newFinalWorld(t)
			unreachable := fmt.Errorf("%w: out", originals.ErrUnreachable)
			var isOut atomic.Bool // the variants
			var met atomic.Int64  // requests that failed
			w.store.Before = func(context.Context, string, string) error {
				if !isOut.Load() {
					return nil
				}
				met.Add(1)
				return unreachable
			}
			w.originals.onFail = func() { met.Add(1) }
			begin := func() { w.originals.fail(unreachable) }
			end := func() { w.originals.fail(nil) }
			if test.out == "variants" {
				begin, end = func() { isOut.Store(true) }, func() { isOut.Store(false) }
			}
			if test.isUnderWay {
				w.onFinal = sync.OnceFunc(begin)
			}
			o := w.start(Drafts{})
			leave := o.fillGate()
			for _, path := range []string{"w=480", "w=320"} {
				o.get("/img/cat.jpg?fm=webp&" + path)
			}
			w.wantStored(true)
			if !test.isUnderWay {
				begin()
			}
			leave()
			until(t, "a request that fails", func() bool { return met.Load() > 0 })
			end()
			o.settle()
			for k, v := range variantsIn(w.store) {
				if v.Draft {
					t.Errorf("%s is a draft after the outage", k)
				}
			}
			if got := w.finals.Load(); got != test.finals {
				t.Errorf("got %d finals, want %d", got, test.finals)
			}
			for result, want := range map[string]float64{finalMade: 2, finalKept: 0, finalFailed: 0, finalElsewhere: 0, finalRefused: 0} {
				if got := o.metric(fmt.Sprintf("imgorigin_finals_total{result=%q}", result)); got != want {
					t.Errorf("got %v drafts that were %s, want %v", got, result, want)
				}
			}
		})
	}
}
