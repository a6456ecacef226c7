package grammar

import (
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// absentPad is mark-pad where a URL has none, as in imgix.
const absentPad = 10

// mark returns the mark that the values ask for. Its other parameters make no difference without a key.
func (r *reader) mark() resize.Mark {
	m := resize.Mark{Key: r.values[pMark], Pad: absentPad}
	for i, field := range resize.MarkFields {
		p := pMarks + param(i)
		if v := r.values[p]; v != "" && !field.Set(&m, alignments(v)) {
			r.fail(p)
		}
	}
	if m.Key == "" {
		return resize.Mark{}
	}
	if CheckKey(m.Key) != nil || len(m.Key) > resize.MaxMarkKey {
		r.fail(pMark)
	}
	return m
}

// alignments returns the name of a corner for two sides with a comma between them, and any other value as it is.
func alignments(value string) string {
	if corner, ok := crops[value]; ok && isCorner(corner) {
		return string(corner)
	}
	return value
}

// checkMark returns a [ParamError] for a transform whose mark is neither a default one, nor that of a preset, nor below
// [Grammar.Marks].
func (g *Grammar) checkMark(t resize.Transform) error {
	key := t.Mark.Key
	if key == "" || g.Marks != "" && strings.HasPrefix(key, g.Marks) || g.Presets.haveMark(key) || g.DefaultMarks.have(key) {
		return nil
	}
	takes := "the key of a mark below " + g.Marks
	if g.Marks == "" {
		takes = "nothing on this server, which has no marks"
	}
	return &ParamError{pMark.String(), key, takes}
}

// IsMark reports whether URLs may have the original with a key as their mark.
func (g *Grammar) IsMark(key string) bool {
	return key != "" && g.checkMark(resize.Transform{Mark: resize.Mark{Key: key}}) == nil
}

// have reports whether a mark is a default one.
func (ms DefaultMarks) have(key string) bool {
	return slices.ContainsFunc(ms, func(m parsedDefaultMark) bool { return m.mark.Key == key })
}

// haveMark reports whether a preset has a mark.
func (ps Presets) haveMark(key string) bool {
	for _, p := range ps {
		if p.transform.Mark.Key == key && key != NoMark {
			return true
		}
	}
	return false
}
