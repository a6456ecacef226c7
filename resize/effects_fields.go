package resize

import (
	"fmt"
	"strconv"
)

// An EffectField is a field of [Effects] as URLs and normal forms write it.
type EffectField struct {
	Name    string
	Aliases []string // in URLs
	Takes   string   // the values, for error messages

	text func(*Effects) string       // the value in a normal form, "" for the zero value
	set  func(*Effects, string) bool // sets the field to what text or a URL says
}

// Set sets the field of e to what a value in a URL says, and reports whether the field takes it.
func (f EffectField) Set(e *Effects, value string) bool { return f.set(e, value) }

// EffectFields are the fields of [Effects] in the order of normal forms. A field that is added here is a parameter of URLs.
var EffectFields = [...]EffectField{
	numberField("bri", -100, 100, func(e *Effects) *int { return &e.Brightness }),
	numberField("con", -100, 100, func(e *Effects) *int { return &e.Contrast }),
	numberField("sat", -100, 100, func(e *Effects) *int { return &e.Saturation }),
	numberField("gam", -100, 100, func(e *Effects) *int { return &e.Gamma }),
	numberField("sharp", 0, 100, func(e *Effects) *int { return &e.Sharpen }),
	{Name: "invert", Takes: "true or false", text: func(e *Effects) string {
		if e.Invert {
			return "true"
		}
		return ""
	}, set: func(e *Effects, value string) bool {
		e.Invert = value == "true"
		return e.Invert || value == "false"
	}},
	{Name: "flip", Takes: "h, v or hv", text: func(e *Effects) string { return string(e.Flip) }, set: func(e *Effects, value string) bool {
		if value == "vh" {
			value = "hv"
		}
		e.Flip = Flip(value)
		return e.Flip == Horizontal || e.Flip == Vertical || e.Flip == HalfTurn
	}},
}

// numberField returns a field that is a whole number, which changes nothing if it is 0.
func numberField(name string, least, most int, of func(*Effects) *int) EffectField {
	return EffectField{
		Name: name, Takes: fmt.Sprintf("a whole number %d…%d", least, most),
		text: func(e *Effects) string {
			if n := *of(e); n != 0 {
				return strconv.Itoa(n)
			}
			return ""
		},
		set: func(e *Effects, value string) bool {
			n, err := strconv.Atoi(value)
			*of(e) = n
			return err == nil && n >= least && n <= most && value[0] != '+'
		},
	}
}

// setEffect sets the field with a name in a normal form.
func (e *Effects) setEffect(name, value string) error {
	for _, field := range EffectFields {
		if field.Name == name && field.Set(e, value) {
			return nil
		}
	}
	return errNotNormal
}
