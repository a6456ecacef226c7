package grammar

import (
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// The path that the edge function writes for what it does not understand is as good as the signed URL, and only with it.
func TestRelayedURLs(t *testing.T) {
	g := testGrammar()
	path, query := "/img/cat.jpg", "w=333&sat=50&fm=png&expires=2000000000"
	query += "&s=" + Sign("secret", path, query)
	name := "cat.jpg/" + RelayName(query, resize.Auto)
	if want := "cat.jpg/?fm=png&sat=50&w=333.auto"; name != want {
		t.Fatalf("got %s, want %s", name, want)
	}
	req, err := g.ParseSigned(name, path+"?"+query, noon)
	if err != nil || req.Transform.String() != "w=333,sat=50.png" || req.Negotiated {
		t.Errorf("got %v, %v", req, err)
	}
	for _, other := range []string{"cat.jpg/?fm=png&sat=51&w=333.auto", "dog.jpg/?fm=png&sat=50&w=333.auto", "cat.jpg/?.auto"} {
		if req, err := g.ParseSigned(other, path+"?"+query, noon); err == nil {
			t.Errorf("%s: got %v, want an error", other, req)
		}
		if req, err := g.ParseVariant(other, "", noon); err == nil || !strings.Contains(err.Error(), "requires a signed URL") {
			t.Errorf("%s unsigned: got %v, %v", other, req, err)
		}
	}
	g.Exact = true
	if req, err := g.ParseVariant(name, "", noon); err != nil || req.Transform.String() != "w=333,sat=50.png" || req.Negotiated {
		t.Errorf("exact: got %v, %v", req, err)
	}
}

// What unsigned URLs may have is never passed on, so that strangers can't make a cache keep an answer many times.
func TestUnsignedURLsAreNotRelayed(t *testing.T) {
	for p, row := range params {
		for _, name := range row.names {
			if want := row.reach == relayed; RelayedQuery(name+"=90&utm=2") != want {
				t.Errorf("%s: got %v, want %v", name, !want, want)
			}
		}
		if row.reach == unsigned && param(p) > pSigned {
			t.Errorf("%s is an effect of unsigned URLs", param(p))
		}
	}
	for query, want := range map[string]bool{
		"preset=a": false, "preset=a&fm=webp&auto=format&expires=1&s=x": false, "preset=a&w=3": true, "rot=45": true, "rot=90": false, "w=1&w=2&sat=1": false,
	} {
		if got := RelayedQuery(query); got != want {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}
