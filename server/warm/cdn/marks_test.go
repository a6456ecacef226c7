package cdn

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// The variants that show a mark have the paths of other originals, but its tag.
func TestMarksInvalidateWhatShowsThem(t *testing.T) {
	isMark := func(original string) bool { return original == "marks/logo.png" }
	var many []string
	for i := range 9001 {
		many = append(many, fmt.Sprintf("2026/%d.jpg", i))
	}
	for _, test := range []struct {
		what      string
		tags      bool
		originals []string
		want      []string
	}{
		{"by path", false, []string{"marks/logo.png"}, []string{"/*"}},
		{"by tag", true, []string{"marks/logo.png"}, []string{"#" + cache.Tag("marks/logo.png")}},
		{"by tag, among too many", true, append(many, "marks/logo.png"), []string{"/*"}},
		{"no mark, by path", false, []string{"a.jpg"}, []string{"/img/a.jpg*", "/v/a.jpg/*"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newFakeClient(t)
			f := NewCloudFront(Config{Client: e, Distribution: "E1", Tags: test.tags, IsMark: isMark, Patience: time.Hour})
			if err := invalidateAll(f, test.originals...); err != nil {
				t.Error(err)
			}
			got := slices.Sorted(slices.Values(slices.Concat(e.requests...)))
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: got %.100q, want %q", test.what, got, test.want)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
