package quarantine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

func TestCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := quarantinetest.NewMemory()
		r := quarantine.NewCached(m, nil)
		want := func(what string, key, etag string, fault error, asked int) {
			t.Helper()
			for range 3 {
				if got := r.Fault(t.Context(), key, etag); !errors.Is(got, fault) {
					t.Errorf("%s: got %v, want %v", what, got, fault)
				}
			}
			if m.Gets != asked {
				t.Errorf("%s: asked %d times, want %d", what, m.Gets, asked)
			}
		}
		want("good", "a.jpg", `"1"`, nil, 1)
		m.Cases["a.jpg"] = caseOf("a.jpg", `"1"`) // by another process
		want("not seen yet", "a.jpg", `"1"`, nil, 1)
		time.Sleep(time.Minute)
		want("seen", "a.jpg", `"1"`, resize.ErrCorrupt, 2)
		want("replaced", "a.jpg", `"2"`, nil, 2)
		if text, aside, err := r.Reason(t.Context(), "a.jpg", `"1"`); text != "corrupt picture: bad marker" || !aside || err != nil {
			t.Errorf("got %q, %t, %v", text, aside, err)
		}

		want("good too", "b.jpg", `"1"`, nil, 3)
		c := caseOf("b.jpg", `"1"`)
		c.Reason = quarantine.Unsupported
		if err := r.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("put", "b.jpg", `"1"`, resize.ErrUnsupported, 3)
		if err := r.Release(t.Context(), "b.jpg"); err != nil {
			t.Fatal(err)
		}
		want("released", "b.jpg", `"1"`, nil, 4)

		c.Reason = quarantine.Exhausted
		if err := r.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("exhausted", "b.jpg", `"1"`, nil, 4)
		if _, aside, err := r.Reason(t.Context(), "b.jpg", `"1"`); aside || err != nil {
			t.Errorf("exhausted: got %t, %v, want it tried again", aside, err)
		}
		m.Err = errors.New("down")
		if _, aside, err := r.Reason(t.Context(), "c.jpg", `"1"`); aside || err == nil {
			t.Errorf("down: got %t, %v, want the error", aside, err)
		}
		want("down", "c.jpg", `"1"`, nil, 8)
	})
}
