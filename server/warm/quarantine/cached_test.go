package quarantine_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

func TestCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := quarantinetest.NewMemory()
		var log bytes.Buffer
		cached := quarantine.NewCached(store, slog.New(slog.NewTextHandler(&log, nil)))
		want := func(what string, key, etag string, want error, gets int) {
			t.Helper()
			for range 3 {
				if got := cached.DecodeError(t.Context(), key, etag); !errors.Is(got, want) {
					t.Errorf("%s: got %v, want %v", what, got, want)
				}
			}
			if store.Gets != gets {
				t.Errorf("%s: got %d calls of Get, want %d", what, store.Gets, gets)
			}
		}
		want("not in quarantine", "a.jpg", `"1"`, nil, 1)
		store.Cases["a.jpg"] = caseOf("a.jpg", `"1"`) // by another process
		want("answer in the cache", "a.jpg", `"1"`, nil, 1)
		time.Sleep(time.Minute)
		want("answer expired", "a.jpg", `"1"`, resize.ErrCorrupt, 2)
		want("original replaced", "a.jpg", `"2"`, nil, 2)
		err := cached.DecodeError(t.Context(), "a.jpg", `"1"`)
		if err == nil || err.Error() != "corrupt image: bad marker" {
			t.Errorf("got %v, want the text of the case", err)
		}

		want("another one not in quarantine", "b.jpg", `"1"`, nil, 3)
		c := caseOf("b.jpg", `"1"`)
		c.Reason = quarantine.Unsupported
		if err := cached.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("put", "b.jpg", `"1"`, resize.ErrUnsupported, 3)
		if err := cached.Release(t.Context(), "b.jpg"); err != nil {
			t.Fatal(err)
		}
		want("released", "b.jpg", `"1"`, nil, 4)

		c.Reason = quarantine.Exhausted
		if err := cached.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want("exhausted", "b.jpg", `"1"`, nil, 4)
		if log.Len() != 0 {
			t.Errorf("got the log %s, want none", &log)
		}
		store.Err = errors.New("down")
		want("store down", "c.jpg", `"1"`, nil, 7)
		if got := strings.Count(log.String(), "original=c.jpg err=down"); got != 3 {
			t.Errorf("got the log %s, want the error three times", &log)
		}
	})
}
