package deploy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

func TestEdgeFunctionFitsIntoCloudFront(t *testing.T) {
	for name, config := range edges {
		code, err := EdgeFunction(config)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", name, len(code))
		for i, c := range code {
			if c > 126 {
				t.Errorf("%s: byte %d is %q, want ASCII", name, i, c)
				break
			}
		}
	}
}

func TestEdgeFunctionErrors(t *testing.T) {
	long := grammar.DefaultLadder()
	for w := range 500 {
		long.Widths = append(long.Widths, w+1)
	}
	tests := map[string]EdgeConfig{
		"no formats":                {},
		"an unknown signing":        {Encodes: every, Signing: "sometimes"},
		"half a ladder":             {Encodes: every, Ladder: grammar.Ladder{Widths: []int{100}}},
		"more than 10 kB":           {Encodes: every, Ladder: long},
		"an engine without formats": {Encodes: func(resize.Format) bool { return false }},
	}
	for name, config := range tests {
		if code, err := EdgeFunction(config); err == nil {
			t.Errorf("%s: got %d bytes, want an error", name, len(code))
		}
	}
}

// The edge forwards the signed URL, so that the service can verify the signature itself.
func TestEdgeForwardsTheSignedURL(t *testing.T) {
	edge, _ := newPair(t, edges["signing allowed"])
	signed := sign("/img/a%20b/日本.jpg?w=333&utm=x&s={s}")
	tests := []struct{ target, want string }{
		{signed, signed},
		{sign("/v/cat.jpg/w=333.auto?s={s}"), sign("/v/cat.jpg/w=333.auto?s={s}")},
		{"/img/cat.jpg?w=480", ""},
		{sign("/img/cat.jpg?w=333&s={bad}"), ""},
	}
	forged := http.Header{SignedHeader: {"/img/cat.jpg?w=333&s=x"}}
	for _, test := range tests {
		for _, header := range []http.Header{{}, forged} {
			got := edge.ask(t, test.target, header)
			forwarded, err := url.PathUnescape(got.signed)
			if want, _ := url.PathUnescape(test.want); err != nil || forwarded != want {
				t.Errorf("%s with header %v: got %s, want %s", test.target, header, got.signed, test.want)
			}
			if strings.Trim(got.signed, printable) != "" {
				t.Errorf("%s: got header %q, want ASCII", test.target, got.signed)
			}
		}
	}
}

const printable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/?%=&-_.~"

func TestEdgeFunctionWithoutKeys(t *testing.T) {
	code, err := EdgeFunction(edges["signing allowed"])
	if err != nil {
		t.Fatal(err)
	}
	edge := newCloudFront(t, code, "")
	if got := edge.ask(t, sign("/img/cat.jpg?w=333&s={s}"), nil); got.status != 503 || got.cacheFor != "no-store" {
		t.Errorf("got %+v, want a 503 that is not cached", got)
	}
	if got := edge.ask(t, "/img/cat.jpg?w=333", nil); got.path != "/v/cat.jpg/w=480.auto" {
		t.Errorf("unsigned: got %+v", got)
	}
}

// No other path of the service, such as its metrics, can be reached through the edge.
func TestEdgeServesOnlyImages(t *testing.T) {
	edge, _ := newPair(t, EdgeConfig{Encodes: every})
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/hooks/s3", "/debug/pprof/", "/img", "/v"} {
		if got := edge.ask(t, path, nil); got.status != 404 {
			t.Errorf("%s: got %+v, want a 404", path, got)
		}
	}
}

// All spellings of a URL come to the same path of the variant.
func TestEdgeNormalizesSpellings(t *testing.T) {
	edge, _ := newPair(t, EdgeConfig{Encodes: every})
	const want = "/v/a%20b/%C3%BC.jpg/w=480,h=270,fit=cover,q=75.webp"
	spellings := []string{
		"/img/a%20b/ü.jpg?w=480&h=270&fit=cover&q=75",
		"/img/%61%20b%2F%C3%BC.jpg?q=76&fit=crop&height=269&width=475&utm_source=mail",
		"/img/a%20b/%c3%bc.jpg?dpr=2&w=240&h=135&fit=cover&crop=center&quality=80&auto=format&=&x",
		"/v/a%20b/%c3%bc.jpg/w%3d480,h=270,fit=cover,q=75.webp?utm_source=mail",
	}
	for _, s := range spellings {
		if got := edge.ask(t, s, http.Header{"Accept": {"image/webp"}}); got.path != want {
			t.Errorf("%s: got %+v, want %s", s, got, want)
		}
	}
}

// Explain does not run the function, yet comes to the same answers.
func TestExplainAgreesWithTheFunction(t *testing.T) {
	for name, config := range edges {
		edge, _ := newPair(t, config)
		compared := 0
		for _, v := range vectors(t) {
			v.target = sign(v.target)
			got, err := Explain(config, signKeys, "https://images.example"+v.target, v.accept)
			if err != nil || strings.Contains(v.target, "#") {
				continue // net/url does not parse it, or cuts off a fragment, which browsers don't send
			}
			compared++
			want := askOnce(t, name, edge, v)
			explained := answer{
				path: got.Path, status: got.Status, body: got.Body,
				contentType: got.Header.Get("Content-Type"), cacheFor: got.Header.Get("Cache-Control"),
			}
			want.signed = ""
			if config.EscapePaths && isRelayedPath(percentEncoded(want.path)) {
				want.path, explained.path = percentEncoded(want.path), percentEncoded(explained.path)
			}
			if isRelayedPath(want.path) {
				if explained.status != 0 {
					continue // it is the service that refuses the request
				}
				want.path, explained.path = unescaped(t, want.path), unescaped(t, explained.path)
			}
			if message(t, explained) != message(t, want) {
				t.Errorf("%s: %.300s: got %q, want %q", name, v.target, got.Body, want.body)
			}
			explained.body, want.body = "", ""
			if explained != want {
				t.Errorf("%s: %.300s: got %+v, want %+v", name, v.target, explained, want)
			}
		}
		if compared < 300 {
			t.Errorf("%s: got %d targets that net/url parses, want at least 300", name, compared)
		}
	}
}

func TestExplain(t *testing.T) {
	config := edges["signing allowed"]
	edge, _ := newPair(t, config)
	targets := []string{
		"/img/a%20b/%C3%BC+.jpg?w=475&utm=1", "/img/cat.jpg?w=abc", "/img/cat.jpg?blur=2", "/v/cat.jpg/w=481.auto",
		"/metrics", "/",
		sign("/img/cat.jpg?w=333&s={s}"), sign("/img/cat.jpg?w=333&s={bad}"),
	}
	for _, target := range targets {
		got, err := Explain(config, signKeys, "https://images.example"+target, "image/webp")
		if err != nil {
			t.Fatal(err)
		}
		want := edge.ask(t, target, http.Header{"Accept": {"image/webp"}})
		if got.Path != want.path || got.Status != want.status || got.Body != want.body {
			t.Errorf("%s: got %+v, want %+v", target, got, want)
		}
	}
	off, err := Explain(EdgeConfig{Encodes: every}, signKeys, sign("/img/cat.jpg?w=333&s={s}"), "")
	if err != nil || off.Status != 403 {
		t.Errorf("with signing off: got %+v, %v", off, err)
	}
}
