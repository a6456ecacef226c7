package dialect

import (
	"regexp"
	"strings"
)

// filters translates filters, name(arguments):name(arguments)/, and returns the image that follows them. Arguments may hold
// slashes and colons, so a filter ends at its closing parenthesis.
func (t *thumborParts) filters(path string) (source string) {
	for {
		name, rest, ok := strings.Cut(path, "(")
		args, after, closed := cutParenthesis(rest)
		if !ok || !closed {
			t.fail(path, "is not a filter")
			return ""
		}
		t.filter(name, args)
		switch {
		case strings.HasPrefix(after, ":"):
			path = after[1:]
		case strings.HasPrefix(after, "/"):
			return t.image(after[1:])
		default:
			t.fail(path, "is followed by no image")
			return ""
		}
	}
}

// cutParenthesis cuts s after the parenthesis that closes the one before it.
func cutParenthesis(s string) (inside, after string, ok bool) {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

var thumborFocus = regexp.MustCompile(`^(\d*\.\d+)x(\d*\.\d+)$`)

// filter translates one filter.
func (t *thumborParts) filter(name, args string) {
	part := name + "(" + args + ")"
	first, second, _ := strings.Cut(args, ",")
	first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	switch name {
	case "quality":
		t.set("q", first)
	case "format":
		t.format(first, part)
	case "blur":
		if second != "" { // the radius, and the sigma, which it is by default
			first = second
		}
		t.set("blur", first)
	case "brightness":
		t.whole("bri", t.number(first, part, -100, 100))
	case "contrast":
		t.whole("con", t.number(first, part, -100, 100))
	case "saturation":
		if t.isImagor { // -100…100
			t.whole("sat", t.number(first, part, -100, 100))
		} else {
			t.factor("sat", first, part)
		}
	case "fill", "background_color":
		t.fill(name, first, part)
	case "focal":
		if m := thumborFocus.FindStringSubmatch(first); m != nil {
			t.focus(m[1], m[2], part)
		} else {
			t.fail(part, "is a focal point in pixels, which "+noCounterpart)
		}
	case "grayscale":
		t.set("greyscale", "true")
	case "round_corner", "rounded_corner":
		if second != "" || strings.Trim(first, "0123456789") != "" {
			t.fail(part, "has two radii or a colour, which "+noCounterpart)
		}
		t.set("mask", "corners")
		t.set("corner-radius", first)
	case "stretch":
		t.fit = "fill"
	case "no_upscale": // nothing ever is enlarged
	case "upscale":
		t.enlarge(part)
	case "strip_exif", "strip_metadata": // is always done
	case "strip_icc", "autojpg", "quantize":
		t.ignore(part)
	case "max_bytes":
		t.set("max-bytes", first)
	case "preset":
		t.set("preset", first)
	default:
		t.fail(part, noCounterpart)
	}
}

// fill pads the image that is fitted into its box. Without fit-in there is nothing to pad but what is transparent.
func (t *thumborParts) fill(name, colour, part string) {
	t.background(colour, part)
	if name == "fill" && t.fit == "inside" {
		t.fit = "contain"
	}
}
