package grammar

import (
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// withDefaultMarks returns a grammar with default marks such as "photos/=logo.png", and presets.
func withDefaultMarks(t *testing.T, texts []string, presets ...string) *Grammar {
	t.Helper()
	var list []DefaultMark
	for _, text := range texts {
		var d DefaultMark
		if err := d.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	g := withPresets(t, presets...)
	g.Marks = "marks/"
	var err error
	if g.DefaultMarks, err = ParseDefaultMarks(list); err != nil {
		t.Fatal(err)
	}
	return g
}

// The mark of the longest prefix is on every variant that a URL without a signature comes to, but those of presets with a mark of
// their own or none.
func TestDefaultMarks(t *testing.T) {
	g := withDefaultMarks(t, []string{"photos/=l.png", "photos/raw/=l.png&mark-align=top&mark-pad=0"},
		"small=w=9", "other=w=9&mark=o.png", "bare=w=8&mark=none")
	const logo, top = "mark=bC5wbmc,mark-pad=10", "mark=bC5wbmc,mark-align=top"
	sign := func(path, query string) string { return query + "&s=" + Sign("secret", "/img/"+path, query) }
	tests := []struct{ key, query, want string }{
		{"a.jpg", "w=480", "w=480.auto"},
		{"photos/a.jpg", "w=480", "w=480," + logo + ".auto"},
		{"photos/a.jpg", "", logo + ".auto"},
		{"photos/raw/a.jpg", "w=480", "w=480," + top + ".auto"},
		{"photos/a.jpg", "w=480&fm=png", "w=480," + logo + ".png"},
		{"photos/a.jpg", "mark=none", "mark requires a signed URL"},
		{"photos/a.jpg", "preset=small", "w=9," + logo + ".auto"},
		{"photos/a.jpg", "preset=other", "w=9,mark=by5wbmc,mark-pad=10.auto"},
		{"photos/a.jpg", "preset=bare", "w=8.auto"},
		{"photos/a.jpg", "preset=other&mark=none", "mark beside a preset requires a signed URL"},
		{"photos/a.jpg", sign("photos/a.jpg", "w=33"), "w=33," + logo + ".auto"},
		{"photos/a.jpg", sign("photos/a.jpg", "w=33&mark=none"), "w=33.auto"},
		{"photos/a.jpg", sign("photos/a.jpg", "w=33&mark=marks/b.png&mark-pad=0"), "w=33,mark=bWFya3MvYi5wbmc.auto"},
		{"photos/a.jpg", sign("photos/a.jpg", "w=33&mark=l.png"), "w=33," + logo + ".auto"},
	}
	for _, test := range tests {
		req, err := g.Parse(test.key, test.query, "", noon)
		if got := req.Transform.String(); err == nil && got != test.want || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s?%s: got %s, %v, want %s", test.key, test.query, got, err, test.want)
		}
		if err != nil || req.Signed {
			continue
		}
		again, err := g.ParseVariant(test.key+"/"+test.want, "", noon)
		if err != nil || again.Transform != req.Transform {
			t.Errorf("/v/%s/%s: got %s, %v", test.key, test.want, again.Transform, err)
		}
		// What an edge function writes that does not know of the mark.
		bare := req.Transform
		if bare.Mark = (resize.Mark{}); test.query == "preset=other" {
			continue
		}
		again, err = g.ParseVariant(test.key+"/"+bare.String(), "", noon)
		if err != nil || again.Transform != req.Transform {
			t.Errorf("/v/%s/%s: got %s, %v, want %s", test.key, bare, again.Transform, err, test.want)
		}
	}
}

// Warming makes what URLs come to.
func TestMarked(t *testing.T) {
	g := withDefaultMarks(t, []string{"photos/=l.png"}, "other=w=9&mark=o.png", "bare=w=8&mark=none")
	names := func(key string, ts ...resize.Transform) (list []string) {
		for _, t := range g.Marked(key, ts) {
			list = append(list, t.String())
		}
		return list
	}
	wide := resize.Transform{Width: 480, Format: resize.WebP}
	bare := resize.Transform{Width: 8, Format: resize.WebP}
	other := resize.Transform{Width: 9, Format: resize.WebP, Mark: resize.Mark{Key: "o.png"}}
	if got, want := names("a.jpg", wide, bare), []string{"w=480.webp", "w=8.webp"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	const logo = ",mark=bC5wbmc,mark-pad=10.webp"
	want := []string{"w=480" + logo, "w=8" + logo, "w=8.webp", "w=9,mark=by5wbmc.webp"}
	if got := names("photos/a.jpg", wide, bare, other); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDefaultMarkErrors(t *testing.T) {
	for text, want := range map[string]string{
		"": "an equals sign", "photos/": "an equals sign", "photos/=": "an equals sign", "ä=l.png": "an equals sign",
		"a=l.png'": "an equals sign", "a=${x}": "an equals sign", "a=../l.png": "mark: got", "a=l.png&mark-pad=x": "mark-pad: got",
		"a=l.png&w=5": `got "w"`, "a=l.png&preset=x": `got "preset"`, "a=none": "it has no mark", "twice=l.png": "another one of that prefix",
	} {
		var d DefaultMark
		err := d.UnmarshalText([]byte(text))
		if err == nil {
			_, err = ParseDefaultMarks([]DefaultMark{{Prefix: "twice", Query: "mark=l.png"}, d})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	var d DefaultMark
	if err := d.UnmarshalText([]byte("photos/=l.png&mark-pad=3")); err != nil || d.String() != "photos/=l.png&mark-pad=3" {
		t.Errorf("got %s, %v", d, err)
	}
}
