package dialect

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// Whatever a stranger sends to any dialect: what it comes to is on the ladder, its key is below a source, and it is what the
// URL comes to that is printed for it.
func FuzzTranslate(f *testing.F) {
	for i, path := range []string{
		"/_/rs:fill:300:200:0:1/g:fp:0.1:0.2/bg:1:2:3/plain/s3://photos/a%20b.jpg@webp", "/_/w:10/Y2F0LmpwZw.png", "/_/exp:9/pr:a/plain/a",
		"/unsafe/1x2:3x4/fit-in/-300x-200/left/top/smart/filters:quality(75):fill(fff):focal(0.1x0.2)/cat.jpg", "/unsafe/b64:Y2F0",
		"/cdn-cgi/image/w=3,h=4,g=0.1x0.2,f=auto,blur=3/https://images.example.com/cats/a", "/x/image/upload/c_fill,w_3/f_auto/v1/a",
		"/w_3,h_4&f_webp,flip/a", "/eyJrZXkiOiJhIn0=", "/fit-in/3x4/a", "/a",
	} {
		f.Add(uint8(i), path, "w=3&h=4&fit=fill&url=%2Fa&q=3&s64=eA&width=3")
	}
	ladder, err := grammar.DefaultLadder().Normal()
	if err != nil {
		f.Fatal(err)
	}
	g := &grammar.Grammar{Ladder: ladder, Encodes: func(resize.Format) bool { return true }}
	sets := make([]*Set, 0, len(dialects))
	for _, name := range Names() {
		set, err := NewSet([]Mount{{name, dialects[name].mount}}, nil, Sources{{"https://images.example.com/cats/", "cats/"}}, false)
		if err != nil {
			f.Fatal(err)
		}
		sets = append(sets, set)
	}
	f.Fuzz(func(t *testing.T, which uint8, path, query string) {
		translation, err := sets[int(which)%len(sets)].Translate(path, query)
		if err != nil {
			if _, isOurs := errors.AsType[*Error](err); !isOurs {
				t.Errorf("%s?%s: %v", path, query, err)
			}
			return
		}
		now := time.Unix(0, 0)
		req, err := g.ParseTranslated(translation, "", now)
		if err != nil {
			return
		}
		if translation.Signed || !g.Ladder.Holds(req.Transform) {
			t.Errorf("%s?%s: signed %t, %s", path, query, translation.Signed, req.Transform)
		}
		target, ok := g.URL(translation)
		if !ok {
			return // it expires
		}
		printed, after, _ := strings.Cut(target, "?")
		key, err := url.PathUnescape(strings.TrimPrefix(printed, grammar.ImagePath))
		if err != nil {
			t.Fatal(err)
		}
		if back, err := g.Parse(key, after, "", now); err != nil || back.Key != req.Key || back.Transform != req.Transform {
			t.Errorf("%s?%s prints as %s, which comes to %+v, %v, not %+v", path, query, target, back, err, req)
		}
	})
}
