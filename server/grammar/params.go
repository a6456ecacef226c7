package grammar

import (
	"net/url"
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
	pExpires:    {"expires"},
	pSignature:  {"s"},
}

func (p param) String() string { return params[p][0] }

// requiresSignature reports whether p may be used only in a signed URL, because it multiplies the number of variants
// that an original can have.
func (p param) requiresSignature() bool {
	switch p {
	case pFocusX, pFocusY, pRect, pBackground, pBlur, pExpires:
		return true
	}
	return false
}

// paramNames maps each name and alias to its param.
var paramNames = func() map[string]param {
	names := make(map[string]param)
	for p, words := range params {
		for _, word := range words {
			names[word] = param(p)
		}
	}
	return names
}()

// values are the parameters of a query. An absent parameter is "".
type values [paramCount]string

// parseQuery picks the grammar's parameters out of a raw query.
func parseQuery(raw string) (vs values, err error) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			continue // no parameter of the grammar has a name that can't be decoded
		}
		p, known := paramNames[name]
		if !known {
			continue
		}
		v, err := url.QueryUnescape(value)
		switch {
		case err != nil || v == "":
			return vs, &ParamError{p.String(), value, p.takes()}
		case vs[p] != "":
			return vs, &ParamError{p.String(), vs[p] + " and " + v, "one value"}
		}
		vs[p] = v
	}
	return vs, nil
}

// checkUnsigned returns an [UnsignedError] for what an unsigned URL may not ask for.
func (vs values) checkUnsigned(t resize.Transform) error {
	for p := range paramCount {
		if vs[p] != "" && p.requiresSignature() {
			return &UnsignedError{p.String()}
		}
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
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
