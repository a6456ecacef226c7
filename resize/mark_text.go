package resize

import (
	"encoding/base64"
	"strconv"
)

// A MarkField is a field of [Mark] as URLs and normal forms write it.
type MarkField struct {
	Name  string
	Takes string // the values, for error messages

	text func(Mark) string        // the value in a normal form, "" for the default
	set  func(*Mark, string) bool // sets the field to a value, and reports whether it takes that
}

// Set sets the field of m to a value in a URL, and reports whether the field takes it.
func (f MarkField) Set(m *Mark, value string) bool { return f.set(m, value) }

// MarkFields are the fields of [Mark] that URLs can set beside its key, in the order of normal forms.
var MarkFields = [...]MarkField{
	{"mark-align", "center, top, bottom, left, right, top-left, top-right, bottom-left or bottom-right", func(m Mark) string {
		if m.Align == BottomRight {
			return ""
		}
		return string(m.Align)
	}, func(m *Mark, value string) (ok bool) {
		align, err := oneOf(value, Center, Top, Bottom, Left, Right, TopLeft, TopRight, BottomLeft, BottomRight)
		m.Align = align
		return err == nil
	}},
	markNumber("mark-pad", 0, MaxMarkPad, 0, func(m *Mark) *int { return &m.Pad }),
	markNumber("mark-scale", 1, 100, 0, func(m *Mark) *int { return &m.Scale }),
	markNumber("mark-alpha", 1, 100, 100, func(m *Mark) *int { return &m.Alpha }),
	{"mark-tile", "grid", func(m Mark) string {
		if m.Tile {
			return "grid"
		}
		return ""
	}, func(m *Mark, value string) bool {
		m.Tile = value == "grid"
		return m.Tile
	}},
}

// markNumber returns a field that is a whole number.
func markNumber(name string, least, most, absent int, of func(*Mark) *int) MarkField {
	return MarkField{name, "a whole number " + strconv.Itoa(least) + "…" + strconv.Itoa(most), func(m Mark) string {
		if n := *of(&m); n != absent {
			return strconv.Itoa(n)
		}
		return ""
	}, func(m *Mark, value string) bool {
		n, err := strconv.Atoi(value)
		*of(m) = n
		return err == nil && n >= least && n <= most && value[0] != '+'
	}}
}

// fields calls field with each name and value of a mark in normal form. Its key is encoded, since the names of variants hold no
// slashes.
func (m Mark) fields(field func(name, value string)) {
	if m.Key == "" {
		return
	}
	field("mark", base64.RawURLEncoding.EncodeToString([]byte(m.Key)))
	if m.Version != "" {
		field("mark-version", m.Version)
	}
	for _, f := range MarkFields {
		if value := f.text(m); value != "" {
			field(f.Name, value)
		}
	}
}

// setField sets the field with a name in a normal form, and reports whether there is one.
func (m *Mark) setField(name, value string) (ok bool, err error) {
	switch name {
	case "mark":
		key, err := base64.RawURLEncoding.DecodeString(value)
		m.Key = string(key)
		return true, err
	case "mark-version":
		m.Version = value
		return true, nil
	}
	for _, f := range MarkFields {
		if f.Name == name && !f.Set(m, value) {
			return true, errNotNormal
		} else if f.Name == name {
			return true, nil
		}
	}
	return false, nil
}
