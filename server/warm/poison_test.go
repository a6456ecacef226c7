package warm

import (
	"errors"
	"fmt"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// Twenty originals of two hundred and twenty will never decode. Each is tried once, however often its event
// comes, and ends in quarantine with its own reason; the others are warmed.
func TestPoison(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	reasons := quarantine.NewCached(m, nil)
	w := newWarmer(t, Config{Target: target, Quarantine: reasons})
	sentinels := []error{resize.ErrCorrupt, resize.ErrUnsupported, resize.ErrTooLarge}
	for i := range 220 {
		key := fmt.Sprintf("%d.jpg", i)
		if i%11 == 0 {
			target.DecodeErrors[key] = fmt.Errorf("%w: fault %d", sentinels[i/11%3], i)
		}
		target.Put(key)
	}
	for range 3 {
		for _, ev := range target.Events {
			ev.Sequencer = ""
			handleAll(t, w, ev)
		}
	}
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
	texts := make(map[string]bool)
	for key, fault := range target.DecodeErrors {
		c, ok := m.Cases[key]
		want, _ := quarantine.ReasonOf(fault)
		if !ok || c.Reason != want || c.ETag != warmtest.ETag(target.Originals[key]) || c.Event == nil || c.Event.Key != key || target.Decodes[key] != 1 {
			t.Errorf("%s: got %+v after %d decodes, want %s after 1", key, c, target.Decodes[key], want)
		}
		texts[c.Error] = true
		if got := reasons.DecodeError(t.Context(), key, c.ETag); !errors.Is(got, fault) && reasonText(got) != want {
			t.Errorf("%s: got %v, want what the decode said", key, got)
		}
	}
	if len(m.Cases) != 20 || len(texts) != 20 {
		t.Errorf("got %d cases with %d errors, want 20", len(m.Cases), len(texts))
	}

	// A new picture under the key is another matter.
	delete(target.DecodeErrors, "0.jpg")
	target.Put("0.jpg")
	handleAll(t, w, target.Events[len(target.Events)-1])
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
}

func reasonText(err error) quarantine.Reason {
	reason, _ := quarantine.ReasonOf(err)
	return reason
}

// Old variants of an original go even when the new bytes won't decode.
func TestPoisonOverGood(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	handleAll(t, w, target.Events[0])
	target.DecodeErrors["a.jpg"] = resize.ErrCorrupt
	target.Put("a.jpg")
	handleAll(t, w, target.Events[1])
	if len(target.Variants["a.jpg"]) != 0 || len(m.Cases) != 1 {
		t.Errorf("got %v stored, %d cases, want none and 1", target.Variants["a.jpg"], len(m.Cases))
	}
}

func TestQuarantineDown(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	target.DecodeErrors["a.jpg"] = resize.ErrCorrupt
	m.Err = errors.New("down")
	if err := w.Handle(t.Context(), target.Events[0]); !errors.Is(err, m.Err) {
		t.Errorf("got %v, want it to come again", err)
	}
	m.Err = nil
	ev := target.Events[0]
	ev.Redelivered = true
	handleAll(t, w, ev)
	if len(m.Cases) != 1 {
		t.Errorf("got %d cases, want 1", len(m.Cases))
	}
}

func TestGiveUp(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	target.Put("gone.jpg")
	target.Remove("gone.jpg")
	target.Put("dark.jpg")
	target.Unreachable["dark.jpg"] = errors.New("access denied")
	for _, ev := range target.Events {
		if err := w.GiveUp(t.Context(), ev, errors.New("throttled")); err != nil {
			t.Error(err)
		}
	}
	c := m.Cases["a.jpg"]
	if c.Reason != quarantine.Exhausted || c.Error != "throttled" || len(m.Cases) != 2 {
		t.Errorf("got %+v, want a.jpg and dark.jpg exhausted", m.Cases)
	}
	handleAll(t, w, target.Events[0])
	if len(target.Variants["a.jpg"]) != len(warmtest.Ladder) {
		t.Error("what was given up is not tried any more")
	}
}

func TestDeadLetterWithoutQuarantine(t *testing.T) {
	w := newWarmer(t, Config{Target: warmtest.NewTarget()})
	if err := w.DeadLetter(t.Context(), s3event.Event{}); !errors.Is(err, errNoQuarantine) {
		t.Errorf("got %v, want errNoQuarantine", err)
	}
}
