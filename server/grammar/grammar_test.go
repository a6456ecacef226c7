package grammar

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// testGrammar encodes formats and trusts only URLs signed with "secret" or "older".
func testGrammar(formats ...resize.Format) *Grammar {
	ladder, err := DefaultLadder().Normal()
	if err != nil {
		panic(err)
	}
	can := map[resize.Format]bool{resize.JPEG: true, resize.PNG: true, resize.GIF: true}
	for _, f := range formats {
		can[f] = true
	}
	return &Grammar{Ladder: ladder, Encodes: func(f resize.Format) bool { return can[f] }, SignKeys: []string{"secret", "older"}}
}

// statusOf returns the status that the error table of package server gives the grammar's errors, 0 for no error of the
// grammar. TestGrammarErrors there holds the two together.
func statusOf(err error) int {
	_, isParam := errors.AsType[*ParamError](err)
	_, isUnsigned := errors.AsType[*UnsignedError](err)
	switch {
	case isParam, errors.Is(err, ErrKey):
		return 400
	case isUnsigned, errors.Is(err, ErrSignature), errors.Is(err, ErrExpired):
		return 403
	}
	return 0
}

func TestParse(t *testing.T) {
	const all = "image/avif,image/webp,image/apng,*/*;q=0.8"
	tests := []struct{ query, accept, want string }{
		{"", "", "full.auto"},
		{"w=480", "", "w=480.auto"},
		{"w=400", "", "w=480.auto"},
		{"width=481", "", "w=640.auto"},
		{"w=8000", "", "w=3840.auto"},
		{"w=160&dpr=2", "", "w=320.auto"},
		{"w=160&dpr=1.5", "", "w=320.auto"},
		{"h=300", "", "h=320.auto"},
		{"w=300&h=300", "", "w=320,h=320.auto"},
		{"w=320&h=180&fit=crop", "", "w=320,h=180,fit=cover.auto"},
		{"w=320&h=200&fit=crop", "", "w=320,h=213,fit=cover.auto"},
		{"w=180&h=320&fit=cover", "", "w=320,h=569,fit=cover.auto"},
		{"w=320&h=320&fit=max", "", "w=320,h=320.auto"},
		{"w=320&h=320&fit=pad", "", "w=320,h=320,fit=contain.auto"},
		{"w=320&h=320&fit=squeeze", "", "w=320,h=320,fit=fill.auto"},
		{"w=320&h=320&fit=outside", "", "w=320,h=320,fit=outside.auto"},
		{"w=320&h=320&fit=cover&crop=smart", "", "w=320,h=320,fit=cover,crop=smart.auto"},
		{"w=320&h=320&fit=cover&crop=faces", "", "w=320,h=320,fit=cover,crop=faces.auto"},
		{"w=320&h=320&fit=cover&gravity=top", "", "w=320,h=320,fit=cover,crop=top.auto"},
		{"w=320&crop=top", "", "w=320.auto"},
		{"w=320&q=80", "", "w=320,q=75.auto"},
		{"w=320&quality=100", "", "w=320,q=90.auto"},
		{"w=320&q=1", "", "w=320,q=50.auto"},
		{"w=320&q=auto", "", "w=320,q=auto.auto"},
		{"w=320&fm=jpg", "", "w=320.jpeg"},
		{"w=320&format=png&q=80", "", "w=320.png"},
		{"w=320&f=gif", "", "w=320.gif"},
		{"w=320", all, "w=320.avif"},
		{"w=320", "image/webp,*/*", "w=320.webp"},
		{"w=320", "image/webp;q=0,*/*", "w=320.auto"},
		{"w=320", "image/*,*/*", "w=320.auto"},
		{"w=320&fm=jpeg", all, "w=320.jpeg"},
		{"w=320&fm=jpeg&auto=format", "image/webp", "w=320.webp"},
		{"w=320&auto=compress,format", "", "w=320.auto"},
		{"utm_source=x&w=320&%zz=1&x=%zz", "", "w=320.auto"},
		{"w=3%320", "", "w=320.auto"},
		{"w=320&h=1", "", "w=320,h=137.auto"},
		{"w=1&h=8192", "", "w=32,h=75.auto"},
	}
	g := testGrammar(resize.WebP, resize.AVIF)
	for _, test := range tests {
		req, err := g.Parse("cat.jpg", test.query, test.accept, noon)
		if err != nil || req.Transform.String() != test.want {
			t.Errorf("%s with Accept %q: got %s, %v, want %s", test.query, test.accept, req.Transform, err, test.want)
		}
		if req.Transform != req.Transform.Normal() {
			t.Errorf("%s: got %+v, which is not in normal form", test.query, req.Transform)
		}
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ query, want string }{
		{"w=abc", `w: got "abc", takes a whole number 1…8192`},
		{"width=0", `w: got "0", takes a whole number 1…8192`},
		{"w=8193", `w: got "8193", takes a whole number 1…8192`},
		{"w=-1", `w: got "-1", takes a whole number 1…8192`},
		{"w=%2B1", `w: got "+1", takes a whole number 1…8192`},
		{"w=", `w: got "", takes a whole number 1…8192`},
		{"w", `w: got "", takes a whole number 1…8192`},
		{"w=1e3", `w: got "1e3", takes a whole number 1…8192`},
		{"w=1&w=2", `w: got "1 and 2", takes one value`},
		{"w=1&width=1", `w: got "1 and 1", takes one value`},
		{"w=%zz", `w: got "%zz", takes a whole number 1…8192`},
		{"w=320&dpr=9", `dpr: got "9", takes a number 0.5…5`},
		{"dpr=1e0", `dpr: got "1e0", takes a number 0.5…5`},
		{"dpr=NaN", `dpr: got "NaN", takes a number 0.5…5`},
		{"fit=bogus", `fit: got "bogus", takes inside, cover, contain, fill or outside`},
		{"fit=Cover", `fit: got "Cover", takes inside, cover, contain, fill or outside`},
		{"q=0", `q: got "0", takes a whole number 1…100 or auto`},
		{"q=-1", `q: got "-1", takes a whole number 1…100 or auto`},
		{"fm=bmp", `fm: got "bmp", takes auto, jpeg, png, webp, avif, gif, blurhash or thumbhash`},
		{"fm=avif", `fm: got "avif", takes on this server auto, jpeg, png, gif`},
		{"rect=1,2,3", `rect: got "1,2,3", takes x,y,w,h in pixels of the original`},
		{"rect=0,0,0,0", `rect: got "0,0,0,0", takes x,y,w,h in pixels of the original`},
		{"bg=reddish", `bg: got "reddish", takes rrggbb or rrggbbaa in hexadecimal, a name as in CSS, or transparent`},
		{"bri=101", `bri: got "101", takes a whole number -100…100`},
		{"con=-101", `con: got "-101", takes a whole number -100…100`},
		{"sat=1.5", `sat: got "1.5", takes a whole number -100…100`},
		{"gam=%2B1", `gam: got "+1", takes a whole number -100…100`},
		{"sharp=-1", `sharp: got "-1", takes a whole number 0…100`},
		{"invert=yes", `invert: got "yes", takes true or false`},
		{"flip=x", `flip: got "x", takes h, v or hv`},
		{"blur=-1", `blur: got "-1", takes a number 0.3…100`},
		{"blur=.", `blur: got ".", takes a number 0.3…100`},
		{"fp-x=0.5&crop=top", `crop: got "top", takes center, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, smart, faces, entropy, edges or focalpoint`},
		{"w=" + strings.Repeat("9", 99), `w: got "` + strings.Repeat("9", 60) + `…", takes a whole number 1…8192`},
	}
	g := testGrammar()
	g.Exact = true
	for _, test := range tests {
		_, err := g.Parse("cat.jpg", test.query, "", noon)
		if _, ok := errors.AsType[*ParamError](err); !ok || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.query, err, test.want)
		}
	}
}

func TestParseWantsASignatureForWhatMultiplies(t *testing.T) {
	for _, query := range []string{
		"blur=2", "bg=ff0000", "rect=0,0,9,9", "fp-x=0.2", "fp-y=0.2", "expires=99999999999",
		"bri=1", "con=1", "sat=1", "gam=1", "sharp=1", "invert=true", "flip=h",
		"w=9&h=9&fit=cover&crop=top-left", "w=9&h=9&fit=cover&crop=focalpoint",
	} {
		_, err := testGrammar().Parse("cat.jpg", query, "", noon)
		if _, ok := errors.AsType[*UnsignedError](err); !ok {
			t.Errorf("%s: got %v, want an UnsignedError", query, err)
		}
		signed := query + "&s=" + Sign("secret", "/img/cat.jpg", query)
		if _, err := testGrammar().Parse("cat.jpg", signed, "", noon); err != nil {
			t.Errorf("%s, signed: got %v", query, err)
		}
	}
}

func TestParseSigned(t *testing.T) {
	g := testGrammar()
	sign := func(key, query string) string { return query + "&s=" + Sign(key, "/img/a b/ü.jpg", query) }
	tests := []struct {
		name, query string
		want        string
		err         error
	}{
		{"exact", sign("secret", "w=333&q=77&bg=f00&fm=jpeg"), "w=333,q=77,bg=ff0000.jpeg", nil},
		{"older key", sign("older", "w=333"), "w=333.auto", nil},
		{"a number without a zero", sign("secret", "dpr=.5&w=10&blur=.5"), "w=5,blur=0.5.auto", nil},
		{"a blur above the range", sign("secret", "blur=2000"), "blur=100.auto", nil},
		{"a blur below the range", sign("secret", "blur=0.1"), "blur=0.3.auto", nil},
		{"effects", sign("secret", "bri=10&con=-20&sat=0&gam=-0&sharp=5&invert=true&flip=vh"),
			"bri=10,con=-20,sharp=5,invert=true,flip=hv.auto", nil},
		{"effects of nothing", sign("secret", "bri=0&invert=false"), "full.auto", nil},
		{"a blur of nothing", sign("secret", "blur=0"), "full.auto", nil},
		{"another order", "s=" + Sign("secret", "/img/a b/ü.jpg", "w=333&h=20") + "&h=20&w=333", "w=333,h=20.auto", nil},
		{"another spelling", "%77=333&s=" + Sign("secret", "/img/a b/ü.jpg", "w=333"), "w=333.auto", nil},
		{"dpr beyond a side", sign("secret", "w=8000&h=4000&dpr=2"), "w=8192,h=4096.auto", nil},
		{"another key", sign("guess", "w=333"), "", ErrSignature},
		{"changed", sign("secret", "w=333") + "&q=5", "", ErrSignature},
		{"not base64", "w=333&s=!!", "", ErrSignature},
		{"in time", sign("secret", fmt.Sprint("w=333&expires=", noon.Unix()+1)), "w=333.auto", nil},
		{"expired", sign("secret", fmt.Sprint("w=333&expires=", noon.Unix())), "", ErrExpired},
	}
	for _, test := range tests {
		req, err := g.Parse("a b/ü.jpg", test.query, "", noon)
		if !errors.Is(err, test.err) || err == nil && req.Transform.String() != test.want {
			t.Errorf("%s: got %s, %v, want %s, %v", test.name, req.Transform, err, test.want, test.err)
		}
	}
	g.SignRequired = true
	if _, err := g.Parse("a b/ü.jpg", "w=480", "", noon); statusOf(err) != 403 {
		t.Errorf("unsigned where signatures are required: got %v", err)
	}
}

func TestParseVariant(t *testing.T) {
	g := testGrammar()
	sign := func(path string) string { return "s=" + Sign("secret", "/v/"+path, "") }
	tests := []struct {
		path, query string
		key         string
		status      int
	}{
		{"cat.jpg/w=480.auto", "", "cat.jpg", 0},
		{"a/b c/cat.jpg/w=480,h=270,fit=cover,crop=smart,q=75.jpeg", "", "a/b c/cat.jpg", 0},
		{"cat.jpg/h=320.png", "", "cat.jpg", 0},
		{"cat.jpg/full.auto", "", "cat.jpg", 0},
		{"cat.jpg/w=481.auto", "", "", 403},
		{"cat.jpg/w=481.auto", sign("cat.jpg/w=481.auto"), "cat.jpg", 0},
		{"cat.jpg/w=481.auto", sign("cat.jpg/w=482.auto"), "", 403},
		{"cat.jpg/w=480,q=76.auto", "", "", 403},
		{"cat.jpg/w=480,q=auto.jpeg", "", "cat.jpg", 0},
		{"cat.jpg/w=480,q=-1.jpeg", "", "", 400},
		{"cat.jpg/w=480,h=271.auto", "", "", 403},
		{"cat.jpg/blur=2.auto", "", "", 403},
		{"cat.jpg/w=480,h=270,fit=cover,crop=top-left.auto", "", "", 403},
		{"cat.jpg/w=480.avif", "", "", 400},
		{"cat.jpg/w=0480.auto", "", "", 400},
		{"cat.jpg", "", "", 400},
		{"/w=480.auto", "", "", 400},
		{"../w=480.auto", "", "", 400},
	}
	for _, test := range tests {
		req, err := g.ParseVariant(test.path, test.query, noon)
		status := 0
		if err != nil {
			status = statusOf(err)
		}
		if status != test.status || err == nil && req.Key != test.key {
			t.Errorf("%s?%s: got key %q, %v, want %q, status %d", test.path, test.query, req.Key, err, test.key, test.status)
		}
	}
}

func TestCheckKey(t *testing.T) {
	for _, good := range []string{"a", "a b+c%2F.jpg", "日本/猫.jpg", "a//b", "/a", "a/", "...", "a..b/.c", strings.Repeat("x", 1024)} {
		if err := CheckKey(good); err != nil {
			t.Errorf("%q: got %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "../x", "a/..", "a/./b", "a\x00b", "a\xffb", strings.Repeat("x", 1025)} {
		if err := CheckKey(bad); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}

// Whatever a stranger sends: no panic, a transform in normal form that prints and parses to itself, and nothing
// off the ladder without a signature. Asking again for what came out comes to the same.
func FuzzParse(f *testing.F) {
	f.Add("cat.jpg", "w=480&h=270&fit=cover&crop=smart&q=75&fm=webp&dpr=2", "image/webp")
	f.Add("a/b c", "rect=1,2,3,4&blur=1.5&bg=fff&fp-x=0.1&fp-y=1&expires=1&s=x", "*/*")
	f.Add("x", "width=1&height=2&gravity=top,left&quality=3&format=jpg&auto=format,compress", "")
	strangers, trusted := testGrammar(resize.WebP), testGrammar(resize.WebP)
	trusted.Exact = true
	f.Fuzz(func(t *testing.T, key, query, accept string) {
		for _, g := range []*Grammar{strangers, trusted} {
			req, err := g.Parse(key, query, accept, noon)
			if err != nil {
				if statusOf(err) == 0 {
					t.Errorf("%v is not the client's fault", err)
				}
				continue
			}
			name := req.Transform.String()
			back, err := resize.ParseTransform(name)
			if err != nil || back != req.Transform {
				t.Errorf("%q prints as %s, which parses as %+v, %v", query, name, back, err)
			}
			if g == strangers && !g.Ladder.Holds(req.Transform) {
				t.Errorf("%q comes to %s, which is not on the ladder", query, name)
			}
			variant, err := g.ParseVariant(key+"/"+name, "", noon)
			if err != nil || variant.Transform != req.Transform || variant.Key != key {
				t.Errorf("/v/%s/%s: got %+v, %v", key, name, variant, err)
			}
		}
	})
}

func FuzzSign(f *testing.F) {
	f.Add("/img/cat.jpg", "w=1&h=2", "s")
	f.Add("/img/ü b", "%77=1&&=&a=%zz", "AAAA")
	f.Fuzz(func(t *testing.T, path, query, guess string) {
		if verify([]string{"secret"}, path, query, guess) && guess != Sign("secret", path, query) {
			if _, err := url.QueryUnescape(guess); err == nil && strings.TrimRight(guess, "=") != Sign("secret", path, query) {
				t.Errorf("%q signs %s?%s", guess, path, query)
			}
		}
		if !verify([]string{"older", "secret"}, path, query, Sign("secret", path, query)) {
			t.Errorf("%s?%s: its own signature does not fit", path, query)
		}
	})
}

// The edge function has verified a signed URL and rewritten it; the service looks for itself.
func TestParseSignedHeader(t *testing.T) {
	g := testGrammar(resize.WebP)
	signed := func(query string) string {
		return "/img/a%20b.jpg?" + query + "&s=" + Sign("secret", "/img/a b.jpg", query)
	}
	tests := []struct {
		path, signed string
		status       int
	}{
		{"a b.jpg/w=333,q=77.webp", signed("w=333&q=77"), 0},
		{"a b.jpg/w=333,q=77.auto", signed("w=333&q=77"), 0},
		{"a b.jpg/w=333,q=77.jpeg", signed("w=333&q=77&fm=jpeg"), 0},
		{"a b.jpg/w=334.auto", signed("w=333"), 403},
		{"c.jpg/w=333.auto", signed("w=333"), 403},
		{"a b.jpg/w=333.auto", signed("w=333") + "x", 403},
		{"a b.jpg/w=333.auto", "/img/a%20b.jpg?w=333", 403},
		{"a b.jpg/w=333.auto", "%zz", 403},
		{"a b.jpg/w=480.auto", "/v/a%20b.jpg/w=480.auto", 0},
		{"a b.jpg/w=333.auto", signed("w=333&expires=1"), 403},
		{"a b.jpg/w=333.auto", signed("w=333&expires=-5"), 400},
	}
	for _, test := range tests {
		req, err := g.ParseSigned(test.path, test.signed, noon)
		status := 0
		if err != nil {
			status = statusOf(err)
		}
		if status != test.status || err == nil && req.Key != "a b.jpg" {
			t.Errorf("%s by %s: got %q, %v, want status %d", test.path, test.signed, req.Key, err, test.status)
		}
	}
}
