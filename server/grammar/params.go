package grammar

import (
	"cmp"
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
	pAspect
	pMaxWidth
	pMaxHeight
	pMinWidth
	pMinHeight
	pLossless
	pFill
	pColors
	pDownload
	pPreset
	pExpires
	pSignature
	pAny
	pRaw
	pMark
	pRotate             // the first of resize.SignedFields, which follow in their order
	pSigned   = pRotate // likewise
	maxParams = param(96)
)

// pMarks is the first of resize.MarkFields, which follow those.
var pMarks = pSigned + param(len(resize.SignedFields))

// A row of the table of parameters. A parameter needs nothing else but a line in [reader.transform], and a field of
// [resize.SignedFields] not even that.
type row struct {
	names []string // followed by the aliases
	takes string   // the values, for error messages
	reach reach
}

// A reach is where a parameter is allowed and understood.
type reach int

const (
	// Only signed URLs may have the parameter. The edge function does not understand it, and passes the URL on to the
	// service, see [RelayName]: it has no room for more.
	relayed reach = iota

	// Only signed URLs may have the parameter, or it is about signatures and presets. The edge function understands it.
	signed

	// Unsigned URLs may have the parameter. It does not multiply the number of variants that an original can have.
	unsigned
)

const takesMark = "the key of a mark, of at most 200 bytes"

const side = "a whole number 1…8192"

// params is the table of parameters.
var params = func() []row {
	rows := []row{
		pWidth:  {[]string{"w", "width"}, side, unsigned},
		pHeight: {[]string{"h", "height"}, side, unsigned},
		pDPR:    {[]string{"dpr"}, "a number 0.5…5", unsigned},
		pFit:    {[]string{"fit"}, "inside, cover, contain, fill or outside", unsigned},
		pCrop: {[]string{"crop", "gravity"},
			"center, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, smart, faces, entropy, edges or focalpoint", unsigned},
		pFocusX:     {[]string{"fp-x"}, "a number 0…1", relayed},
		pFocusY:     {[]string{"fp-y"}, "a number 0…1", relayed},
		pRect:       {[]string{"rect"}, "x,y,w,h in pixels of the original", relayed},
		pQuality:    {[]string{"q", "quality"}, "a whole number 1…100 or auto", unsigned},
		pFormat:     {[]string{"fm", "format", "f"}, takesFormats(), unsigned},
		pAuto:       {[]string{"auto"}, "format or compress", unsigned},
		pBackground: {[]string{"bg", "fill-color"}, "rrggbb or rrggbbaa in hexadecimal, a name as in CSS, or transparent", relayed},
		pBlur:       {[]string{"blur"}, "a number 0.3…100", relayed},
		pAspect:     {[]string{"ar"}, "width:height, as in 16:9, beside w or h", unsigned},
		pMaxWidth:   {[]string{"max-w", "max-width"}, side, relayed},
		pMaxHeight:  {[]string{"max-h", "max-height"}, side, relayed},
		pMinWidth:   {[]string{"min-w", "min-width"}, side, relayed},
		pMinHeight:  {[]string{"min-h", "min-height"}, side, relayed},
		pLossless:   {[]string{"lossless"}, "true or false, beside fm=webp or fm=png", relayed},
		pFill:       {[]string{"fill"}, "solid", relayed},
		pColors:     {[]string{"cs"}, "srgb", relayed},
		pDownload:   {[]string{"dl"}, "a file name of up to 200 bytes, without slashes", relayed},
		pPreset:     {[]string{"preset"}, "the name of a preset", signed},
		pExpires:    {[]string{"expires"}, "a unix time in seconds", signed},
		pSignature:  {[]string{"s"}, "a signature", signed},
		pAny:        {[]string{"any"}, takesAny, signed},
		pRaw:        {[]string{"raw"}, takesRaw, relayed},
		pMark:       {[]string{"mark"}, takesMark, relayed},
	}
	for _, field := range resize.SignedFields {
		rows = append(rows, row{append([]string{field.Name}, field.Aliases...), field.Takes, relayed})
	}
	for _, field := range resize.MarkFields {
		rows = append(rows, row{[]string{field.Name}, field.Takes, relayed})
	}
	rows[pRotate].reach = unsigned // except for other angles than quarter turns
	return rows
}()

func (p param) String() string { return params[p].names[0] }

// A Parameter describes a parameter of images.
type Parameter struct {
	Name     string `json:"name"`
	Takes    string `json:"takes"`    // its values, in words
	Unsigned bool   `json:"unsigned"` // unsigned URLs may have it
}

// Parameters lists the parameters of images, except for those of signatures.
func Parameters() (list []Parameter) {
	for _, p := range inOrder {
		if p != pExpires && p != pSignature && p != pAny && p != pRaw {
			list = append(list, Parameter{p.String(), params[p].takes, params[p].reach == unsigned || p == pPreset})
		}
	}
	return list
}

// inOrder are all parameters in the order of messages: those that the edge function understands come first.
var inOrder = func() (ps []param) {
	for i := range params {
		ps = append(ps, param(i))
	}
	slices.SortStableFunc(ps, func(a, b param) int { return cmp.Compare(min(params[b].reach, signed), min(params[a].reach, signed)) })
	return ps
}()

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

// names lists the parameters in a vocabulary without their aliases.
func (words vocabulary) names() string {
	var names []string
	for _, p := range inOrder {
		if _, ok := words[p.String()]; ok {
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
type values [maxParams]string

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
		vs[p] = strings.Clone(v) // see Request
	}
	return vs, ignored, nil
}

// checkUnsigned returns an [UnsignedError] for the first parameter that unsigned URLs may not have, with or without a preset.
func (vs values) checkUnsigned() error {
	for _, p := range inOrder {
		switch {
		case vs[p] == "":
		case vs[pPreset] == "" && params[p].reach != unsigned:
			return &UnsignedError{p.String()}
		case vs[pPreset] != "" && !slices.Contains(besidePreset, p):
			return &UnsignedError{p.String() + " beside a preset"}
		case p == pRotate && !isQuarterTurn(vs[p]):
			return &UnsignedError{"rot by other than quarter turns"}
		}
	}
	return nil
}

// isRelayed reports whether the edge function leaves a parameter to the service.
func (vs values) isRelayed(p param) bool {
	return vs[p] != "" && (params[p].reach == relayed || p == pRotate && !isQuarterTurn(vs[p]))
}

// isQuarterTurn reports whether an angle is one of those that unsigned URLs may have.
func isQuarterTurn(value string) bool {
	return value == "0" || value == "90" || value == "180" || value == "270"
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
