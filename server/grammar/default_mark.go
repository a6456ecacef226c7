package grammar

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// NoMark is the value of mark that removes a default mark. Signed URLs and presets may have it.
const NoMark = "none"

// A DefaultMark is the mark of the images of all originals whose keys begin with a prefix, unless they have another one.
type DefaultMark struct {
	Prefix string // "" is of all originals; the longest that matches counts
	Query  string // of the mark, such as mark=logo.png&mark-align=top
}

// defaultMarkText matches a default mark as text. What it allows needs no escaping in JSON or JavaScript.
var defaultMarkText = regexp.MustCompile(`^([A-Za-z0-9/._+-]*)=([A-Za-z0-9=&,.%/_+-]+)$`)

// UnmarshalText parses a default mark such as "photos/=logo.png&mark-align=top".
func (d *DefaultMark) UnmarshalText(text []byte) error {
	match := defaultMarkText.FindStringSubmatch(string(text))
	if match == nil {
		return fmt.Errorf("default mark %q: want a prefix of letters, digits and / . _ + -, an equals sign, the key of a mark and "+
			"its parameters, as in photos/=logo.png&mark-align=top", text)
	}
	d.Prefix, d.Query = match[1], pMark.String()+"="+match[2]
	return nil
}

func (d DefaultMark) String() string {
	return d.Prefix + strings.TrimPrefix(d.Query, pMark.String())
}

// DefaultMarks are default marks that were checked. The zero value has none.
type DefaultMarks []parsedDefaultMark

type parsedDefaultMark struct {
	prefix string
	mark   resize.Mark
}

// ParseDefaultMarks checks default marks: their prefixes differ, and their parameters are those of marks.
func ParseDefaultMarks(list []DefaultMark) (DefaultMarks, error) {
	var marks DefaultMarks
	strict := Grammar{Strict: true}
	for _, d := range list {
		if err := new(DefaultMark).UnmarshalText([]byte(d.String())); err != nil {
			return nil, err
		}
		vs, _, err := strict.parseQuery(d.Query, markWords)
		if err != nil {
			return nil, fmt.Errorf("default mark %s: %w", d, err)
		}
		r := reader{values: vs}
		mark := r.mark()
		if r.err != nil {
			return nil, fmt.Errorf("default mark %s: %w", d, r.err)
		}
		if mark.Key == NoMark {
			return nil, fmt.Errorf("default mark %s: it has no mark", d)
		}
		if slices.ContainsFunc(marks, func(other parsedDefaultMark) bool { return other.prefix == d.Prefix }) {
			return nil, fmt.Errorf("default mark %s: there is another one of that prefix", d)
		}
		marks = append(marks, parsedDefaultMark{d.Prefix, resize.Transform{Mark: mark}.Normal().Mark})
	}
	slices.SortStableFunc(marks, func(a, b parsedDefaultMark) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return marks, nil
}

// markWords are the parameters of marks.
var markWords = func() vocabulary {
	words := vocabulary{pMark.String(): pMark}
	for i, field := range resize.MarkFields {
		words[field.Name] = pMarks + param(i)
	}
	return words
}()

// of returns the default mark of the images of an original, the zero value for none.
func (ms DefaultMarks) of(key string) resize.Mark {
	for _, m := range ms {
		if strings.HasPrefix(key, m.prefix) {
			return m.mark
		}
	}
	return resize.Mark{}
}

// apply returns a transform of an original with its default mark, unless it has a mark of its own or says that it has none.
func (ms DefaultMarks) apply(key string, t resize.Transform) resize.Transform {
	switch t.Mark.Key {
	case "":
		t.Mark = ms.of(key)
	case NoMark:
		t.Mark = resize.Mark{}
	}
	return t
}

// Edge returns the prefixes, the longest first, and what each mark adds to a normal form.
func (ms DefaultMarks) Edge() [][2]string {
	list := make([][2]string, len(ms))
	for i, m := range ms {
		list[i] = [2]string{m.prefix, suffixOf(m.mark)}
	}
	return list
}

// suffixOf returns the fields of a mark, which are the last of a normal form.
func suffixOf(m resize.Mark) string {
	name := resize.Transform{Mark: m, Format: resize.PNG}.String()
	return strings.TrimSuffix(name, "."+string(resize.PNG))
}

// add returns the name of a variant with the fields of the default mark of an original, which it does not have.
func (ms DefaultMarks) add(key, name string) string {
	mark, dot := ms.of(key), strings.LastIndexByte(name, '.')
	if mark.Key == "" || dot < 0 {
		return name
	}
	fields := suffixOf(mark)
	if name[:dot] != fullName {
		fields = name[:dot] + "," + fields
	}
	return fields + name[dot:]
}

// cut returns the name of a variant without the fields of the default mark of an original.
func (ms DefaultMarks) cut(key, name string) string {
	mark := ms.of(key)
	if mark.Key == "" {
		return name
	}
	fields, format, _ := strings.Cut(","+name, ","+suffixOf(mark)+".")
	switch {
	case format == "":
		return name
	case fields == "":
		fields = "," + fullName
	}
	return fields[1:] + "." + format
}

// fullName is the normal form of a transform that changes nothing but the format, without that.
const fullName = "full"

// Marked returns the transforms of the variants that URLs of an original resolve to, where ts are those that they ask for: with
// the default mark, and also without it for a preset that removes it.
func (g *Grammar) Marked(key string, ts []resize.Transform) []resize.Transform {
	if g.DefaultMarks.of(key).Key == "" {
		return ts
	}
	var marked []resize.Transform
	for _, t := range ts {
		marked = append(marked, g.DefaultMarks.apply(key, t))
		if t.Mark.Key == "" && g.Presets.takeMarkOff(t) {
			marked = append(marked, t)
		}
	}
	return marked
}

// takeMarkOff reports whether a preset that has no mark, whatever the default is, comes to t.
func (ps Presets) takeMarkOff(t resize.Transform) bool {
	for _, p := range ps {
		if p.transform.Mark.Key == NoMark && p.isOf(t, resize.Mark{}) {
			return true
		}
	}
	return false
}
