package grammar

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A param is a parameter of the grammar, under whichever alias it was given.
type param int

const (
	pWidth param = iota
	pHeight
	pDPR
	pFit
	pCrop
	pFocusX
	pFocusY
	pRect
	pQuality
	pFormat
	pAuto
	pBackground
	pBlur
	pPreset
	pExpires
	pSignature
	pEffects // the first of resize.EffectFields, in their order
	pMark    = pEffects + param(len(resize.EffectFields))
	pMarks   = pMark + 1 // the first of resize.MarkFields, in their order
)

const paramCount = pMarks + param(len(resize.MarkFields))

// A row of the table of parameters. A parameter needs nothing else but a line in [reader.transform], and an effect only
// the row in [resize.EffectFields].
type row struct {
	names []string // followed by the aliases
	takes string   // the values, for error messages
	reach reach
}

// A reach is where a parameter is allowed and understood.
type reach int

const (
	// Only signed URLs may have the parameter. The edge function does not understand it, and passes the URL on to the
	// service, see [Relayed]: it has no room for more.
	relayed reach = iota

	// Only signed URLs may have the parameter. The edge function understands it, so that CloudFront reads what is stored
	// without asking the service.
	signed

	// Unsigned URLs may have the parameter. It does not multiply the number of variants that an original can have.
	unsigned
)

const takesMark = "the key of a mark, of at most 200 bytes"

const side = "a whole number 1…8192"

// params is the table of parameters, in the order of messages.
var params = func() (rows [paramCount]row) {
	copy(rows[:], []row{
		pWidth:  {[]string{"w", "width"}, side, unsigned},
		pHeight: {[]string{"h", "height"}, side, unsigned},
		pDPR:    {[]string{"dpr"}, "a number 0.5…5", unsigned},
		pFit:    {[]string{"fit"}, "inside, cover, contain, fill or outside", unsigned},
		pCrop: {[]string{"crop", "gravity"},
			"center, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, smart, faces or focalpoint", unsigned},
		pFocusX:     {[]string{"fp-x"}, "a number 0…1", signed},
		pFocusY:     {[]string{"fp-y"}, "a number 0…1", signed},
		pRect:       {[]string{"rect"}, "x,y,w,h in pixels of the original", signed},
		pQuality:    {[]string{"q", "quality"}, "a whole number 1…100 or auto", unsigned},
		pFormat:     {[]string{"fm", "format", "f"}, takesFormats(), unsigned},
		pAuto:       {[]string{"auto"}, "format, compress or both with a comma", unsigned},
		pBackground: {[]string{"bg"}, "rrggbb in hexadecimal", signed},
		pBlur:       {[]string{"blur"}, "a number 0.3…100", signed},
		pPreset:     {[]string{"preset"}, "the name of a preset", signed},
		pExpires:    {[]string{"expires"}, "a unix time in seconds", signed},
		pSignature:  {[]string{"s"}, "a signature", signed},
	})
	for i, field := range resize.EffectFields {
		rows[int(pEffects)+i] = row{append([]string{field.Name}, field.Aliases...), field.Takes, relayed}
	}
	rows[pMark] = row{[]string{"mark"}, takesMark, relayed}
	for i, field := range resize.MarkFields {
		rows[int(pMarks)+i] = row{[]string{field.Name}, field.Takes, relayed}
	}
	return rows
}()

func (p param) String() string { return params[p].names[0] }

// besidePreset are the parameters that unsigned URLs may have beside a preset: the variants of a preset differ in their
// format only.
var besidePreset = []param{pPreset, pFormat, pAuto}

// paramNames maps each name and alias to its param.
var paramNames = func() vocabulary {
	names := make(vocabulary)
	for p, row := range params {
		for _, name := range row.names {
			names[name] = param(p)
		}
	}
	return names
}()

// pOther is a parameter that a path takes beside those of the grammar.
const pOther param = -1

// A vocabulary maps the names of the parameters that a path takes, and their aliases.
type vocabulary map[string]param

var (
	imageWords   vocabulary = paramNames
	variantWords            = vocabulary{"expires": pExpires, "s": pSignature}
	srcsetWords             = withOthers(paramNames, "sizes", "alt")
)

func withOthers(words vocabulary, others ...string) vocabulary {
	words = maps.Clone(words)
	for _, name := range others {
		words[name] = pOther
	}
	return words
}

// names lists the parameters in a vocabulary without their aliases, in the order of the grammar.
func (words vocabulary) names() string {
	params := slices.Compact(slices.Sorted(maps.Values(words)))
	var names []string
	for _, p := range params {
		if p != pOther {
			names = append(names, p.String())
		}
	}
	return orList(names)
}

// orList joins words to a list such as "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// values are the parameters of a query. An absent parameter is "".
type values [paramCount]string

// parseQuery picks the parameters that words have out of a raw query. The others are ignored, or refused if the grammar is
// strict.
func (g *Grammar) parseQuery(raw string, words vocabulary) (vs values, ignored ignoredNames, err error) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		p, known := words[name]
		switch {
		case p == pOther, pair == "":
			continue
		case !known && g.Strict:
			return vs, nil, &ParamError{"query", name, "only " + words.names()}
		case !known:
			ignored.add(name)
			continue
		}
		v, err := url.QueryUnescape(value)
		switch {
		case (err != nil || v == "") && params[p].reach == relayed:
			return vs, nil, &ParamError{p.String(), value, "a value"}
		case err != nil || v == "":
			return vs, nil, &ParamError{p.String(), value, params[p].takes}
		case vs[p] != "":
			return vs, nil, &ParamError{p.String(), vs[p] + " and " + v, "one value"}
		}
		vs[p] = v
	}
	return vs, ignored, nil
}

// checkUnsigned returns an [UnsignedError] for the first parameter that unsigned URLs may not have, with or without a preset.
func (vs values) checkUnsigned() error {
	for p := range paramCount {
		switch {
		case vs[p] == "":
		case vs[pPreset] == "" && params[p].reach != unsigned:
			return &UnsignedError{p.String()}
		case vs[pPreset] != "" && !slices.Contains(besidePreset, p):
			return &UnsignedError{p.String() + " beside a preset"}
		}
	}
	return nil
}

// takesFormats lists the formats that a URL can ask for, without their other names.
func takesFormats() string {
	var names []string
	for _, f := range resize.Formats() {
		if words := f.Words(); len(words) > 0 {
			names = append(names, words[0])
		}
	}
	return orList(names)
}
