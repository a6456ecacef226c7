package resize

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// A Field is a part of a [Transform] that has a parameter of its own, as URLs and normal forms write it.
type Field struct {
	Name    string
	Aliases []string // in URLs
	Takes   string   // the values, for error messages

	text func(*Transform) string       // the value in a normal form, "" for the zero value
	set  func(*Transform, string) bool // sets the field to what text or a URL says
}

// Set sets the field of t to what a value in a URL says, and reports whether the field takes it.
func (f Field) Set(t *Transform, value string) bool { return f.set(t, value) }

// NeedsSignature reports whether t has any of the [SignedFields], of which unsigned URLs would make endless variants. Quarter
// turns are few.
func (t Transform) NeedsSignature() bool {
	if !t.Mount.IsOblique() {
		t.Mount.Angle = 0
	}
	for _, field := range SignedFields {
		if field.text(&t) != "" {
			return true
		}
	}
	return false
}

// setField sets the field with a name in a normal form.
func (t *Transform) setField(name, value string) error {
	for _, field := range SignedFields {
		if field.Name == name && field.Set(t, value) {
			return nil
		}
	}
	return errNotNormal
}

// also returns a field with aliases.
func (f Field) also(aliases ...string) Field {
	f.Aliases = aliases
	return f
}

// numberField returns a field that is a whole number, which changes nothing if it is 0.
func numberField(name string, least, most int, of func(*Transform) *int) Field {
	return Field{
		Name: name, Takes: fmt.Sprintf("a whole number %d…%d", least, most),
		text: func(t *Transform) string {
			if n := *of(t); n != 0 {
				return strconv.Itoa(n)
			}
			return ""
		},
		set: func(t *Transform, value string) bool {
			n, ok := wholeNumber(value, least, most)
			*of(t) = n
			return ok
		},
	}
}

// wholeNumber parses a number in least…most.
func wholeNumber(text string, least, most int) (n int, ok bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most && text[0] != '+'
}

// decimalField returns a field that counts parts of a unit, such as tenths, in whole numbers. It changes nothing if it is 0.
func decimalField(name string, parts int, least, most float64, of func(*Transform) *int) Field {
	return Field{
		Name: name, Takes: fmt.Sprintf("a number %g…%g", least, most),
		text: func(t *Transform) string {
			if n := *of(t); n != 0 {
				return strconv.FormatFloat(float64(n)/float64(parts), 'f', -1, 64)
			}
			return ""
		},
		set: func(t *Transform, value string) bool {
			x, err := strconv.ParseFloat(value, 64)
			if err != nil || !(x >= least && x <= most) || len(value) > 16 || strings.Trim(value, "0123456789.") != "" {
				return false
			}
			*of(t) = int(float64(x*float64(parts)) + 0.5)
			return true
		},
	}
}

// switchField returns a field that is true or false.
func switchField(name string, of func(*Transform) *bool) Field {
	return Field{
		Name: name, Takes: "true or false",
		text: func(t *Transform) string {
			if *of(t) {
				return "true"
			}
			return ""
		},
		set: func(t *Transform, value string) (ok bool) {
			*of(t), ok = isTrue(value)
			return ok
		},
	}
}

// isTrue parses true, false, 1 or 0.
func isTrue(value string) (on, ok bool) {
	on = value == "true" || value == "1"
	return on, on || value == "false" || value == "0"
}

// wordField returns a field that is one of some words.
func wordField[T ~string](name string, of func(*Transform) *T, words ...T) Field {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = string(word)
	}
	last := len(all) - 1
	return Field{
		Name: name, Takes: strings.Join(all[:last], ", ") + " or " + all[last],
		text: func(t *Transform) string { return string(*of(t)) },
		set: func(t *Transform, value string) bool {
			word, err := oneOf(value, words...)
			*of(t) = word
			return err == nil
		},
	}
}

// colorField returns a field that is a colour.
func colorField(name string, of func(*Transform) *string) Field {
	return Field{
		Name: name, Takes: "rrggbb or rrggbbaa in hexadecimal, a name as in CSS, or transparent",
		text: func(t *Transform) string { return *of(t) },
		set: func(t *Transform, value string) bool {
			color, ok := hexcolor.Parse(value)
			*of(t) = color
			return ok
		},
	}
}

// sidesField returns fields of lengths on all sides, and on each that differs from the left. The first is set by a number,
// and color if that is not nil, as in 10,ff0000.
func sidesField(name string, of func(*Transform) *[4]int, color func(*Transform) *string) []Field {
	all := Field{
		Name: name, Takes: "a whole number 0…1000",
		text: func(t *Transform) string {
			switch sides := *of(t); {
			case sides == [4]int{}:
				return ""
			case color != nil:
				return strconv.Itoa(sides[0]) + "-" + *color(t)
			default:
				return strconv.Itoa(sides[0])
			}
		},
		set: func(t *Transform, value string) bool {
			isColored := true
			if color != nil {
				var hex string
				value, hex, _ = strings.Cut(strings.Replace(value, ",", "-", 1), "-")
				*color(t), isColored = hexcolor.Parse(hex)
			}
			n, ok := wholeNumber(value, 0, maxMargin)
			*of(t) = [4]int{n, n, n, n}
			return ok && isColored
		},
	}
	if color != nil {
		all.Takes = "a whole number 0…1000 and a color, as in 10,ff0000"
	}
	fields := []Field{all}
	for i, side := range []string{"left", "top", "right", "bottom"} {
		fields = append(fields, Field{
			Name: name + "-" + side, Takes: "a whole number 0…1000",
			text: func(t *Transform) string {
				if sides := *of(t); sides[i] != sides[0] {
					return strconv.Itoa(sides[i])
				}
				return ""
			},
			set: func(t *Transform, value string) bool {
				n, ok := wholeNumber(value, 0, maxMargin)
				of(t)[i] = n
				return ok
			},
		})
	}
	return fields
}

// maxMargin is the largest margin or border on a side, in pixels.
const maxMargin = 1000
