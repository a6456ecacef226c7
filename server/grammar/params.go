package grammar

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
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
	pBrightness
	pContrast
	pSaturation
	pGamma
	pSharpen
	pInvert
	pFlip
	pPreset
	pExpires
	pSignature
	paramCount
)

// params holds the name of each parameter, followed by its aliases.
var params = [paramCount][]string{
	pWidth:      {"w", "width"},
	pHeight:     {"h", "height"},
	pDPR:        {"dpr"},
	pFit:        {"fit"},
	pCrop:       {"crop", "gravity"},
	pFocusX:     {"fp-x"},
	pFocusY:     {"fp-y"},
	pRect:       {"rect"},
	pQuality:    {"q", "quality"},
	pFormat:     {"fm", "format", "f"},
	pAuto:       {"auto"},
	pBackground: {"bg"},
	pBlur:       {"blur"},
	pBrightness: {"bri"},
	pContrast:   {"con"},
	pSaturation: {"sat"},
	pGamma:      {"gam"},
	pSharpen:    {"sharp"},
	pInvert:     {"invert"},
	pFlip:       {"flip"},
	pPreset:     {"preset"},
	pExpires:    {"expires"},
	pSignature:  {"s"},
}

func (p param) String() string { return params[p][0] }

// What unsigned URLs may have: nothing that multiplies the number of variants that an original can have. The variants of a
// preset differ in their format only.
var (
	unsignedParams = []param{pWidth, pHeight, pDPR, pFit, pCrop, pQuality, pFormat, pAuto}
	besidePreset   = []param{pPreset, pFormat, pAuto}
)

// paramNames maps each name and alias to its param.
var paramNames = func() vocabulary {
	names := make(vocabulary)
	for p, words := range params {
		for _, word := range words {
			names[word] = param(p)
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
		case err != nil || v == "":
			return vs, nil, &ParamError{p.String(), value, p.takes()}
		case vs[p] != "":
			return vs, nil, &ParamError{p.String(), vs[p] + " and " + v, "one value"}
		}
		vs[p] = v
	}
	return vs, ignored, nil
}

// checkParams returns an [UnsignedError] for the first parameter that is not among those that an unsigned URL may have.
func (vs values) checkParams(allowed []param, circumstance string) error {
	for p := range paramCount {
		if vs[p] != "" && !slices.Contains(allowed, p) {
			return &UnsignedError{p.String() + circumstance}
		}
	}
	return nil
}

// checkUnsigned returns an [UnsignedError] for what an unsigned URL without a preset may not ask for.
func (vs values) checkUnsigned(t resize.Transform) error {
	if err := vs.checkParams(unsignedParams, ""); err != nil {
		return err
	}
	if t.Crop == resize.Focal || isCorner(t.Crop) {
		return &UnsignedError{"crop=" + vs[pCrop]}
	}
	return nil
}

// takes describes the values that a parameter takes, for error messages.
func (p param) takes() string {
	switch p {
	case pWidth, pHeight:
		return "a whole number 1…" + strconv.Itoa(resize.MaxSide)
	case pDPR:
		return "a number 0.5…5"
	case pFit:
		return "inside, cover, contain, fill or outside"
	case pCrop:
		return "center, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, smart or focalpoint"
	case pFocusX, pFocusY:
		return "a number 0…1"
	case pRect:
		return "x,y,w,h in pixels of the original"
	case pQuality:
		return "a whole number 1…100"
	case pFormat:
		return takesFormats()
	case pAuto:
		return "format, compress or both with a comma"
	case pBackground:
		return "rrggbb in hexadecimal"
	case pBlur:
		return "a number 0.3…100"
	case pBrightness, pContrast, pSaturation, pGamma:
		return "a whole number -100…100"
	case pSharpen:
		return "a whole number 0…100"
	case pInvert:
		return "true or false"
	case pFlip:
		return "h, v or hv"
	case pPreset:
		return "the name of a preset"
	case pExpires:
		return "a unix time in seconds"
	default:
		return "a signature"
	}
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
