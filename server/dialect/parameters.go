package dialect

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// parameters collect the translation of a URL. They keep the first error, after which the others mean nothing.
type parameters struct {
	dialect string
	trusted bool     // the URL may ask for what only signed ones may
	names   []string // in the order in which they were first set
	values  map[string]string
	ignored []string
	err     error
}

func newParameters(dialect string, l location) *parameters {
	return &parameters{dialect: dialect, trusted: l.exact, values: make(map[string]string)}
}

// maxParameters is more than the grammar has, and less than costs a stranger's URL of a megabyte any time to look through.
const maxParameters = 64

// set sets a parameter. Its last value counts, as in the URLs of most services.
func (p *parameters) set(name, value string) {
	if _, isSet := p.values[name]; !isSet {
		if len(p.names) == maxParameters {
			p.fail(name, "is one parameter too many")
			return
		}
		p.names = append(p.names, name)
	}
	p.values[name] = value
}

func (p *parameters) unset(name string) {
	p.names = slices.DeleteFunc(p.names, func(n string) bool { return n == name })
	delete(p.values, name)
}

func (p *parameters) ignore(part string) {
	if len(p.ignored) < maxParameters {
		p.ignored = append(p.ignored, part)
	}
}

// fail notes the first error.
func (p *parameters) fail(part, reason string) {
	if p.err == nil {
		p.err = &Error{p.dialect, part, reason}
	}
}

// side sets a width or height in pixels. 0 and nothing leave it to the other side.
func (p *parameters) side(name, value, part string) {
	switch {
	case strings.Trim(value, "0") == "":
		p.unset(name)
	case strings.Trim(value, "0123456789") != "":
		p.fail(part, "is not a whole number of pixels")
	default:
		p.set(name, value)
	}
}

// number returns a number in lo…hi.
func (p *parameters) number(value, part string, lo, hi float64) float64 {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x >= lo && x <= hi) {
		p.fail(part, "is not a number in "+decimal(lo)+"…"+decimal(hi))
		return lo
	}
	return x
}

// whole sets a parameter to a number, rounded to a whole one.
func (p *parameters) whole(name string, x float64) {
	if n := int(math.Round(x)); n != 0 {
		p.set(name, strconv.Itoa(n))
	}
}

// factor sets an effect of -100…100 to what a factor of 0 and more is, 1 being no change.
func (p *parameters) factor(name, value, part string) {
	x := p.number(value, part, 0, 1e6)
	if name == "con" && x > 1 { // there a steeper contrast is 1/(1-con/100)
		p.whole(name, 100-100/x)
		return
	}
	p.whole(name, min(100, 100*x-100))
}

// enlarge lets the image be enlarged, which unsigned URLs may not ask for: they get it in its own size.
func (p *parameters) enlarge(part string) {
	if !p.trusted {
		p.ignore(part)
		return
	}
	p.set("enlarge", "true")
}

// format sets the format to one that the grammar knows by this name.
func (p *parameters) format(value, part string) {
	switch value {
	case "jpeg", "jpg", "png", "webp", "avif", "gif", "auto":
		p.set("fm", value)
	default:
		p.fail(part, "is a format that is not written here")
	}
}

// oneOf sets a parameter to the entry of a table.
func (p *parameters) oneOf(name, value, part string, table map[string]string) {
	word, ok := table[value]
	switch {
	case !ok:
		p.fail(part, noCounterpart)
	case word == "":
		p.unset(name)
	default:
		p.set(name, word)
	}
}

// focus sets the focal point.
func (p *parameters) focus(x, y, part string) {
	p.set("fp-x", decimal(p.number(x, part, 0, 1)))
	p.set("fp-y", decimal(p.number(y, part, 0, 1)))
	p.unset("crop")
}

// background sets the background: a name of CSS, or hexadecimal with or without a number sign. In which of eight digits the
// services have the alpha differs.
func (p *parameters) background(value, part string) {
	text := strings.TrimPrefix(value, "#")
	colour, ok := hexcolor.Parse(text)
	if !ok || isHex(text) && len(text) == 8 {
		p.fail(part, "is not a colour as ff0000")
		return
	}
	p.set("bg", colour)
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// image returns the translation.
func (p *parameters) image(source string, signed bool) (grammar.Translation, error) {
	var query strings.Builder
	for i, name := range p.names {
		if i > 0 {
			query.WriteByte('&')
		}
		query.WriteString(url.QueryEscape(name) + "=" + url.QueryEscape(p.values[name]))
	}
	return grammar.Translation{Key: source, Query: query.String(), Signed: signed, Ignored: p.ignored}, p.err
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// unescape decodes a percent-encoded path, in which a plus sign is one.
func (p *parameters) unescape(s string) string {
	u, err := url.PathUnescape(s)
	if err != nil {
		p.fail(s, "is not percent-encoded text")
	}
	return u
}
