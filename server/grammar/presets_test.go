package grammar

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// withPresets returns a grammar with presets such as "avatar=w=100".
func withPresets(t *testing.T, texts ...string) *Grammar {
	t.Helper()
	var list []Preset
	for _, text := range texts {
		var p Preset
		if err := p.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	presets, err := ParsePresets(list)
	if err != nil {
		t.Fatal(err)
	}
	g := testGrammar(resize.WebP)
	g.Presets = presets
	return g
}

func TestPresets(t *testing.T) {
	g := withPresets(t, "avatar=w=100&h=100&fit=cover&crop=top-left&auto=format", "soft=blur=9&fm=jpg&q=33")
	onlyPresets := *g
	onlyPresets.OnlyPresets = true
	tests := []struct{ query, want, only string }{
		{"preset=avatar", "w=100,h=100,fit=cover,crop=top-left.auto", ""},
		{"preset=avatar&fm=png", "w=100,h=100,fit=cover,crop=top-left.png", ""},
		{"preset=soft", "q=33,blur=9.jpeg", ""},
		{"preset=soft&auto=format", "q=33,blur=9.auto", ""},
		{"preset=avatar&w=200", "w beside a preset requires a signed URL", ""},
		{"preset=avatar&expires=9", "expires beside a preset requires a signed URL", ""},
		{"preset=nobody", `preset: got "nobody", takes one of the presets: avatar, soft`, ""},
		{"w=480", "w=480.auto", "every image without a preset requires a signed URL"},
		{"", "full.auto", "every image without a preset requires a signed URL"},
	}
	for _, test := range tests {
		for g, want := range map[*Grammar]string{g: test.want, &onlyPresets: max(test.only, test.want)} {
			if g.OnlyPresets && test.only != "" {
				want = test.only
			}
			req, err := g.Parse("cat.jpg", test.query, "", noon)
			if got := req.Transform.String(); err == nil && got != want || err != nil && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s, only presets %t: got %s, %v, want %s", test.query, g.OnlyPresets, got, err, want)
			}
			if err != nil {
				continue
			}
			// The edge function rewrites to the normal form, which comes without a signature.
			if _, err := g.ParseVariant("cat.jpg/"+req.Transform.String(), "", noon); err != nil {
				t.Errorf("/v/cat.jpg/%s, only presets %t: %v", req.Transform, g.OnlyPresets, err)
			}
		}
	}
	signed := "preset=avatar&w=200&s=" + Sign("secret", "/img/cat.jpg", "preset=avatar&w=200")
	req, err := onlyPresets.Parse("cat.jpg", signed, "", noon)
	if want := "w=200,h=100,fit=cover,crop=top-left.auto"; err != nil || req.Transform.String() != want {
		t.Errorf("signed: got %s, %v, want %s", req.Transform, err, want)
	}
	if _, err := onlyPresets.ParseVariant("cat.jpg/w=480.auto", "", noon); statusOf(err) != 403 {
		t.Errorf("a normal form of the ladder with only presets: got %v", err)
	}
}

// A preset adds at most a variant for each format, with default marks as without, and nobody gets beyond them.
func TestPresetsAreBounded(t *testing.T) {
	g := withPresets(t, "avatar=w=100&h=100&fit=cover", "soft=blur=9&q=33")
	g.OnlyPresets = true
	marks, err := ParseDefaultMarks([]DefaultMark{{"", "mark=logo.png"}, {"cat", "mark=cat.png"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, g.DefaultMarks = range []DefaultMarks{nil, marks} {
		names := make(map[string]bool)
		for _, preset := range []string{"avatar", "soft"} {
			for _, f := range resize.Formats() {
				if !g.Encodes(f) && f != resize.Auto {
					continue
				}
				req, err := g.Parse("cat.jpg", fmt.Sprintf("preset=%s&fm=%s", preset, f.Words()[0]), "", noon)
				if err != nil {
					t.Fatal(err)
				}
				names[req.Transform.String()] = true
			}
		}
		if want := 2 * (1 + 4); len(names) != want { // auto, jpeg, png, gif, webp
			t.Errorf("got %d names, want %d: %v", len(names), want, names)
		}
	}
}

func TestPresetErrors(t *testing.T) {
	for text, want := range map[string]string{
		"avatar": "an equals sign", "avatar=": "an equals sign", "=w=1": "an equals sign", "A=w=1": "an equals sign",
		"a=w=1'": "an equals sign", `a=w=1"`: "an equals sign", "a=w=${x}": "an equals sign", "a=w=0": "preset a: w: got",
		"a=or=90": `got "or"`, "a=preset=b": "can't hold preset", "a=s=x": "can't hold s", "a=expires=1": "can't hold expires",
		"a=auto=enhance": "preset a: auto",
	} {
		var p Preset
		err := p.UnmarshalText([]byte(text))
		if err == nil {
			_, err = ParsePresets([]Preset{p})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestPresetCandidates(t *testing.T) {
	g := withPresets(t, "wide=w=400&h=200&fit=cover")
	original := resize.Info{Displayed: resize.Size{Width: 3000, Height: 2000}}
	candidates := func(g *Grammar, query string) (string, error) {
		req, err := g.ParseInfo("/srcset/", "/srcset/cat.jpg", query, noon)
		if err != nil {
			return "", err
		}
		list, err := g.Candidates(req, original, noon)
		var texts []string
		for _, c := range list {
			url, _, _ := strings.Cut(c.URL, "&s=")
			texts = append(texts, fmt.Sprintf("%s %dx%d", url, c.Width, c.Height))
		}
		return strings.Join(texts, "\n"), err
	}
	got, err := candidates(g, "preset=wide")
	if want := "/img/cat.jpg?preset=wide 400x200"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := candidates(g, "preset=wide&w=100,200"); statusOf(err) != 403 {
		t.Errorf("other widths: got %v", err)
	}
	if _, err := candidates(g, "preset=nobody"); statusOf(err) != 400 {
		t.Errorf("another preset: got %v", err)
	}
	got, err = candidates(g, "preset=wide&w=100,200&s="+Sign("secret", "/srcset/cat.jpg", "preset=wide&w=100,200"))
	if want := "/img/cat.jpg?w=100&h=50&preset=wide 100x50\n/img/cat.jpg?w=200&h=100&preset=wide 200x100"; err != nil || got != want {
		t.Errorf("signed: got %s, %v, want %s", got, err, want)
	}
	g.OnlyPresets = true
	if got, err := candidates(g, ""); err != nil || got != "" {
		t.Errorf("only presets: got %s, %v", got, err)
	}
}
