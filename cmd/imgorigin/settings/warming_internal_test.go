package settings

import (
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// What is warmed are the variants that URLs ask for: also where only presets are allowed, and where a preset names its format.
func TestWarmsWhatURLsAskFor(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	for _, test := range []struct {
		warm    string
		presets []string
		only    bool
		want    []string
	}{
		{warm: defaultWarm, want: []string{"w=320.auto", "w=640.auto", "w=1080.auto"}},
		{warm: defaultWarm, presets: []string{"a=w=8", "b=w=9&fm=png"}, only: true, want: []string{"w=8.auto", "w=9.png"}},
		{warm: "preset=a,b", presets: []string{"a=w=8", "b=w=9&fm=png"}, want: []string{"w=8.auto", "w=9.png"}},
		{warm: "preset=b&fm=jpeg", presets: []string{"b=w=9&fm=png"}, want: []string{"w=9.jpeg"}},
		{warm: "preset=b&w=320", presets: []string{"b=w=9&fm=png"}}, // unsigned URLs may not
	} {
		usual := grammar.DefaultLadder()
		urls := URLFlags{LadderFlags: LadderFlags{Widths: usual.Widths, Ratios: usual.Ratios, Qualities: usual.Qualities}}
		for _, text := range test.presets {
			var p grammar.Preset
			if err := p.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			urls.Preset = append(urls.Preset, p)
		}
		urls.OnlyPresets = test.only
		transforms, err := WarmingFlags{Warm: test.warm}.Transforms(urls, engine)
		var got []string
		for _, transform := range transforms {
			got = append(got, transform.String())
		}
		if !slices.Equal(got, test.want) || (err != nil) != (test.want == nil) {
			t.Errorf("--warm %s with %v: got %v, %v, want %v", test.warm, test.presets, got, err, test.want)
		}
	}
}
