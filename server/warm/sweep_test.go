package warm

import (
	"errors"
	"testing"

	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// Sweep drops what is stale, and starts over when the original changes meanwhile. It warms nothing, and always purges.
func TestWarmerSweep(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, CDN: edge})
	target.Put("a.jpg")
	handleAll(t, newWarmer(t, Config{Target: target}), target.LastEvent())
	if r, err := w.Sweep(t.Context(), "a.jpg"); err != nil || r.Dropped || r.Gone || len(target.Variants["a.jpg"]) != len(warmtest.Ladder) {
		t.Errorf("nothing is stale: got %+v, %v", r, err)
	}
	calls := 0
	target.Delay = func() {
		if calls++; calls == 2 { // between the look and the drop
			target.Put("a.jpg")
		}
	}
	if r, err := w.Sweep(t.Context(), "a.jpg"); err != nil || !r.Dropped || r.Gone || len(target.Variants["a.jpg"]) != 0 {
		t.Errorf("replaced meanwhile: got %+v, %v, %v left, want all dropped", r, err, target.Variants)
	}
	target.Delay = func() {}
	target.Request("a.jpg", "w=77.auto")
	target.Remove("a.jpg")
	if r, err := w.Sweep(t.Context(), "a.jpg"); err != nil || !r.Dropped || !r.Gone || len(target.Variants) != 0 {
		t.Errorf("removed: got %+v, %v, %v left", r, err, target.Variants)
	}
	if edge.calls["a.jpg"] != 3 || target.Decodes["a.jpg"] != 1 {
		t.Errorf("got %d purges and %d decodes, want 3 and that of the warming", edge.calls["a.jpg"], target.Decodes["a.jpg"])
	}
	target.Put("b.jpg")
	target.Request("b.jpg", "w=77.auto")
	target.Unreachable["b.jpg"] = errors.New("throttled")
	if r, err := w.Sweep(t.Context(), "b.jpg"); err == nil || len(target.Variants["b.jpg"]) != 1 || edge.calls["b.jpg"] != 0 {
		t.Errorf("unreachable: got %+v, %v, want an error and the variant kept", r, err)
	}
}
