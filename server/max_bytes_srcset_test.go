package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// Every image of a signed srcset is within its limit of bytes. Without a signature there is no srcset that has one, and the answer
// says why.
func TestMaxBytesInSrcset(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, URLs: URLs{SignKeys: []string{"k"}}})
	signed := func(path, query string) answer {
		return o.get(path + "?" + query + "&s=" + grammar.Sign("k", path, query))
	}
	const query = "fm=jpeg&max-bytes=4000&w=200,400"
	srcset := o.get("/info/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/info/cat.jpg", query)).info(t).Srcset
	element := string(signed("/srcset/cat.jpg", query).body)
	if len(srcset) != 2 {
		t.Fatalf("got a srcset of %v, want two images", srcset)
	}
	for _, c := range srcset {
		if !strings.Contains(element, strings.ReplaceAll(c.URL, "&", "&amp;")+" ") {
			t.Errorf("got %s, want one with %s", element, c.URL)
		}
		got := o.get(c.URL)
		got.want(t, http.StatusOK, c.Width, c.Height)
		if len(got.body) > 4000 {
			t.Errorf("%s: got %d bytes, want at most 4000", c.URL, len(got.body))
		}
		if whole := signed("/img/cat.jpg", "fm=jpeg&w="+c.URL[strings.Index(c.URL, "w=")+2:][:3]); len(whole.body) <= 4000 {
			t.Errorf("without a limit: got %d bytes, want more than 4000", len(whole.body))
		}
	}
	for _, path := range []string{"/srcset/cat.jpg", "/info/cat.jpg"} {
		got := o.get(path + "?max-bytes=4000&w=200")
		if got.StatusCode != http.StatusForbidden || !strings.Contains(string(got.body), "max-bytes") {
			t.Errorf("%s, unsigned: got %s: %s", path, got.Status, got.body)
		}
		if got := signed(path, "max-bytes=0&w=200"); got.StatusCode != http.StatusBadRequest || !strings.Contains(string(got.body), "max-bytes") {
			t.Errorf("%s of 0 bytes: got %s: %s", path, got.Status, got.body)
		}
	}
}
