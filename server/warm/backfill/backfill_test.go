package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// listedTarget is a Target whose originals can be listed. They are 10 bytes each, and an hour apart in age.
type listedTarget struct{ *warmtest.Target }

func newListedTarget() listedTarget { return listedTarget{warmtest.NewTarget()} }

func (t listedTarget) List(_ context.Context, prefix, after string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for i, key := range t.Keys() {
			o := Object{Key: key, Size: 10, Modified: time.Unix(0, 0).Add(time.Duration(i) * time.Hour)}
			if strings.HasPrefix(key, prefix) && key > after && !yield(o, nil) {
				return
			}
		}
	}
}

// putMany puts n originals into t.
func putMany(t listedTarget, n int) {
	for i := range n {
		t.Put(fmt.Sprintf("2026/%03d.jpg", i))
	}
}

func newWarmer(t testing.TB, c warm.Config) *warm.Warmer {
	t.Helper()
	if c.Transforms == nil {
		c.Transforms = warmtest.Ladder
	}
	w, err := warm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestBackfill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target, m := newListedTarget(), quarantinetest.NewMemory()
		putMany(target, 100)
		target.Put("other/x.jpg")
		target.Delay = func() { time.Sleep(100 * time.Millisecond) }
		target.DecodeErrors["2026/007.jpg"] = resize.ErrCorrupt
		target.Unreachable["2026/008.jpg"] = errors.New("throttled")
		w := newWarmer(t, warm.Config{Target: target, AtOnce: 8, Quarantine: quarantine.NewCached(m, nil)})
		if _, err := w.Warm(t.Context(), "2026/000.jpg"); err != nil {
			t.Fatal(err)
		}
		var reports []Progress
		sum, err := Job{
			Warmer: w, List: target, Prefix: "2026/", Count: true,
			Progress: func(p Progress) { reports = append(reports, p) },
		}.Run(t.Context())
		sum.Seconds = 0
		want := Summary{Done: 97, Skipped: 1, Failed: 2, Made: 97 * 3, Bytes: 1000, Complete: true, Failures: []Failure{
			{"2026/007.jpg", resize.ErrCorrupt.Error(), quarantine.Corrupt}, {"2026/008.jpg", "throttled", ""},
		}}
		if err != nil || fmt.Sprint(sum) != fmt.Sprint(want) {
			t.Errorf("got %+v, %v, want %+v", sum, err, want)
		}
		if len(m.Cases) != 1 || len(target.Variants["other/x.jpg"]) != 0 || target.Decodes["2026/007.jpg"] != 1 {
			t.Errorf("got %d cases, %v of another prefix, %d decodes of a corrupt original",
				len(m.Cases), target.Variants["other/x.jpg"], target.Decodes["2026/007.jpg"])
		}
		first, last := reports[0], reports[len(reports)-1]
		if len(reports) < 3 || first.Total != 100 || first.Left <= 0 || first.PerSecond <= 0 {
			t.Errorf("got %d reports, the first %+v", len(reports), first)
		}
		if last.Done != 97 || last.Left != 0 || last.Bytes != 1000 {
			t.Errorf("got the last report %+v", last)
		}
	})
}

// A job that was interrupted is continued by the next run: every original is warmed, and few are warmed twice.
func TestBackfillResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := newListedTarget()
		putMany(target, 200)
		target.Delay = func() { time.Sleep(100 * time.Millisecond) }
		target.DecodeErrors["2026/003.jpg"] = resize.ErrTooLarge
		state := LocalState(filepath.Join(t.TempDir(), "state.json"))
		w := newWarmer(t, warm.Config{Target: target, AtOnce: 8})
		b := Job{Warmer: w, List: target, State: state, Settings: "w=320"}
		var sum Summary
		for run := 1; ; run++ {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			var err error
			sum, err = b.Run(ctx)
			cancel()
			if sum.Complete {
				break
			}
			if !errors.Is(err, context.DeadlineExceeded) || run > 10 {
				t.Fatalf("run %d: got %+v, %v", run, sum, err)
			}
		}
		repeated := 0
		for _, times := range target.Decodes {
			repeated += times - 1
		}
		if sum.originals() != 200 || sum.Failed != 1 || len(target.Variants) != 199 || repeated > 8*4 {
			t.Errorf("got %+v, %d stored, %d decodes repeated, want 200, 199 and few",
				sum, len(target.Variants), repeated)
		}
		for _, other := range []Job{{Prefix: "2026/1"}, {MaxAge: time.Hour}, {Shards: 2}, {Settings: "w=640"}} {
			other.Warmer, other.List, other.State, other.Settings = w, target, state, cmp.Or(other.Settings, b.Settings)
			if _, err := other.Run(t.Context()); err == nil {
				t.Errorf("a job of %s continued that of %s", other.identity(), b.identity())
			}
		}
	})
}

// The state of a complete job does not keep the next run from doing its work, and that run can be continued too.
func TestBackfillRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target, restarts := newListedTarget(), 0
		putMany(target, 100)
		b := Job{
			Warmer: newWarmer(t, warm.Config{Target: target}), List: target, MaxAge: time.Since(time.Unix(0, 0)) + time.Hour,
			State: LocalState(filepath.Join(t.TempDir(), "state.json")), Restarted: func() { restarts++ },
		}
		if sum, err := b.Run(t.Context()); err != nil || !sum.Complete || sum.Done != 100 || restarts != 0 {
			t.Fatalf("got %+v, %v and %d restarts, want 100 done", sum, err, restarts)
		}
		clear(target.Variants)
		target.Delay = func() { time.Sleep(100 * time.Millisecond) }
		interrupted, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		sum, err := b.Run(interrupted)
		if !errors.Is(err, context.DeadlineExceeded) || sum.Done == 0 || sum.Complete || restarts != 1 {
			t.Errorf("got %+v, %v and %d restarts, want one and some done", sum, err, restarts)
		}
		time.Sleep(24 * time.Hour) // the age is that at the beginning of the first run
		if sum, err := b.Run(t.Context()); err != nil || sum.Done+sum.Skipped != 100 || !sum.Complete || restarts != 1 {
			t.Errorf("got %+v, %v and %d restarts, want the rest done", sum, err, restarts)
		}
		if len(target.Variants) != 100 {
			t.Errorf("got %d warmed, want 100", len(target.Variants))
		}
	})
}

func TestBackfillShards(t *testing.T) {
	target := newListedTarget()
	putMany(target, 100)
	for shard := range 4 {
		w := newWarmer(t, warm.Config{Target: target})
		sum, err := Job{Warmer: w, List: target, Shard: shard, Shards: 4}.Run(t.Context())
		if err != nil || sum.Skipped != 0 || sum.Done < 10 || sum.Done > 40 {
			t.Errorf("shard %d: got %+v, %v, want about a quarter of the originals", shard, sum, err)
		}
	}
	if len(target.Variants) != 100 {
		t.Errorf("got %d warmed, want each original in one shard", len(target.Variants))
	}
	for _, bad := range []Job{{Shard: 4, Shards: 4}, {Shard: -1, Shards: 4}, {Shards: -1}} {
		bad.Warmer, bad.List = newWarmer(t, warm.Config{Target: target}), target
		if _, err := bad.Run(t.Context()); err == nil {
			t.Errorf("shard %d of %d: no error", bad.Shard, bad.Shards)
		}
	}
}

func TestBackfillAgeAndRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := newListedTarget()
		putMany(target, 100)
		began := time.Now()
		w := newWarmer(t, warm.Config{Target: target})
		b := Job{Warmer: w, List: target, MaxAge: time.Since(time.Unix(0, 0).Add(70 * time.Hour)), Rate: 2}
		sum, err := b.Run(t.Context())
		if took := time.Since(began); err != nil || sum.Done != 30 || took < 14*time.Second || took > 16*time.Second {
			t.Errorf("got %+v, %v after %v, want 30 originals in 15s", sum, err, took)
		}
	})
}

// The errors of the state and of the list end a run.
func TestBackfillFails(t *testing.T) {
	target := newListedTarget()
	w := newWarmer(t, warm.Config{Target: target})
	_, err := Job{Warmer: w, List: target, State: brokenState{}}.Run(t.Context())
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want the state's error", err)
	}
	sum, err := Job{Warmer: w, List: brokenList{}}.Run(t.Context())
	if !errors.Is(err, fs.ErrPermission) || sum.Complete {
		t.Errorf("got %+v, %v, want the list's error", sum, err)
	}
}

// brokenState is a StateFile that always fails.
type brokenState struct{}

func (brokenState) Load(context.Context) ([]byte, error) { return nil, fs.ErrPermission }
func (brokenState) Save(context.Context, []byte) error   { return fs.ErrPermission }

// brokenList is a Lister that always fails.
type brokenList struct{}

func (brokenList) List(context.Context, string, string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) { yield(Object{}, fs.ErrPermission) }
}

// Both listers yield the same originals, in the order of the bytes of their keys.
func TestListers(t *testing.T) {
	keys := []string{"a-b.jpg", "a.jpg", "a/b.jpg", "a/b/c.jpg", "a/ü.jpg", "a0.jpg", "b/1.jpg", "b/1/2.jpg"}
	server := cachetest.NewS3(t)
	server.CreateBucket("photos")
	files := make(fstest.MapFS)
	for _, key := range keys {
		server.PutObject("photos", "in/"+key, []byte("body"))
		if key != "a/b.jpg" && key != "b/1" {
			files[key] = &fstest.MapFile{Data: []byte("body"), ModTime: time.Now()}
		}
	}
	files["a/b.jpg"] = &fstest.MapFile{Data: []byte("body")}
	server.PutObject("photos", "in/a/", nil) // a console's object for a folder
	server.PutObject("photos", "in/", nil)
	server.PutObject("photos", "out.jpg", nil)
	for name, l := range map[string]Lister{"S3": S3Lister{server.Client(), "photos", "in/"}, "FS": FSLister{files}} {
		for _, test := range []struct {
			prefix, after string
			want          []string
		}{
			{"", "", keys}, {"a", "", keys[:6]}, {"a/", "", keys[2:5]}, {"a/b", "", keys[2:4]}, {"z", "", nil},
			{"", "a.jpg", keys[2:]}, {"", "a/b.jpg", keys[3:]}, {"", "a/b/c.jpg", keys[4:]},
			{"a", "a/b/zz", keys[4:6]}, {"", "zz", nil},
		} {
			var got []string
			for o, err := range l.List(t.Context(), test.prefix, test.after) {
				if err != nil || o.Size != 4 {
					t.Fatalf("%s: got %+v, %v", name, o, err)
				}
				got = append(got, o.Key)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: %q after %q: got %q, want %q", name, test.prefix, test.after, got, test.want)
			}
		}
		for range l.List(t.Context(), "", "") {
			break
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range l.List(canceled, "", "") {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want context.Canceled", name, err)
			}
		}
	}
}

// Folders that can't be read end no list early, and are not passed over either. A folder that is removed meanwhile is no error.
func TestListUnreadableFolders(t *testing.T) {
	files := closedFS{fstest.MapFS{
		"a.jpg": {}, "closed/b.jpg": {}, "lost+found/c.jpg": {}, "removed/d.jpg": {}, "sub/e.jpg": {}, "z.jpg": {},
	}}
	var got []string
	var failed error
	for o, err := range (FSLister{files}).List(t.Context(), "", "") {
		if failed != nil {
			t.Errorf("got %q after the error", o.Key)
		}
		if failed = err; err == nil {
			got = append(got, o.Key)
		}
	}
	if want := []string{"a.jpg", "sub/e.jpg", "z.jpg"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(failed, fs.ErrPermission) || !strings.Contains(failed.Error(), "2 folders can't be read, the first: open closed:") {
		t.Errorf("got %v", failed)
	}
	for o, err := range (FSLister{files}).List(t.Context(), "sub/", "") {
		if err != nil || o.Key != "sub/e.jpg" {
			t.Errorf("of another folder: got %q, %v", o.Key, err)
		}
	}
}

// A closedFS refuses some folders.
type closedFS struct{ fstest.MapFS }

func (f closedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	refusals := map[string]error{"closed": fs.ErrPermission, "lost+found": fs.ErrPermission, "removed": fs.ErrNotExist}
	if err := refusals[name]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f.MapFS.ReadDir(name)
}

func TestStateFiles(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("states")
	local := filepath.Join(t.TempDir(), "state.json")
	states := map[string]StateFile{
		"local": LocalState(local), "S3": S3State{server.Client(), "states", "a/state.json"},
	}
	for name, f := range states {
		if _, err := f.Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, want fs.ErrNotExist", name, err)
		}
		for _, want := range []string{"one", "two"} {
			if err := f.Save(t.Context(), []byte(want)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got, err := f.Load(t.Context()); err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
			}
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(local)); err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want the state alone", entries, err)
	}
	if err := LocalState(filepath.Join(local, "x")).Save(t.Context(), nil); err == nil {
		t.Error("saved below a file")
	}
}
