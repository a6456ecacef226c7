// Package hexcolor reads colours as transforms have them: rrggbb in hexadecimal and in lower case, or rrggbbaa if the colour is
// not opaque.
//
//	text in a URL ──Parse──► rrggbb or rrggbbaa ──NRGBA──► a colour to draw with
//
// Each colour has one spelling, since it is part of the names of variants.
package hexcolor

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// White is the default background.
const White = "ffffff"

// Parse returns a colour as transforms have it. It takes rrggbb and rrggbbaa in either case, rgb, the names of CSS, and the word
// transparent, which is white where there is no alpha.
func Parse(text string) (hex string, ok bool) {
	text = strings.ToLower(text)
	if text == "transparent" {
		return White + "00", true
	}
	if text == "rebeccapurple" { // which SVG does not have
		return "663399", true
	}
	if c, ok := colornames.Map[text]; ok {
		return fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B), true
	}
	if len(text) == 3 {
		text = string([]byte{text[0], text[0], text[1], text[1], text[2], text[2]})
	}
	if len(text) == 8 {
		text = strings.TrimSuffix(text, "ff")
	}
	return text, IsValid(text)
}

// IsValid reports whether a text is a colour as [Parse] returns it.
func IsValid(hex string) bool {
	isShape := len(hex) == 6 || len(hex) == 8 && !strings.HasSuffix(hex, "ff")
	return isShape && strings.Trim(hex, "0123456789abcdef") == ""
}

// NRGBA returns the colour of a text that is valid.
func NRGBA(hex string) color.NRGBA {
	alpha := uint64(255)
	if len(hex) == 8 {
		alpha, _ = strconv.ParseUint(hex[6:], 16, 8)
		hex = hex[:6]
	}
	v, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		return color.NRGBA{255, 255, 255, 255}
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), uint8(alpha)}
}

// IsGrey reports whether a colour that is valid is a grey.
func IsGrey(hex string) bool {
	c := NRGBA(hex)
	return c.R == c.G && c.G == c.B
}

// IsOpaque reports whether a colour is neither missing, which is "", nor transparent in part.
func IsOpaque(hex string) bool { return hex != "" && NRGBA(hex).A == 255 }
