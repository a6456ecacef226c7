package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// settings are those of a service with presets and dialects.
func serviceSettings(t *testing.T) Settings {
	t.Helper()
	s := Settings{Ladder: ladder(t)}
	var err error
	if s.Presets, err = grammar.ParsePresets([]grammar.Preset{{Name: "avatar", Query: "w=130&h=130&fit=cover"}}); err != nil {
		t.Fatal(err)
	}
	var mounts []dialect.Mount
	for _, text := range []string{"imgproxy", "thumbor=/thumbs/", "cloudflare", "next", "imgix=/ix/"} {
		var m dialect.Mount
		if err := m.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		mounts = append(mounts, m)
	}
	var key dialect.Key
	if err := key.UnmarshalText([]byte("imgproxy=943b421c:520f986b")); err != nil {
		t.Fatal(err)
	}
	if s.Dialects, err = dialect.NewSet(mounts, []dialect.Key{key}, nil, false); err != nil {
		t.Fatal(err)
	}
	return s
}

// entryOf returns the entry of a URL, answered with a media type.
func entryOf(target, mediaType string) accesslog.Entry {
	path, query, _ := strings.Cut(target, "?")
	return accesslog.Entry{Path: []byte(path), Query: []byte(query), Type: []byte(mediaType)}
}

// Every form of a URL comes to the variant that the service answers it with.
func TestURLs(t *testing.T) {
	u := newURLs(serviceSettings(t))
	for _, test := range []struct{ target, mediaType, want string }{
		{"/img/a/cat.jpg?w=400&fm=webp", "", "a/cat.jpg 480 webp, asked for 400"},
		{"/img/a/cat.jpg?w=400", "image/webp", "a/cat.jpg 480 webp, asked for 400"},
		{"/img/a/cat.jpg?w=400", "image/png", "a/cat.jpg 480 auto, asked for 400"},
		{"/img/a/cat.jpg?w=400", "", "a/cat.jpg 480 negotiated, asked for 400"},
		{"/img/a/cat.jpg?w=400&fm=jpg", "image/webp", "a/cat.jpg 480 jpeg, asked for 400"}, // the name says what is stored
		{"/img/a%20b/c%C3%A9.jpg?w=480&h=270&fit=cover&fm=avif", "", "a b/cé.jpg 480 avif h=270,fit=cover, asked for 480"},
		{"/img/a.jpg?w=333&blur=4&s=abc&expires=99", "", "a.jpg 333 negotiated blur=4, exact"},
		{"/img/a.jpg?w=333&any=w&s=abc", "", "a.jpg 480 negotiated, asked for 333"},
		{"/img/a.jpg?preset=avatar", "image/webp", "a.jpg 130 webp h=130,fit=cover, by preset avatar"},
		{"/img/a.jpg", "image/jpeg", "a.jpg 0 auto"},
		{"/img/a.jpg?w=333&blur=%2534&s=abc", "", "a.jpg 333 negotiated blur=4, exact"}, // encoded twice, as in logs of CloudFront
		{"/v/a/cat.jpg/w=480.webp", "", "a/cat.jpg 480 webp, by name"},
		{"/v/a/cat.jpg/w%3D480%2Cq%3D75.webp", "", "a/cat.jpg 480 webp q=75, by name"},
		{"/v/a/cat.jpg/w=480.auto", "image/jpeg", "a/cat.jpg 480 auto, by name"},
		{"/v/a/cat.jpg/%3Fsepia%3D50%26w%3D400.webp", "", "a/cat.jpg 400 webp sepia=50, by name"}, // relayed by the edge function
		{"/insecure/rs:fill:300:300/plain/local:///cat.jpg@webp", "", "cat.jpg 320 webp h=320,fit=cover, asked for 300"},
		{"/CQQNMG3dALQCgJgNVGJVPjsEz8RKbFfQcPVuEoWtM5c/rs:fit:300/plain/local:///cat.jpg", "", "imgproxy URLs: a signature of none of --dialect-keys"},
		{"/insecure/rs:auto:300:200/plain/local:///cat.jpg", "", "imgproxy URLs: rs has no counterpart"},
		{"/thumbs/unsafe/400x0/filters:format(webp)/cat.jpg", "", "cat.jpg 480 webp, asked for 400"},
		{"/cdn-cgi/image/width=400,format=auto/cat.jpg", "image/avif", "cat.jpg 480 avif, asked for 400"},
		{"/_next/image?url=%2Fcat.jpg&w=400&q=75", "image/webp", "cat.jpg 480 webp q=75, asked for 400"},
		{"/ix/cat.jpg?w=400&auto=format", "image/webp", "cat.jpg 480 webp, asked for 400"},

		{"/app.js?v=3", "", ""},
		{"/app.js?v=3", "text/javascript", ""},
		{"/", "", ""},
		{"/info/cat.jpg", "application/json", ""},
		{"/img/a.jpg?w=x", "", "a value of w that is none of the grammar"},
		{"/img/a.jpg?w=99999", "", "a value of w that is none of the grammar"},
		{"/img/a.jpg?preset=other", "", "a preset that --preset does not name"},
		{"/img/a.jpg?w=300&sepia=50", "", "sepia requires a signature, or --exact"},
	} {
		e := entryOf(test.target, test.mediaType)
		if got := u.describe(&e); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", test.target, got, test.want)
		}
	}
	own := accesslog.Entry{Original: []byte("a%20b.jpg"), Transform: []byte("w=480.webp")} // a log of our own has the key as it is
	if got, want := u.describe(&own), "a%20b.jpg 480 webp, by name"; got != want {
		t.Errorf("imgorigin's own log: got %q, want %q", got, want)
	}
	trusting := serviceSettings(t)
	trusting.Exact = true
	u = newURLs(trusting)
	e := entryOf("/img/a.jpg?w=333&sepia=50", "")
	if got, want := u.describe(&e), "a.jpg 333 negotiated sepia=50, exact"; got != want {
		t.Errorf("--exact: got %q, want %q", got, want)
	}
}

// describe reads a URL and returns what it comes to, what is wrong with it, or nothing if it is of no image.
func (u *urls) describe(e *accesslog.Entry) string {
	u.unread = nil
	key, at, ok := u.read(e)
	if !ok {
		for problem := range u.unread {
			return problem
		}
		return ""
	}
	cell := u.cells.list[at]
	of := u.cells.classes[cell.class]
	text := strings.TrimSpace(fmt.Sprintf("%s %d %s %s", key, of.width, of.format, of.shape))
	switch {
	case cell.kind == byPreset:
		text += ", by preset " + cell.preset
	case cell.kind == byName:
		text += ", by name"
	case cell.kind == exact:
		text += ", exact"
	case cell.asked > 0:
		text += fmt.Sprintf(", asked for %d", cell.asked)
	}
	return text
}

// Without dialects, all paths may be those of objects in a bucket. URLs whose service shows say which setting is missing.
func TestOtherPaths(t *testing.T) {
	u := newURLs(Settings{Ladder: ladder(t)})
	for target, want := range map[string]string{
		"/a/cat.jpg?width=200&dpr=2&format=webp": "a/cat.jpg 480 webp, asked for 400", "/variants/cat.jpg/w=480.webp": "variants/cat.jpg 480 webp, by name",
		"/a/cat.JPG": "a/cat.JPG 0 negotiated", "/app.js?v=3": "", "/": "", "/cat": "",
	} {
		e := entryOf(target, "")
		if got := u.describe(&e); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	for target, service := range map[string]string{
		"/unsafe/300x0/cat.jpg": "thumbor", "/insecure/rs:fit:300/plain/local:///cat.jpg": "imgproxy", "/_next/image?url=%2Fcat.jpg&w=640": "next",
		"/cdn-cgi/image/width=400/cat.jpg": "cloudflare", "/demo/image/upload/w_300/cat.jpg": "cloudinary",
	} {
		e := entryOf(target, "image/webp")
		if got := u.describe(&e); !strings.HasSuffix(got, "--dialect "+service) {
			t.Errorf("%s: got %q, want --dialect %s", target, got, service)
		}
	}
}

// What could not be read is bounded, and so are the cells of signed URLs, which can ask for any shape.
func TestBounds(t *testing.T) {
	var u unread
	for i := range 2 * maxUnread {
		u.add(fmt.Sprint(i))
	}
	if sum, most := u.all(); sum != 2*maxUnread || len(u) > maxUnread+1 || most[0] != (Unread{"other reasons", maxUnread}) {
		t.Errorf("got %d of %d kinds, first %v", sum, len(u), most[0])
	}
	cs := newCells()
	for i := range 3 * maxCells {
		cs.at(class{480, "webp", fmt.Sprintf("blur=%d", i)}, 480, exact, "")
	}
	if len(cs.list) != maxCells+1 || !cs.merged {
		t.Errorf("got %d cells, want %d", len(cs.list), maxCells+1)
	}
	var m memo[int]
	m.put([]byte("often"), 7)
	for i := range 5 * memoTexts {
		m.put(fmt.Append(nil, i), i)
		if v, ok := m.get([]byte("often")); !ok || v != 7 {
			t.Fatalf("after %d others, what is used often is forgotten", i)
		}
	}
	if n := len(m.young) + len(m.old); n > 2*memoTexts {
		t.Errorf("got %d texts, want %d at most", n, 2*memoTexts)
	}
}
