package server

import (
	"image/color"
	"sync/atomic"
	"testing"
)

// A request asks for one size; others come from the same decode and are in memory when they are requested.
func TestPrefetch(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never,
		Prefetch: Prefetch{Widths: []int{160, 320, 480, 1080}}})
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 240)
	o.settle()
	if len(variantsIn(store)) != 3 { // 1080 is more than the original has
		t.Errorf("got %d variants in the store, want 3", len(variantsIn(store)))
	}
	for _, path := range []string{"/img/cat.jpg?w=160", "/img/cat.jpg?w=480"} {
		got := o.get(path)
		if status := got.Header.Get("Cache-Status"); status != "imgorigin; hit; detail=memory" {
			t.Errorf("%s: got Cache-Status %q", path, status)
		}
	}
	o.get("/img/cat.jpg?w=640").want(t, 200, 640, 480)
	o.settle()
	if got := o.metric("imgorigin_decodes_total"); got != 2 {
		t.Errorf("got %v decodes, want 2", got)
	}
	if got := o.metric(`imgorigin_fills_total{result="sibling"}`); got != 2 {
		t.Errorf("got %v prefetched variants, want 2: they are tried once", got)
	}
}

func TestPrefetchNeedsRoomAndAStore(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	full := start(t, Config{Originals: a, Store: store, Prefetch: Prefetch{Widths: []int{160}}, Load: Load{GateBytes: 1}})
	full.get("/img/cat.jpg?w=320").want(t, 200, 320, 240)
	full.settle()
	if len(variantsIn(store)) != 1 {
		t.Errorf("with a full gate: got %d variants, want 1", len(variantsIn(store)))
	}
	bare := start(t, Config{Originals: a, Memory: 1 << 20, Prefetch: Prefetch{Widths: []int{160}}})
	bare.get("/img/cat.jpg?w=320").want(t, 200, 320, 240)
	bare.settle()
	if bare.memory.Len() != 1 {
		t.Errorf("without a store: got %d variants, want 1", bare.memory.Len())
	}
}

// An original that changes while its prefetched variants are made leaves none of them.
func TestPrefetchOfAChangedOriginal(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(400, 400, color.NRGBA{200, 0, 0, 255}))
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never, Prefetch: Prefetch{Widths: []int{160, 320}}})
	var changes atomic.Int64
	a.onStat = func() {
		if changes.Add(1) == 1 {
			a.put("cat.jpg", flat(400, 400, color.NRGBA{0, 0, 200, 255}))
		}
	}
	o.get("/img/cat.jpg?w=480").want(t, 200, 400, 400)
	o.settle()
	o.fills.Wait(t.Context())
	for k, v := range variantsIn(store) {
		if got := average(t, v.Body); got.R > 10 {
			t.Errorf("%v is %v: of the old original", k, got)
		}
	}
}
