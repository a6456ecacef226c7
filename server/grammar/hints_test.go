package grammar

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// hints returns the hints of a browser: names and values.
func hints(g *Grammar, headers ...string) Hints {
	return g.Hints(func(name string) string {
		for i := 0; i < len(headers); i += 2 {
			if headers[i] == name {
				return headers[i+1]
			}
		}
		return ""
	})
}

func TestHints(t *testing.T) {
	g := testGrammar(resize.WebP)
	g.ClientHints = true
	const dpr, width, viewport, save = "Sec-CH-DPR", "Sec-CH-Width", "Sec-CH-Viewport-Width", "Save-Data"
	for _, test := range []struct {
		query      string
		headers    []string
		want, vary string
	}{
		{"w=auto", nil, "w=1080.auto", hintsOfWidth},
		{"w=auto", []string{width, "500"}, "w=640.auto", hintsOfWidth},
		{"w=auto&dpr=auto", []string{width, "500", dpr, "2"}, "w=640.auto", hintsOfWidth},
		{"w=auto", []string{viewport, "390", dpr, "2.625"}, "w=1080.auto", hintsOfWidth},
		{"w=auto", []string{viewport, "390"}, "w=480.auto", hintsOfWidth},
		{"w=auto", []string{width, "60000"}, "w=3840.auto", hintsOfWidth},
		{"w=auto", []string{width, "-1", viewport, "NaN"}, "w=1080.auto", hintsOfWidth},
		{"w=auto", []string{width, "1e300"}, "w=1080.auto", hintsOfWidth},
		{"w=auto", []string{width, "1000", dpr, "2", save, "on"}, "w=640,q=50.auto", hintsOfWidth},
		{"w=auto&q=90", []string{width, "500", save, "on"}, "w=640,q=90.auto", hintsOfWidth},
		{"w=auto&ar=16:9", []string{width, "640"}, "w=640,h=360,fit=cover.auto", hintsOfWidth},
		{"w=160&dpr=auto", []string{dpr, "1.5"}, "w=320.auto", hintsOfDPR},
		{"w=160&dpr=auto", []string{dpr, "50"}, "w=480.auto", hintsOfDPR},
		{"w=160&dpr=auto", []string{dpr, "2", save, "on"}, "w=160,q=50.auto", hintsOfDPR},
		{"w=160&dpr=auto", nil, "w=160.auto", hintsOfDPR},
		{"w=160", []string{width, "500", dpr, "3", save, "on"}, "w=160.auto", ""},
	} {
		req, err := g.ParseHinted("cat.jpg", test.query, "", hints(g, test.headers...), noon)
		if err != nil || req.Transform.String() != test.want || req.Hinted != test.vary {
			t.Errorf("%s, %v: got %v, %q, %v, want %s, %q", test.query, test.headers, req.Transform, req.Hinted, err, test.want, test.vary)
		}
	}
	if _, err := g.ParseHinted("cat.jpg", "w=auto&dpr=2", "", Hints{}, noon); statusOf(err) != 400 {
		t.Errorf("a width in pixels of the screen, times dpr: got %v", err)
	}
	// A signature leaves no more to strangers than an unsigned URL does.
	query := "w=auto&blur=4"
	req, err := g.ParseHinted("cat.jpg", query+"&s="+Sign("secret", ImagePath+"cat.jpg", query), "", hints(g, width, "501"), noon)
	if err != nil || req.Transform.String() != "w=640,blur=4.auto" {
		t.Errorf("signed: got %v, %v", req.Transform, err)
	}
	g.ClientHints = false
	for _, query := range []string{"w=auto", "w=160&dpr=auto"} {
		if _, err := g.ParseHinted("cat.jpg", query, "", hints(g, width, "500", dpr, "2"), noon); statusOf(err) != 400 {
			t.Errorf("%s, without the setting: got %v", query, err)
		}
	}
}
