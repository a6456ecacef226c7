package warm

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// The newest version of an original is deleted by its id: the one before it is current again. The event says that the
// original was removed, and it is there.
func TestHandleVersionDeletion(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, CDN: edge})
	target.Put("a.jpg")
	handleAll(t, w, target.LastEvent())
	first := target.Originals["a.jpg"]
	target.Put("a.jpg")
	handleAll(t, w, target.LastEvent())
	target.Request("a.jpg", "w=77.auto") // of the second version, and not among those that are warmed
	target.Remove("a.jpg")
	target.Originals["a.jpg"] = first
	handleAll(t, w, target.LastEvent())
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
	if _, ok := target.Variants["a.jpg"]["w=77.auto"]; ok {
		t.Error("a variant of the deleted version is still stored")
	}
}

// The variants of the present state stay, and nothing is made again. They may have replaced others that caches have: they
// are purged, once.
func TestHandleSparesCurrentVariants(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	target.Put("a.jpg")
	handleAll(t, newWarmer(t, Config{Target: target}), target.LastEvent())
	target.Request("a.jpg", "w=77.auto")
	handleAll(t, newWarmer(t, Config{Target: target, CDN: edge}), target.LastEvent())
	if len(target.Variants["a.jpg"]) != len(warmtest.Ladder)+1 || target.Decodes["a.jpg"] != 1 || edge.calls["a.jpg"] != 1 {
		t.Errorf("got %d variants, %d decodes, %d invalidations, want all of %d, 1 and 1",
			len(target.Variants["a.jpg"]), target.Decodes["a.jpg"], edge.calls["a.jpg"], len(warmtest.Ladder)+1)
	}
}

// A process was killed between a put and the look after it, or a put landed after its client had given up: the variant of
// the old state is found the second time.
func TestHandleSecond(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, CDN: edge})
	target.Put("a.jpg")
	old := target.Originals["a.jpg"]
	handleAll(t, w, target.LastEvent())
	target.Put("a.jpg")
	second, err := w.Handle(t.Context(), target.LastEvent())
	if err != nil || second == nil || !second.Second || !second.Purge || edge.calls["a.jpg"] != 1 {
		t.Fatalf("got %+v, %v after %d invalidations, want a second event that purges", second, err, edge.calls["a.jpg"])
	}
	target.Variants["a.jpg"]["w=77.auto"] = old
	third, err := w.Handle(t.Context(), *second)
	if err != nil || third != nil || edge.calls["a.jpg"] != 2 {
		t.Errorf("got %+v, %v after %d invalidations, want no third event and 2", third, err, edge.calls["a.jpg"])
	}
	if _, ok := target.Variants["a.jpg"]["w=77.auto"]; ok {
		t.Error("the late variant is still stored")
	}
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
}

// An upload under a new key has nothing to purge, the second time neither.
func TestHandleNewKeyPurgesNothing(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, CDN: edge})
	target.Put("a.jpg")
	second, err := w.Handle(t.Context(), target.LastEvent())
	if err != nil || second == nil || second.Purge {
		t.Fatalf("got %+v, %v, want a second event that does not purge", second, err)
	}
	handleAll(t, w, *second)
	if edge.calls["a.jpg"] != 0 || target.Decodes["a.jpg"] != 1 {
		t.Errorf("got %d invalidations and %d decodes, want none and 1", edge.calls["a.jpg"], target.Decodes["a.jpg"])
	}
}

// No event is done before its drop is proven, and a failed attempt purges nothing.
func TestHandleUnprovenDrop(t *testing.T) {
	target, edge, m := warmtest.NewTarget(), new(recordingCDN), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, CDN: edge, Quarantine: quarantine.NewCached(m, nil)})
	target.Put("a.jpg")
	handleAll(t, w, target.LastEvent())
	out := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, change := range []func(string){target.Put, target.Remove} {
		change("a.jpg")
		target.Undroppable["a.jpg"] = out
		_, err := w.Handle(t.Context(), target.LastEvent())
		if !errors.Is(err, out) || !IsOutage(err) {
			t.Errorf("got %v, want the outage", err)
		}
		if _, err := w.DeadLetter(t.Context(), target.LastEvent()); !errors.Is(err, out) || len(m.Cases) != 0 {
			t.Errorf("dead letter: got %v and %d cases, want the outage and none", err, len(m.Cases))
		}
		if edge.calls["a.jpg"] != 0 {
			t.Errorf("got %d invalidations of what is not dropped", edge.calls["a.jpg"])
		}
	}
	delete(target.Undroppable, "a.jpg")
	handleAll(t, w, target.LastEvent())
	if len(target.Variants["a.jpg"]) != 0 || edge.calls["a.jpg"] != 1 {
		t.Errorf("got %d variants and %d invalidations, want none and 1", len(target.Variants["a.jpg"]), edge.calls["a.jpg"])
	}
}

func TestIsOutage(t *testing.T) {
	for err, want := range map[error]bool{
		errors.New("no space"): false,
		errTimeout:             false,
		errors.Join(errTimeout, admission.ErrOpen):  false,
		admission.ErrOpen:                           true,
		&InvalidateError{"a", errors.New("denied")}: true,
		&net.OpError{Err: errors.New("reset")}:      true,
		context.DeadlineExceeded:                    true,
		context.Canceled:                            false,
		resize.ErrCorrupt:                           false,
	} {
		if got := IsOutage(err); got != want {
			t.Errorf("%v: got %t, want %t", err, got, want)
		}
	}
}

// Dropping waits for buckets, not for processors: it goes on while all of them decode.
func TestDropsDoNotWaitForDecodes(t *testing.T) {
	target := &blockedTarget{Target: warmtest.NewTarget(), decoding: make(chan struct{}), release: make(chan struct{})}
	w := newWarmer(t, Config{Target: target, AtOnce: 1})
	target.Put("slow.jpg")
	slow := target.LastEvent()
	done := make(chan struct{})
	go func() {
		defer close(done)
		handleAll(t, w, slow)
	}()
	<-target.decoding
	target.Remove("gone.jpg")
	target.Variants["gone.jpg"] = map[string]int{"w=1.auto": 1}
	handleAll(t, w, s3event.Event{Kind: s3event.Removed, Bucket: "photos", Key: "gone.jpg"})
	if len(target.Variants["gone.jpg"]) != 0 {
		t.Error("the variants of the removed original are still stored")
	}
	close(target.release)
	<-done
}

// blockedTarget is a target whose decodes wait.
type blockedTarget struct {
	*warmtest.Target
	decoding, release chan struct{}
}

func (t *blockedTarget) Warm(ctx context.Context, key string, ts []resize.Transform) (int, int, error) {
	close(t.decoding)
	<-t.release
	return t.Target.Warm(ctx, key, ts)
}

// The quarantine has no case of a state that an original is not in any more.
func TestHandleClearsTheQuarantine(t *testing.T) {
	target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
	w := newWarmer(t, Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
	for _, key := range []string{"mended.jpg", "deleted.jpg", "bad.jpg"} {
		target.Put(key)
		target.DecodeErrors[key] = resize.ErrCorrupt
		handleAll(t, w, target.LastEvent())
	}
	if len(m.Cases) != 3 {
		t.Fatalf("got %d cases, want 3", len(m.Cases))
	}
	delete(target.DecodeErrors, "mended.jpg")
	target.Put("other.jpg") // every third version has the same ETag
	target.Put("mended.jpg")
	handleAll(t, w, target.LastEvent())
	target.Remove("deleted.jpg")
	handleAll(t, w, target.LastEvent())
	target.Put("bad.jpg") // and is bad again
	handleAll(t, w, target.LastEvent())
	if c, ok := m.Cases["bad.jpg"]; len(m.Cases) != 1 || !ok || c.ETag != warmtest.ETag(target.Originals["bad.jpg"]) {
		t.Errorf("got %+v, want a case of the present bad.jpg only", m.Cases)
	}
}

// An event that arrives while its original is being settled the second time, for an older event, is settled twice itself.
func TestSecondCoalescesNothing(t *testing.T) {
	target := warmtest.NewTarget()
	w := newWarmer(t, Config{Target: target})
	target.Put("a.jpg")
	second, err := w.Handle(t.Context(), target.LastEvent())
	if err != nil {
		t.Fatal(err)
	}
	target.Put("a.jpg")
	arrived := w.keys.Tick()
	handleAll(t, w, *second)
	if _, err := w.settle(t.Context(), "a.jpg", target.LastEvent(), arrived); err != nil {
		t.Fatal(err)
	}
	if r, err := w.settle(t.Context(), "a.jpg", target.LastEvent(), arrived); err != nil || r.outcome != coalesced {
		t.Errorf("after an event of its own: got %q, %v, want it coalesced", r.outcome, err)
	}
	target.Put("b.jpg")
	arrived = w.keys.Tick()
	ev := target.LastEvent()
	ev.Second = true
	handleAll(t, w, ev)
	if r, err := w.settle(t.Context(), "b.jpg", target.LastEvent(), arrived); err != nil || r.outcome == coalesced {
		t.Errorf("after a second event: got %q, %v, want it settled", r.outcome, err)
	}
}

// Variants of an old state can have expired in the store while the CDN still has them. An original that was overwritten is
// purged all the same; one under a new key is not.
func TestHandlePurgesWhatHasExpired(t *testing.T) {
	for _, test := range []struct {
		what    string
		kind    s3event.Kind
		version string
		had     bool // an earlier state
		err     error
		purged  bool
		failed  bool
	}{
		{"overwritten", s3event.Created, "v2", true, nil, true, false},
		{"a new key", s3event.Created, "v1", false, nil, false, false},
		{"no versions", s3event.Created, "", true, nil, false, false},
		{"versions suspended", s3event.Created, "null", true, nil, false, false},
		{"versions not to be listed", s3event.Created, "v2", true, errors.New("denied"), false, false},
		{"bucket out", s3event.Created, "v2", true, admission.ErrOpen, false, true},
		{"removed and there again", s3event.Removed, "", false, nil, true, false},
	} {
		target, edge := warmtest.NewTarget(), new(recordingCDN)
		w := newWarmer(t, Config{Target: target, CDN: edge, Overwritten: func(context.Context, string) (bool, error) {
			return test.had, test.err
		}})
		target.Put("a.jpg")
		ev := target.LastEvent()
		ev.Kind, ev.VersionID = test.kind, test.version
		second, err := w.Handle(t.Context(), ev)
		if (err != nil) != test.failed || (edge.calls["a.jpg"] == 1) != test.purged || second != nil && second.Purge != test.purged {
			t.Errorf("%s: got %v, %d purges, and the second event %+v", test.what, err, edge.calls["a.jpg"], second)
		}
	}
}

// A mark has no variants of its own, but those of other originals show it: caches are purged of it after every change, and once
// more when no process can still answer with the old one.
func TestHandlePurgesMarks(t *testing.T) {
	target, edge := warmtest.NewTarget(), new(recordingCDN)
	w := newWarmer(t, Config{Target: target, CDN: edge, IsMark: func(key string) bool { return key == "marks/logo.png" }})
	for _, test := range []struct {
		key    string
		kind   s3event.Kind
		purges int
	}{{"marks/logo.png", s3event.Created, 2}, {"a.jpg", s3event.Created, 0}, {"marks/logo.png", s3event.Removed, 4}} {
		target.Put(test.key)
		ev := target.LastEvent()
		ev.Kind = test.kind
		second, err := w.Handle(t.Context(), ev)
		if err == nil {
			_, err = w.Handle(t.Context(), *second)
		}
		if err != nil || edge.calls[test.key] != test.purges {
			t.Errorf("%s %s: got %v and %d purges, want %d", test.kind, test.key, err, edge.calls[test.key], test.purges)
		}
	}
}
