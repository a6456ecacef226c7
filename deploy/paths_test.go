package deploy

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// While the function at the edge escapes paths and the service does not yet, or the other way round, a key that looks escaped is read
// as itself by both.
func TestHalfDeploysReadTheSameKey(t *testing.T) {
	for _, atEdge := range []bool{true, false} {
		for _, atService := range []bool{true, false} {
			edge, _ := newPair(t, EdgeConfig{Encodes: every, EscapePaths: atEdge})
			_, service := newPair(t, EdgeConfig{Encodes: every, EscapePaths: atService})
			for _, key := range []string{"a b.jpg", "a~20b.jpg", "a~7E20b.jpg", "~7Ea.jpg", "a/~7Ew=160.jpeg/~.jpg", "日~E6.jpg", "plain.jpg"} {
				target := (&url.URL{Path: "/img/" + key, RawQuery: "w=160&fm=jpeg"}).String()
				path := edge.ask(t, target, nil).path
				if got, want := service.ask(path, nil).path, "/v/"+key+"/w=160.jpeg"; got != want {
					t.Errorf("escaped at the edge %t, at the service %t: %s is %s, read as %s", atEdge, atService, key, path, got)
				}
			}
		}
	}
}

// The function of descriptions writes each path in one way, which the service reads as the path that the viewer sent.
func TestPathsFunction(t *testing.T) {
	edge := newCloudFront(t, PathsFunction(), "")
	service := newOrigin(t, EdgeConfig{Encodes: every, EscapePaths: true}, nil)
	for path, want := range map[string]string{
		"/info/my%20cat.jpg": "/info/my~20cat.jpg", "/info/my cat.jpg": "/info/my~20cat.jpg",
		"/info/%6Dy+cat~1%7e.jpg": "/info/my~2Bcat~7E1~7E.jpg", "/srcset/2026/a=b,c.jpg": "/srcset/2026/a~3Db~2Cc.jpg",
		"/info/日.jpg": "/info/~E6~97~A5.jpg", "/info/%e6%97%A5.jpg": "/info/~E6~97~A5.jpg", "/info/plain-_.jpg": "/info/plain-_.jpg",
	} {
		if got := edge.ask(t, path, nil); got.path != want {
			t.Errorf("%s: got %s, want %s", path, got.path, want)
		}
	}
	r := dice{rand.New(rand.NewPCG(rand.Uint64(), 0))}
	for range 500 {
		path := "/info/a" + strings.NewReplacer("?", "%3F", "#", "%23").Replace(r.noise())
		key, err := url.PathUnescape(path)
		if err != nil {
			continue // the service answers it with a 400, and a key that is not what it seems to be with a 404
		}
		got := edge.ask(t, path, nil)
		if strings.Trim(got.path, safeInPaths) != "" {
			t.Errorf("%s: got %s, want a path that needs no percent-encoding", path, got.path)
		}
		before, after := service.ask((&url.URL{Path: key}).EscapedPath(), nil), service.ask(got.path, nil)
		if before != after {
			t.Errorf("%s: the service answers %+v, and as %s %+v", path, before, got.path, after)
		}
	}
	if got := service.ask("/info/my~20cat.jpg", nil); got.status == http.StatusBadRequest {
		t.Errorf("got %+v", got)
	}
}
