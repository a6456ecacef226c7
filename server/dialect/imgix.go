package dialect

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// imgix translates the URLs of imgix, https://docs.imgix.com/en-US/apis/rendering, whose words the grammar shares except for
// some values:
//
//	/cat.jpg?w=480&h=320&fit=fill&fill=solid&fill-color=fff&auto=format&s=<MD5>
//
// A parameter in base64, such as txt64, is decoded. Words that the grammar does not know are ignored, as imgix does.
func imgix(l location, keys Keys) (grammar.Translation, error) {
	p := newParameters("imgix", l)
	unsigned, signature := cutSignature(l.query)
	signed := false
	if len(keys) > 0 && signature != "" {
		if !verifyImgix(keys, "/"+l.path, unsigned, signature) {
			return grammar.Translation{}, grammar.ErrSignature
		}
		signed, p.trusted = true, true
	}
	var expires time.Time
	for name, value := range pairs(unsigned) {
		if long, ok := strings.CutSuffix(name, "64"); ok {
			decoded, err := base64.RawURLEncoding.DecodeString(urlAlphabet.Replace(strings.TrimRight(value, "=")))
			if err != nil {
				p.fail(name+"="+value, "is not base64")
			}
			name, value = long, string(decoded)
		}
		part := name + "=" + value
		switch name {
		case "ixlib", "ixid": // say which program has made the URL
		case "fit":
			if value == "facearea" { // nothing detects faces here
				p.ignore(part)
				p.set("crop", "faces")
			}
			p.oneOf("fit", value, part, imgixFits)
		case "bg", "mask-bg", "monochrome", "trim-color", "border":
			p.set(name, imgixColour(value))
		case "mark":
			if strings.Contains(value, "://") {
				p.fail(part, "is no path of a mark")
			}
			p.set(name, strings.TrimPrefix(value, "/"))
		case "mark-align":
			p.set(name, imgixAlign(value))
		case "fm":
			p.set("fm", imgixFormat(value))
		case "fill-color":
			p.background(value, part)
		case "fill":
			if value != "solid" {
				p.fail(part, noCounterpart)
			}
		case "expires":
			seconds, err := strconv.ParseInt(value, 10, 40)
			if err != nil || seconds < 0 {
				p.fail(part, "is not a unix time")
			}
			expires = time.Unix(seconds, 0)
		case "s", "preset": // words of imgorigin that imgix does not have
			p.ignore(name)
		default:
			p.set(name, value)
		}
	}
	image, err := p.image(p.unescape(l.path), signed)
	image.Expires = expires
	return image, err
}

// imgixFits are the values of fit. Nothing is enlarged here, which is what tells clip from max, and fill from fillmax.
var imgixFits = map[string]string{
	"clip": "inside", "max": "inside", "crop": "cover", "min": "cover", "fill": "contain", "fillmax": "contain", "scale": "fill",
	"facearea": "cover",
}

// imgixColour returns a colour, which may follow a width and a comma, with alpha as its last digits. imgix has it as the first of
// four or eight.
func imgixColour(value string) string {
	comma := strings.LastIndexByte(value, ',') + 1
	width, hex := value[:comma], value[comma:]
	if !isHex(hex) {
		return value
	}
	switch len(hex) {
	case 4:
		hex = string([]byte{hex[1], hex[1], hex[2], hex[2], hex[3], hex[3], hex[0], hex[0]})
	case 8:
		hex = hex[2:] + hex[:2]
	}
	return width + hex
}

// imgixAlign returns the place of a mark, without the words for the middle if there is another.
func imgixAlign(value string) string {
	var sides []string
	for side := range strings.SplitSeq(value, ",") {
		if side != "middle" && side != "center" {
			sides = append(sides, side)
		}
	}
	return cmp.Or(strings.Join(sides, ","), "center")
}

func imgixFormat(word string) string {
	switch word {
	case "pjpg":
		return "jpeg"
	case "png8", "png32":
		return "png"
	}
	return word
}

// cutSignature returns a raw query without its parameter s, and that.
func cutSignature(query string) (rest, signature string) {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if s, ok := strings.CutPrefix(pair, "s="); ok {
			signature = s
		} else if pair != "" {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&"), signature
}

// verifyImgix reports whether a signature is the MD5 of a token, the path and the query.
func verifyImgix(keys Keys, path, query, signature string) bool {
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	if query != "" {
		query = "?" + query
	}
	isValid := false
	for _, key := range keys {
		sum := md5.Sum([]byte(key + path + query))
		isValid = hmac.Equal(sum[:], given) || isValid
	}
	return isValid
}

// pairs yields the names and values of a raw query, decoded.
func pairs(query string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name != "" && !yield(decode(name), decode(value)) {
				return
			}
		}
	}
}

// decode decodes a part of a query; what is not encoded is returned as it is.
func decode(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}
