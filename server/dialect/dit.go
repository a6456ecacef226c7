package dialect

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// dit translates the URLs of AWS's Dynamic Image Transformation, formerly Serverless Image Handler,
// https://docs.aws.amazon.com/solutions/latest/dynamic-image-transformation-for-amazon-cloudfront/use-the-solution.html:
//
//	/eyJidWNrZXQiOiJwaG90b3MiLCJrZXkiOiJjYXQuanBnIiwiZWRpdHMiOnsicmVzaXplIjp7IndpZHRoIjo0ODB9fX0=?signature=<HMAC-SHA256>
//	/photos/cat.jpg?width=480&height=320&fit=cover&format=webp
//	/fit-in/480x320/filters:quality(75)/photos/cat.jpg
//
// The bucket in a request is not looked at: originals come from one's own.
func dit(l location, keys Keys) (grammar.Translation, error) {
	signed, query, err := ditSignature(l, keys)
	if err != nil {
		return grammar.Translation{}, err
	}
	p := newParameters("dit", l)
	p.trusted = signed || l.exact
	if request, ok := ditRequest(l.path); ok {
		source := request.translate(p)
		return p.image(source, signed)
	}
	if first, _, _ := strings.Cut(l.path, "/"); first == "fit-in" || strings.HasPrefix(l.path, "filters:") || thumborSize.MatchString(first) {
		t := thumborParts{parameters: p}
		source := t.parse(l.path)
		return p.image(source, signed)
	}
	for name, value := range pairs(query) {
		ditParameter(p, name, value)
	}
	p.coverByDefault()
	return p.image(p.unescape(l.path), signed)
}

// ditSignature verifies the HMAC of the path and the query without the signature, and returns that query.
func ditSignature(l location, keys Keys) (signed bool, query string, err error) {
	var kept []string
	signature := ""
	for pair := range strings.SplitSeq(l.query, "&") {
		if s, ok := strings.CutPrefix(pair, "signature="); ok {
			signature = s
		} else if pair != "" {
			kept = append(kept, pair)
		}
	}
	query = strings.Join(kept, "&")
	if len(keys) == 0 || signature == "" {
		return false, query, nil
	}
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false, query, grammar.ErrSignature
	}
	text := "/" + l.path
	if len(kept) > 0 {
		slices.Sort(kept)
		text += "?" + strings.Join(kept, "&")
	}
	for _, key := range keys {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		signed = hmac.Equal(mac.Sum(nil), given) || signed
	}
	if !signed {
		return false, query, grammar.ErrSignature
	}
	return true, query, nil
}

// coverByDefault crops to a box of both sides, which is sharp's default.
func (p *parameters) coverByDefault() {
	if p.values["w"] != "" && p.values["h"] != "" && p.values["fit"] == "" {
		p.set("fit", "cover")
	}
}

// ditParameter translates a parameter of a query.
func ditParameter(p *parameters, name, value string) {
	part := name + "=" + value
	switch name {
	case "width":
		p.side("w", value, part)
	case "height":
		p.side("h", value, part)
	case "format":
		p.format(value, part)
	case "fit", "quality", "dpr":
		p.set(name, value)
	case "flip":
		p.turnOver("v")
	case "flop":
		p.turnOver("h")
	default:
		p.ignore(name)
	}
}

// An imageRequest is what is encoded in a path.
type imageRequest struct {
	Bucket       string                     `json:"bucket"`
	Key          string                     `json:"key"`
	Edits        map[string]json.RawMessage `json:"edits"`
	OutputFormat string                     `json:"outputFormat"`
}

// ditRequest decodes a path, which is JSON in base64.
func ditRequest(path string) (request imageRequest, ok bool) {
	encoded, err := url.PathUnescape(path)
	if err != nil {
		return request, false
	}
	decoded, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(encoded, "=")))
	if err != nil || len(decoded) == 0 || decoded[0] != '{' {
		return request, false
	}
	return request, json.Unmarshal(decoded, &request) == nil
}

func (r imageRequest) translate(p *parameters) (source string) {
	if r.OutputFormat != "" {
		p.format(r.OutputFormat, "outputFormat")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Edits)) {
		r.edit(p, name, r.Edits[name])
	}
	p.coverByDefault()
	return r.Key
}

// edit translates an edit, which is a method of sharp with its argument.
func (r imageRequest) edit(p *parameters, name string, argument json.RawMessage) {
	isOn := !bytes.Equal(argument, []byte("false")) && !bytes.Equal(argument, []byte("null"))
	switch {
	case !isOn:
	case name == "resize":
		r.resize(p, argument)
	case name == "toFormat":
		p.format(scalar(argument), name)
	case name == "jpeg" || name == "png" || name == "webp" || name == "avif":
		var options struct{ Quality json.RawMessage }
		if json.Unmarshal(argument, &options) == nil && options.Quality != nil {
			p.set("q", scalar(options.Quality))
		}
	case name == "flip":
		p.turnOver("v")
	case name == "flop":
		p.turnOver("h")
	case name == "negate":
		p.set("invert", "true")
	case name == "blur":
		p.set("blur", scalar(argument))
	case name == "greyscale" || name == "grayscale":
		p.set("greyscale", "true")
	case name == "rotate":
		p.set("rot", scalar(argument))
	case name == "roundCrop" && bytes.Equal(argument, []byte("true")):
		p.set("mask", "ellipse")
	case name == "smartCrop": // to a face
		p.set("crop", "faces")
		p.set("fit", "cover")
	default:
		p.fail(name, noCounterpart)
	}
}

func (r imageRequest) resize(p *parameters, argument json.RawMessage) {
	var options map[string]json.RawMessage
	if json.Unmarshal(argument, &options) != nil {
		p.fail("resize", "is not an object")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		value, part := scalar(options[name]), "resize."+name
		switch name {
		case "width":
			p.side("w", rounded(value), part)
		case "height":
			p.side("h", rounded(value), part)
		case "fit":
			p.set("fit", value)
		case "position", "gravity":
			p.oneOf("crop", value, part, ipxPositions)
		case "background":
			p.background(value, part)
		case "withoutEnlargement":
		case "ratio", "kernel", "fastShrinkOnLoad":
			p.ignore(part)
		default:
			p.fail(part, noCounterpart)
		}
	}
}

// scalar returns a string, number or boolean of JSON as text, and "" for null.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return strings.TrimSpace(string(raw))
}

// rounded rounds a number of pixels, which clients compute, as sharp's callers do.
func rounded(s string) string {
	if x, err := strconv.ParseFloat(s, 64); err == nil && x >= 0 && x < 1e6 {
		return strconv.Itoa(int(x + 0.5))
	}
	return s
}
