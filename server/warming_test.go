package server

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

func TestWarm(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	ts := []resize.Transform{{Width: 160}, {Width: 320}, {Width: 480, Format: resize.PNG}, {Rect: resize.Rect{X: 900, W: 1, H: 1}}}
	for _, want := range [][2]int{{3, 0}, {0, 3}} { // what can't be made is tried again, and no error
		made, skipped, err := o.Warm(t.Context(), "cat.jpg", ts)
		if made != want[0] || skipped != want[1] || err != nil {
			t.Errorf("got %d made, %d skipped, %v, want %v", made, skipped, err, want)
		}
	}
	if got := o.metric("imgorigin_decodes_total"); got != 2 {
		t.Errorf("got %v decodes, want 2", got)
	}
	if got := o.get("/img/cat.jpg?w=320").Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("then: got Cache-Status %q", got)
	}
	a.put("cat.jpg", photo(400, 300, 2))
	if made, _, err := o.Warm(t.Context(), "cat.jpg", ts[:2]); made != 2 || err != nil {
		t.Errorf("after a change: got %d made, %v, want 2", made, err)
	}
	if _, err := o.Drop(t.Context(), "cat.jpg"); err != nil || len(variantsIn(store)) != 0 || o.memory.Len() != 0 {
		t.Errorf("after a drop: got %v, %d stored, %d in memory", err, len(variantsIn(store)), o.memory.Len())
	}
}

func TestWarmFails(t *testing.T) {
	a := newOriginals()
	a.put("text.jpg", []byte("no image at all, but text"))
	o := start(t, Config{Originals: a, Store: newStore()})
	ts := []resize.Transform{{Width: 160}}
	if _, _, err := o.Warm(t.Context(), "no.jpg", ts); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: got %v, want fs.ErrNotExist", err)
	}
	if _, _, err := o.Warm(t.Context(), "text.jpg", ts); !errors.Is(err, resize.ErrUnsupported) {
		t.Errorf("text: got %v, want ErrUnsupported", err)
	}
	a.fail(errors.New("out"))
	if _, _, err := o.Warm(t.Context(), "text.jpg", ts); !errors.Is(err, originals.ErrUnreachable) ||
		errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("originals out: got %v, want an error that may pass", err)
	}
}

// allCorrupt remembers every original as corrupt.
type allCorrupt struct{}

func (allCorrupt) DecodeError(context.Context, string, string) error { return resize.ErrCorrupt }

func TestQuarantinedOriginalsAreNotDecoded(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, Quarantine: allCorrupt{}})
	o.get("/img/cat.jpg?w=320").want(t, 422, 0, 0)
	if got := o.metric("imgorigin_decodes_total"); got != 0 {
		t.Errorf("got %v decodes, want none", got)
	}
}
