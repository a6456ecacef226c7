package probe

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An svgElement is the root of a drawing, and where its tag is in the text.
type svgElement struct {
	xml.StartElement
	from, to int64
}

// svgRoot returns the first element of a text, if it is that of a drawing. Nothing that the text refers to is looked up.
func svgRoot(text []byte) (svgElement, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false // references to entities of the document type stay as they are
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		from := d.InputOffset()
		token, err := d.Token()
		syntax, isSyntax := errors.AsType[*xml.SyntaxError](err)
		switch {
		case errors.Is(err, io.EOF), isSyntax && strings.Contains(syntax.Msg, "unexpected EOF"):
			return svgElement{}, ErrShort
		case err != nil:
			return svgElement{}, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			root := svgElement{token, from, d.InputOffset()}
			return root, root.check()
		case xml.CharData:
			if len(bytes.Trim(token, "\ufeff \t\r\n")) > 0 {
				return svgElement{}, fmt.Errorf("%w: text before any element", ErrUnsupported)
			}
		}
	}
}

// check returns an error for the root of another kind of XML.
func (e svgElement) check() error {
	const namespace = "http://www.w3.org/2000/svg"
	isEntity := strings.HasPrefix(e.Name.Space, "&") // of editors, which declare their namespaces so
	if e.Name.Local != "svg" || e.Name.Space != namespace && !isEntity {
		return fmt.Errorf("%w: XML, but not a drawing in the namespace of SVG", ErrUnsupported)
	}
	return nil
}

// size returns the size that a root claims, in pixels, as browsers take it (CSS Images 3, 4.2): a side without a length follows from
// the other and the ratio of the view box. It may be anything.
func (e svgElement) size() (w, h float64) {
	const unknownWidth, unknownHeight = 300, 150
	w, hasWidth := svgLength(e.attribute("width"))
	h, hasHeight := svgLength(e.attribute("height"))
	bw, bh, hasBox := svgViewBox(e.attribute("viewBox"))
	if !hasBox {
		bw, bh = unknownWidth, unknownHeight
	}
	switch {
	case hasWidth && hasHeight:
	case hasWidth && hasBox:
		h = w * bh / bw
	case hasHeight && hasBox:
		w = h * bw / bh
	case hasWidth:
		h = bh
	case hasHeight:
		w = bw
	default:
		w, h = bw, bh
	}
	return w, h
}

func (e svgElement) attribute(name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// svgViewBox parses the size of a view box.
func svgViewBox(s string) (w, h float64, ok bool) {
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	if len(fields) != 4 {
		return 0, 0, false
	}
	w, errW := strconv.ParseFloat(fields[2], 64)
	h, errH := strconv.ParseFloat(fields[3], 64)
	return w, h, errW == nil && errH == nil && w > 0 && h > 0
}

// svgUnits are the pixels of units (CSS Values 3, 6.2). Those of a font are of the default of 16 pixels.
var svgUnits = map[string]float64{
	"": 1, "px": 1, "pt": 96. / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "em": 16, "rem": 16, "ex": 8,
}

// svgLength parses a length in pixels. It reports false for a percentage, and for what is not a length.
func svgLength(s string) (pixels float64, ok bool) {
	s = strings.TrimSpace(s)
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz%")
	v, err := strconv.ParseFloat(number, 64)
	unit, known := svgUnits[s[len(number):]]
	return v * unit, err == nil && known
}

var errTag = fmt.Errorf("%w: a tag that is not XML", ErrCorrupt)

// withSize returns the tag of a root with its size in pixels as its width and height.
func (e svgElement) withSize(tag []byte) ([]byte, error) {
	const space = " \t\r\n"
	w, h := e.size()
	nameEnd := bytes.IndexAny(tag, space+"/>")
	if nameEnd < 0 {
		return nil, errTag
	}
	out := fmt.Appendf(nil, `%s width="%g" height="%g"`, tag[:nameEnd], w, h)
	for rest := tag[nameEnd:]; ; {
		trimmed := bytes.TrimLeft(rest, space)
		if bytes.HasPrefix(trimmed, []byte(">")) || bytes.HasPrefix(trimmed, []byte("/>")) {
			return append(out, trimmed...), nil
		}
		name, value, found := bytes.Cut(trimmed, []byte("="))
		value = bytes.TrimLeft(value, space)
		if !found || len(value) == 0 || value[0] != '"' && value[0] != '\'' {
			return nil, errTag
		}
		end := bytes.IndexByte(value[1:], value[0])
		if end < 0 {
			return nil, errTag
		}
		if name := string(bytes.TrimRight(name, space)); name != "width" && name != "height" {
			out = append(append(append(out, ' '), name...), '=')
			out = append(out, value[:end+2]...)
		}
		rest = value[end+2:]
	}
}
