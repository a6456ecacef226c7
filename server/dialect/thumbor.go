package dialect

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// thumbor translates the URLs of thumbor, https://thumbor.readthedocs.io/en/latest/usage.html:
//
//	/<signature or unsafe>/10x20:310x220/fit-in/-300x200/left/top/smart/filters:quality(75):format(webp)/cat.jpg
//
// Sizes without fit-in are cropped to, as thumbor does.
func thumbor(l location, keys Keys) (grammar.Translation, error) {
	return thumborURL("thumbor", l, func(path, signature string) bool {
		return anyMAC(sha1.New, keys, path, signature, sha1.Size)
	}, len(keys) > 0)
}

// imagor translates the URLs of imagor, https://github.com/cshum/imagor#image-endpoint, which are those of thumbor with a
// few words more, and with signatures by SHA-256 as well, which may be cut.
func imagor(l location, keys Keys) (grammar.Translation, error) {
	return thumborURL("imagor", l, func(path, signature string) bool {
		const atLeast = 20 // bytes: imagor's documentation cuts to 40 characters
		return anyMAC(sha1.New, keys, path, signature, sha1.Size) || anyMAC(sha256.New, keys, path, signature, atLeast)
	}, len(keys) > 0)
}

func thumborURL(name string, l location, verify func(path, signature string) bool, hasKeys bool) (grammar.Translation, error) {
	p := newParameters(name, l)
	signature, rest, ok := strings.Cut(l.path, "/")
	if !ok {
		p.fail(l.path, "has no image")
		return p.image("", false)
	}
	signed := false
	if hasKeys && !isUnsigned(signature) {
		rest, signed = signedForm(rest, func(text string) bool { return verify(text, signature) })
		if !signed {
			return grammar.Translation{}, grammar.ErrSignature
		}
		p.trusted = true
	}
	t := thumborParts{parameters: p, isImagor: name == "imagor"}
	source := t.parse(rest)
	if l.query != "" {
		source += "?" + l.query // a source's own
	}
	return p.image(source, signed)
}

// thumborParts are the parts of a URL of thumbor before its image.
type thumborParts struct {
	*parameters
	isImagor bool
	width    string
	height   string
	flipped  string // h, v or hv
	fit      string // "" crops to the size
	smart    bool
	halign   string
	valign   string
}

var (
	thumborCrop = regexp.MustCompile(`^(\d+)x(\d+):(\d+)x(\d+)$`)
	thumborSize = regexp.MustCompile(`^(-?)(\d+|orig)?x(-?)(\d+|orig)?$`)
)

// parse reads the parts of a path in their order and returns the image that follows them.
func (t *thumborParts) parse(path string) (source string) {
	next := func() string {
		segment, _, _ := strings.Cut(path, "/")
		return t.unescape(segment)
	}
	skip := func() { _, path, _ = strings.Cut(path, "/") }
	take := func(isPart func(string) bool) {
		if strings.Contains(path, "/") && isPart(next()) {
			skip()
		}
	}
	take(t.refused)
	take(t.trim)
	take(t.crop)
	take(t.fitIn)
	take(t.stretch)
	take(t.size)
	if t.isImagor {
		take(t.padding)
	}
	take(func(s string) bool { return t.align(&t.halign, s, "left", "right", "center") })
	take(func(s string) bool { return t.align(&t.valign, s, "top", "bottom", "middle") })
	take(func(s string) bool { t.smart = s == "smart"; return t.smart })
	if filters, ok := strings.CutPrefix(t.unescape(path), "filters:"); ok {
		path = t.filters(filters)
		t.finish()
		return path
	}
	t.finish()
	return t.image(path)
}

// image returns the image's source, which imagor also takes in base64.
func (t *thumborParts) image(path string) string {
	if encoded, ok := strings.CutPrefix(path, "b64:"); ok && t.isImagor {
		source, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(encoded, "=")))
		if err != nil {
			t.fail(path, "is not base64")
		}
		return string(source)
	}
	return t.unescape(path)
}

func (t *thumborParts) refused(s string) bool {
	if s == "meta" || s == "debug" || s == "params" {
		t.fail(s, noCounterpart)
		return true
	}
	return false
}

func (t *thumborParts) trim(s string) bool {
	words := strings.Split(s, ":")
	if words[0] != "trim" {
		return false
	}
	t.set("trim", "color") // of the top left corner
	for _, word := range words[1:] {
		switch {
		case word == "top-left":
		case strings.Trim(word, "0123456789") == "":
			t.set("trim-tol", decimal(min(255, t.number(word, s, 0, 1e4))))
		default:
			t.fail(s, noCounterpart)
		}
	}
	return true
}

// crop translates a part of the original, left and top to right and bottom.
func (t *thumborParts) crop(s string) bool {
	m := thumborCrop.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	var corners [4]int
	for i := range corners {
		n, err := strconv.Atoi(m[i+1])
		if err != nil {
			t.fail(s, "has a corner that is out of range")
		}
		corners[i] = n
	}
	w, h := corners[2]-corners[0], corners[3]-corners[1]
	if w < 1 || h < 1 {
		t.fail(s, "has no area")
	}
	t.set("rect", strings.Join([]string{m[1], m[2], strconv.Itoa(w), strconv.Itoa(h)}, ","))
	return true
}

func (t *thumborParts) fitIn(s string) bool {
	switch s {
	case "fit-in":
		t.fit = "inside"
	case "full-fit-in":
		t.fit = "outside"
	case "adaptive-fit-in", "adaptive-full-fit-in":
		t.fail(s, "turns the box with the image, which "+noCounterpart)
	default:
		return false
	}
	return true
}

func (t *thumborParts) stretch(s string) bool {
	if s != "stretch" || !t.isImagor {
		return false
	}
	t.fit = "fill"
	return true
}

// size translates 300x200, 300x, -300x-200: a minus sign turns the image over.
func (t *thumborParts) size(s string) bool {
	m := thumborSize.FindStringSubmatch(s)
	if m == nil || s == "x" {
		return false
	}
	t.width, t.height = m[2], m[4]
	if m[1] != "" {
		t.flipped = "h"
	}
	if m[3] != "" {
		t.flipped += "v"
	}
	return true
}

var imagorPadding = regexp.MustCompile(`^\d+x\d+(:\d+x\d+)?$`)

func (t *thumborParts) padding(s string) bool {
	if !imagorPadding.MatchString(s) {
		return false
	}
	t.fail(s, "is a padding, which "+noCounterpart)
	return true
}

func (t *thumborParts) align(into *string, s string, words ...string) bool {
	for _, word := range words {
		if s == word {
			*into = s
			return true
		}
	}
	return false
}

// finish sets what depends on several parts.
func (t *thumborParts) finish() {
	size := t.width + "x" + t.height
	t.side("w", strings.TrimPrefix(t.width, "orig"), size)
	t.side("h", strings.TrimPrefix(t.height, "orig"), size)
	switch t.fit {
	case "":
		if t.values["w"] != "" && t.values["h"] != "" {
			t.set("fit", "cover")
			t.anchor()
		}
	case "inside": // the default
	default:
		t.set("fit", t.fit)
	}
	if t.flipped != "" {
		t.set("flip", t.flipped)
	}
}

// anchor sets which part a crop keeps.
func (t *thumborParts) anchor() {
	halign, valign := t.halign, t.valign
	if halign == "center" {
		halign = ""
	}
	if valign == "middle" {
		valign = ""
	}
	switch {
	case t.values["fp-x"] != "":
	case t.smart:
		t.set("crop", "smart")
	case halign != "" && valign != "":
		t.set("crop", valign+"-"+halign)
	case halign+valign != "":
		t.set("crop", halign+valign)
	}
}
