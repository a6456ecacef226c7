package warm

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// Of 220 originals, 20 will never decode. Each of them is decoded once, however often its event is delivered, and
// quarantined with its own reason. The others are warmed.
func TestHandleUndecodable(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	cached := quarantine.NewCached(m, nil)
	w := newWarmer(t, Config{Target: target, Quarantine: cached})
	sentinels := []error{resize.ErrCorrupt, resize.ErrUnsupported, resize.ErrTooLarge}
	for i := range 220 {
		key := fmt.Sprintf("%d.jpg", i)
		if i%11 == 0 {
			target.DecodeErrors[key] = fmt.Errorf("%w: error %d", sentinels[i/11%3], i)
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
	for key, errDecode := range target.DecodeErrors {
		c, ok := m.Cases[key]
		want, _ := quarantine.ReasonOf(errDecode)
		sameEvent := c.Event != nil && c.Event.Key == key
		sameETag := c.ETag == warmtest.ETag(target.Originals[key])
		if !ok || c.Reason != want || !sameETag || !sameEvent || target.Decodes[key] != 1 {
			t.Errorf("%s: got %+v after %d decodes, want %s after 1", key, c, target.Decodes[key], want)
		}
		texts[c.Error] = true
		if got := cached.DecodeError(t.Context(), key, c.ETag); !errors.Is(got, errDecode) && reasonOf(got) != want {
			t.Errorf("%s: got %v, want the error of the decode", key, got)
		}
	}
	if len(m.Cases) != 20 || len(texts) != 20 {
		t.Errorf("got %d cases with %d errors, want 20", len(m.Cases), len(texts))
	}

	// An original is decoded again once it was replaced.
	delete(target.DecodeErrors, "0.jpg")
	target.Put("0.jpg")
	handleAll(t, w, target.Events[len(target.Events)-1])
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
}

func reasonOf(err error) quarantine.Reason {
	reason, _ := quarantine.ReasonOf(err)
	return reason
}

// Variants are dropped when their original is replaced by one that does not decode.
func TestHandleReplacedByUndecodable(t *testing.T) {
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

// An event whose original could not be quarantined has to be handled again.
func TestHandleQuarantineDown(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	target.DecodeErrors["a.jpg"] = resize.ErrCorrupt
	m.Err = errors.New("down")
	if _, err := w.Handle(t.Context(), target.Events[0]); !errors.Is(err, m.Err) {
		t.Errorf("got %v, want an error, so that it is redelivered", err)
	}
	m.Err = nil
	ev := target.Events[0]
	ev.Redelivered = true
	handleAll(t, w, ev)
	if len(m.Cases) != 1 {
		t.Errorf("got %d cases, want 1", len(m.Cases))
	}
}

// An original is quarantined after its last attempt, and is still warmed when an event calls for it. The event of one that
// is gone stays: its variants were not dropped, and there is nothing to quarantine.
func TestExhausted(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	target.Put("gone.jpg")
	target.Remove("gone.jpg")
	target.Put("denied.jpg")
	target.Unreachable["denied.jpg"] = errors.New("access denied")
	cause := errors.New("throttled")
	for _, ev := range target.Events {
		want := error(nil)
		if ev.Key == "gone.jpg" {
			want = cause
		}
		if err := w.Exhausted(t.Context(), ev, cause); err != want {
			t.Errorf("%s: got %v, want %v", ev.Key, err, want)
		}
	}
	c := m.Cases["a.jpg"]
	if c.Reason != quarantine.Exhausted || c.Error != "throttled" || len(m.Cases) != 2 {
		t.Errorf("got %+v, want a.jpg and denied.jpg exhausted", m.Cases)
	}
	handleAll(t, w, target.Events[0])
	if len(target.Variants["a.jpg"]) != len(warmtest.Ladder) {
		t.Error("an original is not warmed after it was quarantined as exhausted")
	}
}

func TestDeadLetterWithoutQuarantine(t *testing.T) {
	w := newWarmer(t, Config{Target: warmtest.NewTarget()})
	if _, err := w.DeadLetter(t.Context(), s3event.Event{}); !errors.Is(err, errNoQuarantine) {
		t.Errorf("got %v, want errNoQuarantine", err)
	}
}

// A rowTable is a table that counts the items that are put into it. If err is not nil, it takes none.
type rowTable struct {
	rows int
	err  error
}

func (r *rowTable) DoJSON(_ context.Context, operation string, _, _ any) error {
	switch {
	case operation != "PutItem":
		return nil
	case r.err == nil:
		r.rows++
	}
	return r.err
}

// When the table can't be written, the next attempt writes the row, even if it is made by another process, which finds
// the case, and even if the original was moved, so that there is nothing to decode.
func TestHandleTableDown(t *testing.T) {
	for _, moves := range []bool{false, true} {
		target, m, table := warmtest.NewTarget(), quarantinetest.NewMemory(), &rowTable{err: errors.New("throttled")}
		store := quarantine.WithTable(m, quarantine.Table{Client: table, Name: "failures"})
		process := func() *Warmer {
			return newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(store, nil)})
		}
		target.Put("a.jpg")
		target.DecodeErrors["a.jpg"] = resize.ErrCorrupt
		ev := target.Events[0]
		if _, err := process().Handle(t.Context(), ev); !errors.Is(err, table.err) {
			t.Errorf("got %v, want the error of the table", err)
		}
		if moves {
			c := m.Cases["a.jpg"]
			c.Moved = true
			m.Cases["a.jpg"] = c
			delete(target.Originals, "a.jpg")
		}
		table.err = nil
		ev.Redelivered = true
		if _, err := process().Handle(t.Context(), ev); err != nil || table.rows != 1 || len(m.Cases) != 1 {
			t.Errorf("moved %t: got %v, %d rows and %d cases, want one each", moves, err, table.rows, len(m.Cases))
		}
	}
}
