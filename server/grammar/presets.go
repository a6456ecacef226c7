package grammar

import (
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A Preset is a name for parameters: ?preset=avatar stands for w=128&h=128&fit=cover.
type Preset struct {
	Name  string
	Query string // such as w=128&h=128&fit=cover
}

// presetText matches a preset as text. What it allows in a query needs no escaping in JSON or JavaScript.
var presetText = regexp.MustCompile(`^([a-z0-9][a-z0-9_-]{0,31})=([A-Za-z0-9=&,.:%/_+-]+)$`)

// UnmarshalText parses a preset such as "avatar=w=128&h=128&fit=cover".
func (p *Preset) UnmarshalText(text []byte) error {
	match := presetText.FindStringSubmatch(string(text))
	if match == nil {
		return fmt.Errorf("preset %q: want a name of a-z, 0-9, _ and -, an equals sign and "+
			"the parameters of a URL, as in avatar=w=128&h=128", text)
	}
	p.Name, p.Query = match[1], match[2]
	return nil
}

func (p Preset) String() string { return p.Name + "=" + p.Query }

// Presets are presets that were checked. The zero value has none.
type Presets []parsedPreset

type parsedPreset struct {
	name      string
	values    values
	transform resize.Transform
}

// ParsePresets checks presets: their names differ, and their parameters are those of images, with values that they take,
// without a signature.
func ParsePresets(list []Preset) (Presets, error) {
	var presets Presets
	strict := Grammar{Strict: true}
	for _, p := range list {
		if err := new(Preset).UnmarshalText([]byte(p.String())); err != nil {
			return nil, err
		}
		if presets.find(p.Name) != nil {
			return nil, fmt.Errorf("preset %s is there twice", p.Name)
		}
		vs, _, err := strict.parseQuery(p.Query, imageWords)
		if err != nil {
			return nil, fmt.Errorf("preset %s: %w", p.Name, err)
		}
		for _, other := range []param{pPreset, pExpires, pSignature, pAny, pRaw, pDownload} {
			if vs[other] != "" {
				return nil, fmt.Errorf("preset %s: it can't hold %s", p.Name, other)
			}
		}
		r := reader{values: vs, strict: true}
		t := shrinkToMaxSide(r.transform())
		if r.err != nil {
			return nil, fmt.Errorf("preset %s: %w", p.Name, r.err)
		}
		vs[pFormat], vs[pAuto] = string(t.Format), "" // what they resolve to
		presets = append(presets, parsedPreset{p.Name, vs, t})
	}
	return presets, nil
}

func (ps Presets) find(name string) *parsedPreset {
	for i := range ps {
		if ps[i].name == name {
			return &ps[i]
		}
	}
	return nil
}

// apply returns values with those of the preset that they name, where they have none of their own.
func (ps Presets) apply(vs values) (values, error) {
	if vs[pPreset] == "" {
		return vs, nil
	}
	p := ps.find(vs[pPreset])
	if p == nil {
		return vs, &ParamError{pPreset.String(), vs[pPreset], ps.takes()}
	}
	merged := p.values
	for i, v := range vs {
		if v != "" {
			merged[i] = v
		}
	}
	return merged, nil
}

// holds reports whether an unsigned URL of an original can resolve to t, in normal form, by a preset: in any format.
func (ps Presets) holds(key string, t resize.Transform, marks DefaultMarks) bool {
	for _, p := range ps {
		if p.isOf(t, marks.apply(key, p.transform).Mark) {
			return true
		}
	}
	return false
}

// isOf reports whether a preset with some mark comes to t, in normal form, in any format.
func (p parsedPreset) isOf(t resize.Transform, mark resize.Mark) bool {
	p.transform.Format, p.transform.Mark = t.Format, mark
	return p.transform.Normal() == t.Normal()
}

// All yields the names of the presets, and their transforms, not in normal form.
func (ps Presets) All() iter.Seq2[string, resize.Transform] {
	return func(yield func(string, resize.Transform) bool) {
		for _, p := range ps {
			if !yield(p.name, p.transform) {
				return
			}
		}
	}
}

// takes lists the presets for error messages.
func (ps Presets) takes() string {
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.name
	}
	if len(ps) == 0 {
		names = []string{"none"}
	}
	return "one of the presets: " + strings.Join(names, ", ")
}
