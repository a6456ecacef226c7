package deploy

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A vector is a request: a line of testdata/urls.txt, or a random one.
type vector struct{ target, accept string }

func (v vector) header() http.Header {
	if v.accept == "" {
		return http.Header{}
	}
	return http.Header{"Accept": {v.accept}}
}

// vectors returns the requests in testdata/urls.txt.
func vectors(t *testing.T) (vs []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/urls.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		target, accept, _ := strings.Cut(line, " ")
		vs = append(vs, vector{target, strings.TrimSpace(accept)})
	}
	if len(vs) < 300 {
		t.Fatalf("got %d vectors, want at least 300", len(vs))
	}
	return vs
}

var signKeys = []string{"secret", "älter"}

// sign replaces {s}, {s2} and {bad} in a target by signatures of the rest of it.
func sign(target string) string {
	path, query, _ := strings.Cut(target, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	for name, key := range map[string]string{"{s}": signKeys[0], "{s2}": signKeys[1], "{bad}": "guess"} {
		target = strings.ReplaceAll(target, name, grammar.Sign(key, path, query))
	}
	return target
}

// every is the Encodes of an engine that writes all formats.
func every(resize.Format) bool { return true }

// portable is the Encodes of a build without codecs.
func portable(f resize.Format) bool {
	return f == resize.JPEG || f == resize.PNG || f == resize.GIF
}

// otherLadder is unsorted, and differs from the default in every value.
var otherLadder = grammar.Ladder{
	Widths:    []int{4000, 100, 8192},
	Ratios:    []grammar.Ratio{{W: 16, H: 9}, {W: 1, H: 1}, {W: 5, H: 1}},
	Qualities: []int{80, 30},
}

// testPresets hold what unsigned URLs may not have, and what normal forms leave out.
var testPresets = func() (presets []grammar.Preset) {
	for _, text := range []string{
		"avatar=width=128&h=128&fit=crop&crop=top-left", "hero=w=1600&q=61&auto=format,compress",
		"faded=blur=9&bg=f00&fm=jpg&bri=-9&flip=h",
		"huge=w=8000&h=4000&dpr=3&fit=pad&fp-x=.3", "plain=fm=png&q=50", "part=rect=1%2C2,3,4&w=33&fm=blurhash",
	} {
		var p grammar.Preset
		if err := p.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		presets = append(presets, p)
	}
	return presets
}()

// testMarks are of the originals of most requests. Of the presets beside them, each is about marks in its own way.
var testMarks = []grammar.DefaultMark{
	{Prefix: "a/", Query: "mark=marks/logo.png&mark-align=top&mark-pad=0"}, {Prefix: "", Query: "mark=logo.png"}, {Prefix: "none/", Query: "mark=none.png"},
}

var presetsBesideMarks = []grammar.Preset{
	{Name: "avatar", Query: "w=128&h=128&fit=cover&crop=top-left"}, {Name: "hero", Query: "w=99&mark=other.png"},
	{Name: "plain", Query: "w=97&mark=none"}, {Name: "faded", Query: "sepia=50&fm=png"},
}

// edges are configurations that together reach every branch of the function.
var edges = map[string]EdgeConfig{
	"signing allowed":       {Encodes: every, Signing: SignAllowed},
	"portable":              {Encodes: portable},
	"signing required":      {Encodes: every, Signing: SignRequired},
	"another ladder, exact": {Encodes: every, Signing: SignAllowed, Exact: true, Ladder: otherLadder},
	"another ladder":        {Encodes: every, Ladder: otherLadder},
	"strict":                {Encodes: every, Signing: SignAllowed, Strict: true},
	"presets":               {Encodes: every, Signing: SignAllowed, Presets: testPresets},
	"default marks":         {Encodes: every, Signing: SignAllowed, Presets: presetsBesideMarks, DefaultMarks: testMarks},
	"escaped":               {Encodes: every, Signing: SignAllowed, Presets: presetsBesideMarks, DefaultMarks: testMarks, EscapePaths: true},
	"only presets":          {Encodes: portable, Signing: SignAllowed, Presets: testPresets, OnlyPresets: true},
}

// newPair returns the edge function and the service of a configuration.
func newPair(t *testing.T, c EdgeConfig) (*cloudFront, origin) {
	t.Helper()
	code, err := EdgeFunction(c)
	if err != nil {
		t.Fatal(err)
	}
	if c.Signing == "" || c.Signing == SignOff {
		return newCloudFront(t, code, ""), newOrigin(t, c, nil)
	}
	return newCloudFront(t, code, strings.Join(signKeys, ",")), newOrigin(t, c, signKeys)
}

// answers holds what the edge functions answered, because two tests look at it.
var answers sync.Map

// askOnce returns the answer of the function of an edge by its name, to a vector.
func askOnce(t *testing.T, name string, edge *cloudFront, v vector) answer {
	t.Helper()
	request := [...]string{name, v.target, v.accept}
	if got, ok := answers.Load(request); ok {
		return got.(answer)
	}
	got := edge.ask(t, v.target, v.header())
	answers.Store(request, got)
	return got
}

func TestEdgeDoesWhatTheServiceDoes(t *testing.T) {
	for name, config := range edges {
		t.Run(name, func(t *testing.T) {
			edge, service := newPair(t, config)
			paths, refusals := 0, 0
			for _, v := range vectors(t) {
				v.target = sign(v.target)
				got := askOnce(t, name, edge, v)
				compare(t, service, v, got)
				if got.status == 0 {
					paths++
				} else {
					refusals++
				}
			}
			t.Logf("%d paths, %d refusals", paths, refusals)
			if paths < 40 || refusals < 200 {
				t.Errorf("got %d paths and %d refusals, want at least 40 and 200", paths, refusals)
			}
		})
	}
}

// A difference that is found can be reproduced by its seed.
func TestEdgeDoesWhatTheServiceDoesAtRandom(t *testing.T) {
	seed := rand.Uint64()
	if s := os.Getenv("IMGORIGIN_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("IMGORIGIN_TEST_SEED=%d", seed)
	requests := 300
	if n, err := strconv.Atoi(os.Getenv("IMGORIGIN_TEST_VECTORS")); err == nil { // more of them are for .ci/run
		requests = n
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for _, name := range []string{"signing allowed", "another ladder", "strict", "presets", "escaped"} {
		edge, service := newPair(t, edges[name])
		for range requests {
			v := randomVector(r)
			compare(t, service, v, edge.ask(t, v.target, v.header()))
			if t.Failed() {
				t.Fatalf("%s, seed %d", name, seed)
			}
		}
	}
}

// compare fails the test if the edge function's answer differs from the service's: it has to be the same variant, under
// its canonical path, or the same refusal with the same message.
func compare(t *testing.T, service origin, v vector, got answer) {
	t.Helper()
	want := service.ask(v.target, v.header())
	if strings.HasPrefix(want.contentType, "text/html") { // a page for people, which the function has no room for
		plain := v.header()
		plain.Set("Accept", strings.ReplaceAll(v.accept, "text/html", "text/plain"))
		want = service.ask(v.target, plain)
	}
	if service.isEscaped && got.path != "" {
		got.path = compareEscaped(t, service, v, got)
	}
	if isRelayedPath(got.path) {
		compareRelayed(t, service, v, got, want)
		return
	}
	if want.status == http.StatusBadRequest && want.body == "" {
		// net/http refuses an invalid percent-encoding itself, without a message. The edge answers as for a bad key.
		if got.status != want.status || !strings.Contains(got.body, "the path names no image") {
			t.Errorf("%.300s: got %+v, want what a bad key gets", v.target, got)
		}
		return
	}
	if want.status == http.StatusNotFound { // the message is that of chi, the router
		if got.status != want.status {
			t.Errorf("%.300s: got %+v, want %+v", v.target, got, want)
		}
		return
	}
	if want.status == 0 {
		if got.status != 0 || unescaped(t, got.path) != want.path {
			t.Errorf("%.300s, Accept %q: got %+v, want %+v", v.target, v.accept, got, want)
		} else if got.path != canonical(got.path) {
			t.Errorf("%.300s: got %s, want it spelled %s", v.target, got.path, canonical(got.path))
		}
		return
	}
	gotMessage, wantMessage := message(t, got), message(t, want)
	if got.status != want.status || got.contentType != want.contentType || got.cacheFor != want.cacheFor ||
		gotMessage != wantMessage {
		t.Errorf("%.300s, Accept %q:\n got %d %s %s %q\nwant %d %s %s %q", v.target, v.accept,
			got.status, got.contentType, got.cacheFor, gotMessage, want.status, want.contentType, want.cacheFor, wantMessage)
	}
}

// compareEscaped fails the test if a path would have to be percent-encoded, or is another variant to the service than without its
// escapes, and returns it without them.
func compareEscaped(t *testing.T, service origin, v vector, got answer) string {
	t.Helper()
	if strings.Trim(got.path, safeInPaths) != "" {
		t.Errorf("%.300s: got path %s, want one that needs no percent-encoding", v.target, got.path)
	}
	path := percentEncoded(got.path)
	header := http.Header{}
	if got.signed != "" {
		header.Set(SignedHeader, got.signed)
	}
	if asked, plain := service.ask(got.path, header), service.ask(path, header); asked != plain {
		t.Errorf("%.300s: the service takes %s for %+v, and %s for %+v", v.target, got.path, asked, path, plain)
	}
	return path
}

// percentEncoded returns a path that was escaped with ~ as it is with %.
func percentEncoded(path string) string {
	slash := strings.LastIndexByte(path, '/')
	path = path[:slash+1] + strings.TrimPrefix(path[slash+1:], "~7E") // which marks it
	return strings.ReplaceAll(strings.ReplaceAll(path, "~", "%"), "%7E", "~")
}

const safeInPaths = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/=,"

// isRelayedPath reports whether the edge function left a request to the service, which its path has the query of, or a
// normal form that the function does not understand.
func isRelayedPath(path string) bool {
	return strings.Contains(path[strings.LastIndexByte(path, '/')+1:], "%3")
}

// compareRelayed fails the test if the service answers a request that the function has passed on in another way than the
// request itself. Caches don't keep its refusals, because they may depend on the signature.
func compareRelayed(t *testing.T, service origin, v vector, relayed, want answer) {
	t.Helper()
	header := v.header()
	header.Del("Accept") // caches are keyed by the path alone
	if relayed.signed != "" {
		header.Set(SignedHeader, relayed.signed)
	}
	got := service.ask(relayed.path, header)
	if got.status != want.status || got.path != want.path || message(t, got) != message(t, want) {
		t.Errorf("%.300s, relayed as %s:\n got %+v\nwant %+v", v.target, relayed.path, got, want)
	}
}

// canonical returns the only spelling of a variant's path that the edge function writes.
func canonical(path string) string {
	decoded, _ := url.PathUnescape(path)
	slash := strings.LastIndexByte(decoded, '/')
	return escape(decoded[:slash]) + decoded[slash:]
}

// message returns the text of a refusal. Quoted parts of it are quoted again, since Go and JavaScript escape some runes
// differently.
func message(t *testing.T, a answer) string {
	t.Helper()
	text := strings.TrimSuffix(a.body, "\n")
	if a.contentType == "application/json" {
		var body struct{ Error string }
		if err := json.Unmarshal([]byte(a.body), &body); err != nil {
			t.Fatalf("%s: %v", a.body, err)
		}
		text = body.Error
	}
	return quoted.ReplaceAllStringFunc(text, func(s string) string {
		plain, err := strconv.Unquote(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if strings.HasSuffix(plain, "…") {
			plain = strings.ToValidUTF8(plain, "") // it may be cut within a rune
		}
		return strconv.QuoteToASCII(plain)
	})
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
