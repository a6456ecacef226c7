package cdn

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func TestTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, m := newFakeClient(t), NewMetrics()
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true, Metrics: m})
		began := time.Now()
		if err := invalidateAll(f, "a.jpg", "2026/ü b.jpg", "a.jpg"); err != nil {
			t.Error(err)
		}
		if len(e.requests) != 1 || e.at[0].Sub(began) != 2*time.Second {
			t.Fatalf("got %q at %v, want one request after 1s, and the second that it takes", e.requests, e.at)
		}
		want := []string{"#" + cache.Tag("a.jpg"), "#" + cache.Tag("2026/ü b.jpg")}
		slices.Sort(want)
		slices.Sort(e.requests[0])
		if !slices.Equal(e.requests[0], want) {
			t.Errorf("got %q, want %q", e.requests[0], want)
		}
		if n := warmtest.Count(t, m, "invalidated_items_total", "tag"); n != 2 {
			t.Errorf("got %v tags counted, want 2", n)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Of tags, 3,000 are in progress at a time, in requests of 1,000. Of more than 9,000, none is worth waiting for.
func TestTagsQuota(t *testing.T) {
	for _, test := range []struct {
		originals, requests int
		most                time.Duration
	}{
		{1000, 1, 2 * time.Second}, {3000, 3, 4 * time.Second}, {3001, 4, 40 * time.Second}, {9000, 9, 80 * time.Second},
		{9001, 1, 2 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newFakeClient(t)
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true, Patience: time.Hour})
			var originals []string
			for i := range test.originals {
				originals = append(originals, fmt.Sprintf("%d.jpg", i))
			}
			began := time.Now()
			if err := invalidateAll(f, originals...); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); len(e.requests) != test.requests || took > test.most || e.refused > 0 {
				t.Errorf("%d originals: got %d requests and %d refusals in %v, want %d and none in %v",
					test.originals, len(e.requests), e.refused, took, test.requests, test.most)
			}
			for _, original := range []string{originals[0], originals[len(originals)-1]} {
				if !e.invalidates(original, "/v/"+original+"/w=1.auto") {
					t.Errorf("%s is not invalidated", original)
				}
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Too many tags are invalidated by the folders that they share. If they share none, or one whose name clients may encode in
// several ways, all that is cached is.
func TestTagsWidenToFolders(t *testing.T) {
	of := func(format string) (keys []string) {
		for i := range 9001 {
			keys = append(keys, fmt.Sprintf(format, i))
		}
		return keys
	}
	for _, test := range []struct {
		name  string
		keys  []string
		want  []string
		spare string // another original that is not to be invalidated
	}{
		{"one folder", of("2026/05/%d.jpg"), new(CloudFront).pathsOfPrefix("2026/05/"), "2026/06/a.jpg"},
		{"a folder above", of("users/%d/avatar.jpg"), new(CloudFront).pathsOfPrefix("users/"), "products/a.jpg"},
		{"two folders", slices.Concat(of("a/%d.jpg"), of("b/%d.jpg")), slices.Concat(new(CloudFront).pathsOfPrefix("a/"), new(CloudFront).pathsOfPrefix("b/")), "c/a.jpg"},
		{"no folder", of("%d.jpg"), []string{everything}, ""},
		{"a folder and none", append(of("a/%d.jpg"), of("%d.jpg")...), []string{everything}, ""},
		{"a name with a space", of("my cats/%d.jpg"), []string{everything}, ""},
		{"a name that is not ASCII", of("旅行/%d.jpg"), []string{everything}, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newFakeClient(t)
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true, Patience: time.Hour})
			if err := invalidateAll(f, test.keys...); err != nil {
				t.Error(err)
			}
			if len(e.requests) != 1 || !slices.Equal(e.requests[0], test.want) {
				t.Errorf("%s: got %.300q, want one request of %q", test.name, e.requests, test.want)
			}
			for _, key := range []string{test.keys[0], test.keys[len(test.keys)-1]} {
				for _, root := range []string{"/v/", "/img/", "/info/", "/srcset/"} {
					if !e.invalidates("", root+escapePath(key)) {
						t.Errorf("%s: %s is not invalidated below %s", test.name, key, root)
					}
				}
			}
			if test.spare != "" && e.invalidates(test.spare, "/v/"+test.spare+"/w=1.auto") {
				t.Errorf("%s: %s is invalidated too", test.name, test.spare)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// All originals below a prefix are invalidated by one request, tags or not, and none beside.
func TestInvalidatePrefix(t *testing.T) {
	for _, tags := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			e := newFakeClient(t)
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: tags})
			go func() {
				if err := f.Invalidate(t.Context(), "b.jpg"); err != nil {
					t.Error(err)
				}
			}()
			if err := f.InvalidatePrefix(t.Context(), "2026/ü"); err != nil {
				t.Error(err)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
			const key = "2026/%C3%BC"
			want := []string{"/v/" + key + "*", "/img/" + key + "*", "/info/" + key + "*", "/srcset/" + key + "*"}
			if !slices.ContainsFunc(e.requests, func(items []string) bool { return slices.Equal(items, want) }) {
				t.Errorf("tags %t: got %q, want %q in one request", tags, e.requests, want)
			}
			if !e.invalidates("b.jpg", "/v/b.jpg/w=1.auto") {
				t.Errorf("tags %t: b.jpg is not invalidated: %q", tags, e.requests)
			}
		})
	}
	if got := new(CloudFront).pathsOfPrefix(""); !slices.Equal(got, []string{"/*"}) {
		t.Errorf("got %q for everything, want /*", got)
	}
}

// A call does not wait for a CloudFront that is busy longer than Patience. What it asked for stays in the queue.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newFakeClient(t)
		f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: true, Patience: 30 * time.Second})
		e.refuse = slices.Repeat([]error{errTooMany}, 6)
		began := time.Now()
		if err := f.Invalidate(t.Context(), "a.jpg"); !errors.Is(err, ErrBusy) || time.Since(began) != 30*time.Second {
			t.Errorf("got %v after %v, want ErrBusy after 30s", err, time.Since(began))
		}
		time.Sleep(time.Minute)
		if !e.invalidates("a.jpg", "") {
			t.Error("the invalidation was not sent in the end")
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
