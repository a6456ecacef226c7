package dialect

import (
	"cmp"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// ipx translates the URLs of ipx, which Nuxt uses, https://github.com/unjs/ipx#modifiers:
//
//	/w_480,h_320,fit_cover,f_webp/photos/cat.jpg
//	/_/photos/cat.jpg
//
// They have no signatures.
func ipx(l location, _ Keys) (grammar.Translation, error) {
	p := newParameters("ipx", l)
	modifiers, source, ok := strings.Cut(l.path, "/")
	if !ok {
		p.fail(l.path, "has no image")
	}
	separators := func(r rune) bool { return r == ',' || r == '&' }
	for _, modifier := range strings.FieldsFunc(p.unescape(modifiers), separators) {
		if modifier == "_" { // none
			continue
		}
		name, value, _ := cutAny(modifier, "_=:")
		ipxModifier(p, name, value, modifier)
	}
	if p.values["w"] != "" && p.values["h"] != "" && p.values["fit"] == "" {
		p.set("fit", "cover") // sharp's default
	}
	return p.image(p.unescape(source), false)
}

// cutAny cuts s at the first of some characters.
func cutAny(s, chars string) (before, after string, ok bool) {
	i := strings.IndexAny(s, chars)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

var ipxPositions = map[string]string{
	"center": "", "centre": "", "top": "top", "bottom": "bottom", "left": "left", "right": "right", "north": "top", "south": "bottom",
	"west": "left", "east": "right", "entropy": "smart", "attention": "smart", "left top": "top-left", "right top": "top-right",
	"left bottom": "bottom-left", "right bottom": "bottom-right", "northwest": "top-left", "northeast": "top-right",
	"southwest": "bottom-left", "southeast": "bottom-right",
}

func ipxModifier(p *parameters, name, value, modifier string) {
	switch name {
	case "w", "width":
		p.side("w", value, modifier)
	case "h", "height":
		p.side("h", value, modifier)
	case "s", "resize":
		w, h, _ := strings.Cut(value, "x")
		p.side("w", w, modifier)
		p.side("h", h, modifier)
	case "fit":
		p.set("fit", value) // sharp's words, as here
	case "position", "pos":
		p.oneOf("crop", strings.ReplaceAll(value, "%20", " "), modifier, ipxPositions)
	case "q", "quality":
		p.set("q", value)
	case "f", "format":
		p.format(value, modifier)
	case "b", "background":
		p.background(value, modifier)
	case "blur":
		if value == "" {
			value = "1"
		}
		p.set("blur", value)
	case "flip": // sharp's words: flip turns upside down, flop mirrors
		p.turnOver("v")
	case "flop":
		p.turnOver("h")
	case "negate":
		p.set("invert", "true")
	case "extract", "crop":
		p.set("rect", strings.NewReplacer("_", ",", "x", ",").Replace(value))
	case "rotate":
		p.set("rot", value)
	case "grayscale":
		p.set("greyscale", "true")
	case "trim":
		p.set("trim", "color")
		p.set("trim-tol", decimal(p.number(cmp.Or(value, "10"), modifier, 0, 255)))
	case "a", "animated", "kernel":
		p.ignore(modifier)
	case "enlarge":
		p.enlarge(modifier)
	default:
		p.fail(modifier, noCounterpart)
	}
}

// turnOver adds a direction, h or v, to those in which the image is turned over.
func (p *parameters) turnOver(direction string) {
	if p.values["flip"] != "" && p.values["flip"] != direction {
		direction = "hv"
	}
	p.set("flip", direction)
}
