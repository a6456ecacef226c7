package server

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/originals"
)

// stats is a source of which only Stat is called.
type stats struct {
	originals.Source
	etag  string
	err   error
	takes time.Duration
	asked int
}

func (s *stats) Stat(ctx context.Context, key string) (originals.Info, error) {
	s.asked++
	select {
	case <-time.After(s.takes):
		return originals.Info{ETag: s.etag}, s.err
	case <-ctx.Done():
		return originals.Info{}, ctx.Err()
	}
}

// Prefix takes each folder for a source.
func (s *stats) Prefix(key string) string { return key[:strings.LastIndex(key, "/")+1] }

func TestFreshness(t *testing.T) {
	tests := []struct {
		name    string
		window  time.Duration
		between time.Duration // of two checks
		etag    string        // of the original, at the second
		err     error
		want    verdict
		asked   int
		wantErr bool
	}{
		{name: "unchanged, in the window", window: time.Minute, between: 59 * time.Second, etag: "a", want: current, asked: 1},
		{name: "changed, in the window", window: time.Minute, between: 59 * time.Second, etag: "b", want: current, asked: 1},
		{name: "unchanged, after it", window: time.Minute, between: time.Minute, etag: "a", want: current, asked: 2},
		{name: "changed, after it", window: time.Minute, between: time.Minute, etag: "b", want: changed, asked: 2},
		{name: "gone, after it", window: time.Minute, between: time.Minute, err: fs.ErrNotExist, want: gone, asked: 2},
		{name: "out, after it", window: time.Minute, between: time.Minute, err: errors.New("out"), want: current, asked: 2, wantErr: true},
		{name: "looks every time", window: 0, etag: "b", want: changed, asked: 2},
		{name: "never looks", window: Never, between: time.Hour, etag: "b", want: current, asked: 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &stats{etag: "a"}
				f := newFreshness(o, test.window, statTimeout)
				if got, _, err := f.Check(t.Context(), "k", "a"); got != current || err != nil {
					t.Fatalf("at first: got %v, %v", got, err)
				}
				o.etag, o.err = test.etag, test.err
				time.Sleep(test.between)
				got, _, err := f.Check(t.Context(), "k", "a")
				if got != test.want || (err != nil) != test.wantErr || o.asked != test.asked {
					t.Errorf("got %v, %v after %d looks, want %v after %d", got, err, o.asked, test.want, test.asked)
				}
			})
		})
	}
}

// Originals that hang cost a request some time, and the next ones nothing.
func TestFreshnessLeavesOriginalsInPeace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &stats{takes: time.Hour}
		f := newFreshness(o, time.Minute, statTimeout)
		began := time.Now()
		for range 100 {
			if got, _, err := f.Check(t.Context(), "k", "a"); got != current || err == nil {
				t.Fatalf("got %v, %v, want current with an error", got, err)
			}
		}
		if took := time.Since(began); took != statTimeout || o.asked != 1 {
			t.Errorf("100 checks took %v and %d looks, want %v and 1", took, o.asked, statTimeout)
		}
		o.takes, o.etag = 0, "b"
		time.Sleep(statBackoff)
		if got, _, err := f.Check(t.Context(), "k", "a"); got != changed || err != nil {
			t.Errorf("when they answer again: got %v, %v, want changed", got, err)
		}
	})
}

func TestFreshnessSharesLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &stats{takes: time.Second, etag: "a"}
		f := newFreshness(o, time.Minute, statTimeout)
		for range 50 {
			go f.Check(t.Context(), "k", "a")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if o.asked != 1 {
			t.Errorf("50 checks at once looked %d times, want once", o.asked)
		}
	})
}

// A sighting from before a change must not condemn variants of the new state, which another process has made meanwhile.
func TestFreshnessCondemnsByNewLooksOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &stats{etag: "old"}
		f := newFreshness(o, time.Minute, statTimeout)
		f.Check(t.Context(), "k", "old")
		time.Sleep(time.Second)
		o.etag = "new"
		if got, _, err := f.Check(t.Context(), "k", "new"); got != current || err != nil {
			t.Errorf("a variant of the new state: got %v, %v, want current", got, err)
		}
		if got, now, err := f.Check(t.Context(), "k", "old"); got != changed || now != "new" || err != nil {
			t.Errorf("a variant of the old state: got %v, %q, %v, want changed to new", got, now, err)
		}

		o.err = fs.ErrNotExist
		o.etag = ""
		time.Sleep(time.Minute)
		f.Check(t.Context(), "k", "new")
		time.Sleep(time.Second)
		o.err, o.etag = nil, "again"
		if got, _, err := f.Check(t.Context(), "k", "again"); got != current || err != nil {
			t.Errorf("a variant of an original that was gone and is back: got %v, %v, want current", got, err)
		}

		o.err = errors.New("out")
		time.Sleep(time.Second)
		if got, _, err := f.Check(t.Context(), "k", "newer"); got != current || err == nil {
			t.Errorf("a variant unlike the last sighting, with originals out: got %v, %v, want current with an error", got, err)
		}
	})
}

// While one source is out, originals of the others are looked at.
func TestBackoffOfSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &stats{etag: "a", err: context.DeadlineExceeded}
		f := newFreshness(o, 0, statTimeout)
		f.Check(t.Context(), "shop/cat.jpg", "a")
		o.err = nil
		if v, _, err := f.Check(t.Context(), "cat.jpg", "b"); v != changed || err != nil {
			t.Errorf("of another source: got %v, %v, want changed", v, err)
		}
		if _, _, err := f.Check(t.Context(), "shop/dog.jpg", "b"); !errors.Is(err, errBackoff) {
			t.Errorf("of the source that is out: got %v, want errBackoff", err)
		}
	})
}
