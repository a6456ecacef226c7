package server

import (
	"fmt"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/render"
)

// The first fill of a large original keeps a mezzanine; small sizes are then made from it and large ones are not.
func TestMezzanine(t *testing.T) {
	if testing.Short() {
		t.Skip("one request at a time, many pixels")
	}
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(6000, 4000, 1))
	config := Config{Originals: a, Store: store, Revalidate: Never, Prefetch: Prefetch{MezzanineSide: 2048}, URLs: URLs{Exact: true}}
	o := start(t, config)
	mezzanine := cache.Key{Original: "cat.jpg", Transform: render.MezzanineName}
	tests := []struct {
		query         string
		width, height int
		reads         float64 // of the mezzanine, so far
	}{
		{"w=480", 480, 320, 0},
		{"w=640", 640, 427, 1},
		{"w=1365", 1365, 910, 2},
		{"w=1366", 1366, 911, 2},
		{"w=300&h=300&fit=cover", 300, 300, 3},
		{"w=1000&h=1000&fit=cover", 1000, 1000, 3},
		{"rect=0,0,90,90", 90, 90, 3},
	}
	for _, test := range tests {
		o.get("/img/cat.jpg?"+test.query).want(t, 200, test.width, test.height)
		o.settle()
		if got := o.metric("imgorigin_mezzanine_reads_total"); got != test.reads {
			t.Errorf("%s: got %v reads of the mezzanine so far, want %v", test.query, got, test.reads)
		}
		if _, err := store.Get(t.Context(), mezzanine); err != nil {
			t.Fatalf("%s: no mezzanine: %v", test.query, err)
		}
	}
	o.get("/v/cat.jpg/"+render.MezzanineName).want(t, 400, 0, 0)
	o.get("/img/cat.jpg/"+render.MezzanineName).want(t, 404, 0, 0)

	// One of an original that has changed is not looked at.
	a.put("cat.jpg", flat(6000, 4000, color.NRGBA{0, 0, 200, 255}))
	if got := average(t, o.get("/img/cat.jpg?w=333").body); got.B < 190 {
		t.Errorf("after a change: got %v, want blue", got)
	}
	o.settle()
	if got := o.memory.InUse(); got != 0 {
		t.Errorf("got %d bytes in use after all requests", got)
	}
}

func TestMezzanineOnlyOfWhatIsSlow(t *testing.T) {
	a, store := newOriginals(), newStore()
	o := start(t, Config{Originals: a, Store: store, Revalidate: Never, Prefetch: Prefetch{MezzanineSide: 2048}})
	for i, size := range [][2]int{{4000, 3000}, {100, 100}} {
		key := fmt.Sprintf("%d.jpg", i)
		a.put(key, photo(size[0], size[1], 1))
		o.get("/img/"+key+"?w=160").want(t, 200, min(160, size[0]), min(160, size[0])*size[1]/size[0])
	}
	o.settle()
	if len(variantsIn(store)) != 2 {
		t.Errorf("got %d things in the store, want the 2 variants", len(variantsIn(store)))
	}
}
