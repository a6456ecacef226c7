package cdn

import (
	"slices"
	"strings"
	"testing"
)

func TestPathsOf(t *testing.T) {
	tests := []struct {
		keys []string
		most int
		want string
	}{
		{[]string{"a+b&c='d'.jpg"}, 1, "/v/a+b&c='d'.jpg/* /img/a+b&c='d'.jpg*"},
		{[]string{"a b?c#d%20~.jpg"}, 1, "/v/a%20b%3Fc%23d%2520%7E.jpg/* /img/a%20b%3Fc%23d%2520%7E.jpg*"},
		{[]string{"a/b/1", "a/b/2", "c/3"}, 2, "/v/a/b/* /img/a/b/* /v/c/3/* /img/c/3*"},
		{[]string{"a/b/1", "a/c/2", "d"}, 2, "/v/a/* /img/a/* /v/d/* /img/d*"},
		{[]string{"a", "b", "c"}, 2, "/v/* /img/*"},
		{[]string{"a/1", "b/2", "c"}, 2, "/v/* /img/*"},
	}
	for _, test := range tests {
		if got := strings.Join(new(CloudFront).pathsOf(test.keys, test.most), " "); got != test.want {
			t.Errorf("%q in %d: got %s, want %s", test.keys, test.most, got, test.want)
		}
	}
}

// Behind a Lambda function URL, the edge function rewrites paths so that they need no percent-encoding. What clients ask for, below
// /img/, is as it was.
func TestPathsOfEscaped(t *testing.T) {
	f := CloudFront{config: Config{EscapePaths: true}}
	for _, test := range []struct{ got, want []string }{
		{f.pathsOf([]string{"a b+~.jpg"}, 1), []string{"/v/a%7E20b%7E2B%7E7E.jpg/*", "/img/a%20b+%7E.jpg*"}},
		{f.pathsOf([]string{"a b/c", "a b/d"}, 1), []string{"/v/a%7E20b/*", "/img/a%20b/*"}},
		{f.pathsOfPrefix("a b"), []string{"/v/a%7E20b*", "/img/a%20b*", "/info/a%7E20b*", "/srcset/a%7E20b*"}},
		{f.pathsOfPrefix(""), []string{"/*"}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
