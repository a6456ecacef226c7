package grammar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// parseAll parses a query below each path that has one.
func parseAll(g *Grammar, query string) map[string]func() (string, error) {
	now := time.Now()
	return map[string]func() (string, error){
		"/img/": func() (string, error) {
			req, err := g.Parse("cat.jpg", query, "", now)
			return req.Ignored, err
		},
		"/v/": func() (string, error) {
			req, err := g.ParseVariant("cat.jpg/w=480.auto", query, now)
			return req.Ignored, err
		},
		"/info/": func() (string, error) {
			req, err := g.ParseInfo("/info/", "/info/cat.jpg", query, now)
			return req.Ignored, err
		},
		"/srcset/": func() (string, error) {
			req, err := g.ParseInfo("/srcset/", "/srcset/cat.jpg", query, now)
			return req.Ignored, err
		},
	}
}

// What has no effect is named, and refused by a strict grammar.
func TestNothingIsIgnoredInSilence(t *testing.T) {
	const described, images, everywhere = "/info/ /srcset/", "/img/ /info/ /srcset/", "/img/ /v/ /info/ /srcset/"
	tests := []struct{ query, paths, ignored, strict string }{
		{"txt=90&w=480", images, "txt", `query: got "txt", takes only w, h, dpr, fit, crop, q, fm, auto, ar, preset, expires, s, any, rot, fp-x, `},
		{"w=480", "/v/", "w", `query: got "w", takes only expires or s`},
		{"utm_source=x&fbclid=y&utm_source=z", everywhere, "utm_source, fbclid", `query: got "utm_source", takes only `},
		{"%zz=1", everywhere, "%25zz", `query: got "%zz", takes only `},
		{"a%0d%0ab=1", everywhere, "a%0D%0Ab", `query: got "a\r\nb", takes only `},
		{"=1", everywhere, "", `query: got "", takes only `},
		{"&&", everywhere, "", ""},
		{"auto=compress,enhance,format", images, "auto=enhance", `auto: got "compress,enhance,format", takes format or compress`},
		{"sizes=50vw&alt=A+cat", described, "", ""},
		{"sizes=50vw", "/img/", "sizes", `query: got "sizes", takes only `},
	}
	for _, test := range tests {
		lenient, strict := testGrammar(), testGrammar()
		strict.Strict = true
		parse, parseStrictly := parseAll(lenient, test.query), parseAll(strict, test.query)
		for path := range strings.SplitSeq(test.paths, " ") {
			if ignored, err := parse[path](); err != nil || ignored != test.ignored {
				t.Errorf("%s?%s: got %q, %v, want %q", path, test.query, ignored, err, test.ignored)
			}
			_, err := parseStrictly[path]()
			message := ""
			if err != nil {
				message = err.Error()
			}
			if !strings.HasPrefix(message, test.strict) || test.strict == "" && message != "" {
				t.Errorf("%s?%s, strict: got %s, want %s", path, test.query, message, test.strict)
			}
		}
	}
}

// A URL of thousands of parameters does not make a header of them.
func TestIgnoredIsBounded(t *testing.T) {
	var query strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&query, "%d%s=1&", i, strings.Repeat("é", 500))
	}
	req, err := testGrammar().Parse("cat.jpg", query.String(), "", noon)
	if err != nil || len(req.Ignored) > 4096 || !strings.HasPrefix(req.Ignored, "0%C3%A9") {
		t.Errorf("got %d bytes, %v: %.60s", len(req.Ignored), err, req.Ignored)
	}
}
