package grammar

import (
	"net/url"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// One signature is good for all sizes that it leaves open, on the ladder, and for nothing else.
func TestAnySize(t *testing.T) {
	g := testGrammar(resize.WebP)
	g.SignRequired = true
	const query = "w=100&blur=4&any=w,dpr,q&expires=1790000000"
	signature := Sign("secret", ImagePath+"cat.jpg", query)
	for _, test := range []struct {
		query, want string
		status      int
	}{
		{query, "w=128,blur=4.auto", 0},
		{"blur=4&any=w,dpr,q&expires=1790000000", "blur=4.auto", 0},
		{"w=600&blur=4&any=w,dpr,q&expires=1790000000", "w=640,blur=4.auto", 0},
		{"width=600&dpr=2&quality=88&any=w%2Cdpr%2Cq&expires=1790000000&blur=4", "w=1200,q=90,blur=4.auto", 0},
		{"w=8192&dpr=5&blur=4&any=w,dpr,q&expires=1790000000", "w=3840,blur=4.auto", 0},
		{"w=100&blur=5&any=w,dpr,q&expires=1790000000", "", 403},
		{"w=100&any=w,dpr,q&expires=1790000000", "", 403},
		{"w=100&blur=4&any=w,dpr,q,fm&expires=1790000000", "", 403},
		{"w=100&blur=4&expires=1790000000", "", 403},
		{"w=100&blur=4&any=w,dpr,q&expires=1790000001", "", 403},
		{"w=100&blur=4&any=w,dpr,q", "", 403},
		{"w=100&h=100&blur=4&any=w,dpr,q&expires=1790000000", "", 403},
		{"w=100&fm=png&blur=4&any=w,dpr,q&expires=1790000000", "", 403},
		{"w=0&blur=4&any=w,dpr,q&expires=1790000000", "", 400},
		{"w=1&width=2&blur=4&any=w,dpr,q&expires=1790000000", "", 400},
		{"w=100&blur=4&any=w,dpr,q&any=w&expires=1790000000", "", 400},
	} {
		req, err := g.Parse("cat.jpg", test.query+"&s="+url.QueryEscape(signature), "", noon)
		if statusOf(err) != test.status || err == nil && (req.Transform.String() != test.want || !req.AnySize || !req.Signed) {
			t.Errorf("%s: got %v, %v, want %s, %d", test.query, req.Transform, err, test.want, test.status)
		}
	}
	if _, err := g.Parse("dog.jpg", query+"&s="+signature, "", noon); statusOf(err) != 403 {
		t.Errorf("another image: got %v", err)
	}
	if _, err := g.Parse("cat.jpg", query+"&s="+signature, "", time.Unix(1790000000, 0)); statusOf(err) != 403 {
		t.Errorf("expired: got %v", err)
	}
}

// What any can't name is refused also from those who sign it, and without a signature it is nothing.
func TestAnyOfWhat(t *testing.T) {
	g := testGrammar()
	for query, want := range map[string]int{
		"any=w,h,dpr,fit,crop,q,fm,auto,ar": 0,
		"any=width":                         400, "any=blur": 400, "any=rot": 400, "any=s": 400, "any=expires": 400, "any=any": 400, "any=w,": 400,
		"any=w&max-w=500": 400, "any=w&min-h=5": 400,
	} {
		_, err := g.Parse("cat.jpg", query+"&s="+Sign("secret", ImagePath+"cat.jpg", query), "", noon)
		if statusOf(err) != want {
			t.Errorf("%s: got %v, want %d", query, err, want)
		}
	}
	if _, err := g.Parse("cat.jpg", "any=w&w=100", "", noon); statusOf(err) != 403 {
		t.Errorf("unsigned: got %v", err)
	}
	const variant, query = "cat.jpg/w=333.auto", "any=w&w=1"
	if _, err := g.ParseVariant(variant, query+"&s="+Sign("secret", VariantPath+variant, "any=w"), noon); statusOf(err) != 403 {
		t.Errorf("a variant: got %v", err)
	}
	if _, err := ParsePresets([]Preset{{"a", "w=100&any=w"}}); err == nil {
		t.Error("a preset: got no error")
	}
}
