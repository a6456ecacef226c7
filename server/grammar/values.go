package grammar

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// A reader converts values and keeps the first error. After an error its results mean nothing.
type reader struct {
	values  values
	strict  bool // refuses what would be ignored
	ignored ignoredNames
	err     error
}

func (r *reader) fail(p param) {
	if r.err == nil {
		r.err = &ParamError{p.String(), r.values[p], params[p].takes}
	}
}

// whole returns a whole number in lo…hi, 0 if the parameter is absent.
func (r *reader) whole(p param, lo, hi int64) int64 {
	s := r.values[p]
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < lo || n > hi || !isDigit(s[0]) {
		r.fail(p)
	}
	return n
}

// decimal returns a number in lo…hi, such as 1, 0.25 or .25, and absent if the parameter is absent.
func (r *reader) decimal(p param, lo, hi, absent float64) float64 {
	s := r.values[p]
	if s == "" {
		return absent
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= lo && x <= hi) || len(s) > 16 || strings.Trim(s, "0123456789.") != "" {
		r.fail(p)
	}
	return x
}

// signedFields sets what only signed URLs may have.
func (r *reader) signedFields(t *resize.Transform) {
	for i, field := range resize.SignedFields {
		p := pSigned + param(i)
		if s := r.values[p]; s != "" && !field.Set(t, s) {
			r.fail(p)
		}
	}
}

// quality returns a quality in 1…100 or [resize.AutoQuality], 0 if the parameter is absent.
func (r *reader) quality() int {
	if r.values[pQuality] == "auto" {
		return resize.AutoQuality
	}
	return int(r.whole(pQuality, 1, 100))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word returns the entry of a table for a parameter's value, the zero value if the parameter is absent.
func word[T any](r *reader, p param, table map[string]T) (t T) {
	s := r.values[p]
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
	"cover": resize.Cover, "crop": resize.Cover, "min": resize.Cover, // imgix: cover that never enlarges, as ours never does
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
	"smart": resize.Smart, "faces": resize.Faces, "entropy": resize.Entropy, "edges": resize.Edges, "focalpoint": resize.Focal,
}

var formats = formatWords()

func formatWords() map[string]resize.Format {
	words := make(map[string]resize.Format)
	for _, f := range resize.Formats() {
		for _, word := range f.Words() {
			words[word] = f
		}
	}
	return words
}

// transform returns the transform that the values ask for, not in normal form. Its sides may exceed [resize.MaxSide]
// because of dpr.
func (r *reader) transform() resize.Transform {
	t := resize.Transform{
		Fit:        word(r, pFit, fits),
		Crop:       r.crop(),
		Quality:    r.quality(),
		Format:     word(r, pFormat, formats),
		Blur:       r.blur(),
		Rect:       r.rect(),
		Background: r.background(),
		Mark:       r.mark(),
	}
	r.focus(&t)
	r.auto(&t)
	r.signedFields(&t)
	r.size(&t)
	r.always(&t)
	return t
}

// crop returns a crop. Of a list that begins with a way to look for something, such as entropy,top, the rest is what dialects
// do where there is nothing to find: there always is.
func (r *reader) crop() resize.Crop {
	if first, rest, _ := strings.Cut(r.values[pCrop], ","); rest != "" && crops[first].Looks() {
		return crops[first]
	}
	return word(r, pCrop, crops)
}

// isFileName reports whether a name can be that of a file wherever it is saved. Browsers do the rest.
func isFileName(name string) bool {
	isOdd := func(c rune) bool { return c == '/' || c == '\\' || !unicode.IsPrint(c) }
	return len(name) <= 200 && utf8.ValidString(name) && name != "." && name != ".." && !strings.ContainsFunc(name, isOdd)
}

// always reads parameters that ask for what is done anyway, or for a quality.
func (r *reader) always(t *resize.Transform) {
	if !isFileName(r.values[pDownload]) {
		r.fail(pDownload)
	}
	word(r, pFill, map[string]bool{"solid": true})
	word(r, pColors, map[string]bool{"srgb": true})
	if word(r, pLossless, map[string]bool{"true": true, "1": true, "false": false, "0": false}) {
		if t.Format != resize.WebP && t.Format != resize.PNG {
			r.fail(pLossless)
		}
		t.Quality = 100
	}
}

// timesDPR multiplies a side and rounds half up, to 1 at least. The conversion to float64 keeps processors with a
// fused multiply-add from rounding differently than others, and than the edge function.
func timesDPR(side int64, dpr float64) int {
	if side == 0 {
		return 0
	}
	return max(1, int(float64(float64(side)*dpr)+0.5))
}

func (r *reader) focus(t *resize.Transform) {
	if r.values[pFocusX] != "" || r.values[pFocusY] != "" {
		if t.Crop != "" && t.Crop != resize.Focal {
			r.fail(pCrop) // with a focal point only crop=focalpoint makes sense
		}
		t.Crop = resize.Focal
	}
	t.Focus = resize.Point{X: r.decimal(pFocusX, 0, 1, 0.5), Y: r.decimal(pFocusY, 0, 1, 0.5)}
}

// blur returns the sigma of a blur. Dialects have wider ranges, whose ends look much like those of a transform.
func (r *reader) blur() float64 {
	sigma := r.decimal(pBlur, 0, 1e16, 0)
	if sigma == 0 {
		return 0
	}
	return min(max(sigma, resize.MinBlur), resize.MaxBlur)
}

func (r *reader) auto(t *resize.Transform) {
	if r.values[pAuto] == "" {
		return
	}
	for word := range strings.SplitSeq(r.values[pAuto], ",") {
		switch word {
		case "format":
			t.Format = resize.Auto
		case "compress":
		default:
			if r.strict {
				r.fail(pAuto)
			}
			r.ignored.add(pAuto.String() + "=" + word)
		}
	}
}

func (r *reader) rect() (rect resize.Rect) {
	s := r.values[pRect]
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
	s := r.values[pBackground]
	if s == "" {
		return ""
	}
	color, ok := hexcolor.Parse(s)
	if !ok {
		r.fail(pBackground)
	}
	return color
}
