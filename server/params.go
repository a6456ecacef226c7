package server

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A ParamError says which parameter of a URL is wrong, what it was given and what it takes.
type ParamError struct{ Param, Got, Takes string }

func (e *ParamError) Error() string {
	return fmt.Sprintf("%s: got %q, takes %s", e.Param, clip(e.Got), e.Takes)
}

// clip keeps what a stranger sent to a length that is good to read in a message.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// A param is one parameter of the grammar, whatever alias it came under.
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

// params holds the grammar's words: the name of each parameter, then its aliases.
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

// wantsSignature tells whether p may only be used in a signed URL: it multiplies the variants that one
// original can have.
func (p param) wantsSignature() bool {
	switch p {
	case pFocusX, pFocusY, pRect, pBackground, pBlur, pExpires:
		return true
	}
	return false
}

// paramNames finds a param by any of its names.
var paramNames = func() map[string]param {
	names := make(map[string]param)
	for p, words := range params {
		for _, word := range words {
			names[word] = param(p)
		}
	}
	return names
}()

// values are the parameters of one query; an absent one is "".
type values [paramCount]string

// readQuery picks the grammar's parameters out of a raw query.
func readQuery(raw string) (vs values, err error) {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			continue // not of the grammar, whatever it is
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

// takes says what a parameter takes, for people.
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
		return "auto, jpeg, png, webp, avif, gif, blurhash or thumbhash"
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

// reader reads values of one kind after another and keeps the first error.
type reader struct {
	vs  values
	err error
}

func (r *reader) fail(p param) {
	if r.err == nil {
		r.err = &ParamError{p.String(), r.vs[p], p.takes()}
	}
}

// whole returns a whole number, 0 when the parameter is absent.
func (r *reader) whole(p param, lo, hi int64) int64 {
	s := r.vs[p]
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < lo || n > hi || !isDigit(s[0]) {
		r.fail(p)
	}
	return n
}

// decimal returns a number such as 1 or 0.25, absent when the parameter is.
func (r *reader) decimal(p param, lo, hi, absent float64) float64 {
	s := r.vs[p]
	if s == "" {
		return absent
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= lo && x <= hi) || len(s) > 16 || !isDigit(s[0]) || strings.Trim(s, "0123456789.") != "" {
		r.fail(p)
	}
	return x
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word returns what a table has for a parameter's value, the zero value when it is absent.
func word[T any](r *reader, p param, table map[string]T) (t T) {
	s := r.vs[p]
	if s == "" {
		return t
	}
	t, ok := table[s]
	if !ok {
		r.fail(p)
	}
	return t
}

var fits = map[string]resize.Fit{
	"inside": resize.Inside, "max": resize.Inside, "clip": resize.Inside, "scale-down": resize.Inside,
	"cover": resize.Cover, "crop": resize.Cover, "min": resize.Cover, // imgix has another word where nothing is enlarged
	"contain": resize.Contain, "pad": resize.Contain,
	"fill": resize.Fill, "scale": resize.Fill, "squeeze": resize.Fill,
	"outside": resize.Outside,
}

var crops = map[string]resize.Crop{
	"center": resize.Center, "centre": resize.Center,
	"top": resize.Top, "bottom": resize.Bottom, "left": resize.Left, "right": resize.Right,
	"top-left": resize.TopLeft, "top,left": resize.TopLeft, "left,top": resize.TopLeft,
	"top-right": resize.TopRight, "top,right": resize.TopRight, "right,top": resize.TopRight,
	"bottom-left": resize.BottomLeft, "bottom,left": resize.BottomLeft, "left,bottom": resize.BottomLeft,
	"bottom-right": resize.BottomRight, "bottom,right": resize.BottomRight, "right,bottom": resize.BottomRight,
	"smart": resize.Smart, "focalpoint": resize.Focal,
}

var formats = map[string]resize.Format{
	"auto": resize.Auto, "jpeg": resize.JPEG, "jpg": resize.JPEG, "png": resize.PNG,
	"webp": resize.WebP, "avif": resize.AVIF, "gif": resize.GIF,
	"blurhash": resize.BlurHash, "thumbhash": resize.ThumbHash,
}

// transform reads what the values ask for. Sides may come out over [resize.MaxSide], by dpr.
func (r *reader) transform() resize.Transform {
	dpr := r.decimal(pDPR, 0.5, 5, 1)
	t := resize.Transform{
		Width:      timesDPR(r.whole(pWidth, 1, resize.MaxSide), dpr),
		Height:     timesDPR(r.whole(pHeight, 1, resize.MaxSide), dpr),
		Fit:        word(r, pFit, fits),
		Crop:       word(r, pCrop, crops),
		Quality:    int(r.whole(pQuality, 1, 100)),
		Format:     word(r, pFormat, formats),
		Blur:       r.decimal(pBlur, 0.3, 100, 0),
		Rect:       r.rect(),
		Background: r.background(),
	}
	r.focus(&t)
	r.auto(&t)
	return t
}

// timesDPR rounds half up; an asked side never becomes none. The product is rounded before the sum on every
// processor, so that all agree.
func timesDPR(side int64, dpr float64) int {
	if side == 0 {
		return 0
	}
	return max(1, int(float64(float64(side)*dpr)+0.5))
}

func (r *reader) focus(t *resize.Transform) {
	if r.vs[pFocusX] != "" || r.vs[pFocusY] != "" {
		if t.Crop != "" && t.Crop != resize.Focal {
			r.fail(pCrop) // beside a focal point it can only be focalpoint
		}
		t.Crop = resize.Focal
	}
	t.Focus = resize.Point{X: r.decimal(pFocusX, 0, 1, 0.5), Y: r.decimal(pFocusY, 0, 1, 0.5)}
}

func (r *reader) auto(t *resize.Transform) {
	if r.vs[pAuto] == "" {
		return
	}
	for one := range strings.SplitSeq(r.vs[pAuto], ",") {
		switch one {
		case "format":
			t.Format = resize.Auto
		case "compress":
		default:
			r.fail(pAuto)
		}
	}
}

func (r *reader) rect() (rect resize.Rect) {
	s := r.vs[pRect]
	if s == "" {
		return rect
	}
	parts := strings.Split(s, ",")
	if len(parts) != 4 {
		r.fail(pRect)
		return rect
	}
	for i, into := range []*int{&rect.X, &rect.Y, &rect.W, &rect.H} {
		n, err := strconv.Atoi(parts[i])
		if err != nil || !isDigit(parts[i][0]) {
			r.fail(pRect)
		}
		*into = n
	}
	if rect == (resize.Rect{}) || (resize.Transform{Rect: rect}).Validate() != nil {
		r.fail(pRect)
	}
	return rect
}

func (r *reader) background() string {
	s := strings.ToLower(r.vs[pBackground])
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if s != "" && (resize.Transform{Background: s}).Validate() != nil {
		r.fail(pBackground)
	}
	return s
}
