package dialect

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// cloudinary translates the URLs of Cloudinary, https://cloudinary.com/documentation/transformation_reference:
//
//	/demo/image/upload/s--bF5eNhvl--/c_fill,g_auto,h_320,w_320/f_auto/q_auto/v1312461204/photos/cat.jpg
//
// The name of the cloud may be missing. Several transformations in a row are taken as one where no word is in two of
// them. A key is a public id with the extension that the URL has: the original's own.
func cloudinary(l location, keys Keys) (grammar.Translation, error) {
	p := newParameters("cloudinary", l)
	m := cloudinaryPath.FindStringSubmatch(l.path)
	if m == nil {
		p.fail(l.path, "is not <cloud>/image/upload/<transformations>/<public id>")
		return p.image("", false)
	}
	signature, rest := m[1], m[2]
	signed := false
	if len(keys) > 0 && signature != "" {
		rest, signed = signedForm(cloudinaryVersion.ReplaceAllString(rest, "$1"), func(text string) bool {
			return verifyCloudinary(keys, text, signature)
		})
		if !signed {
			return grammar.Translation{}, grammar.ErrSignature
		}
		p.trusted = true
	}
	source := rest
	for {
		component, after, more := strings.Cut(source, "/")
		component = p.unescape(component)
		if !more || !isCloudinary(component) {
			break
		}
		cloudinaryComponent(p, component)
		source = after
	}
	if p.values["w"] != "" && p.values["h"] != "" && p.values["fit"] == "" {
		p.set("fit", "fill") // Cloudinary's default is scale
	}
	source = cloudinaryVersion.ReplaceAllString("/"+source, "$1")
	return p.image(strings.TrimPrefix(p.unescape(source), "/"), signed)
}

var (
	cloudinaryPath = regexp.MustCompile(
		`^(?:[^/]+/)?(?:image/(?:upload|fetch|private|authenticated)|images)/(?:s--([A-Za-z0-9_-]+)--/)?(.+)$`)
	cloudinaryVersion = regexp.MustCompile(`(^|/)v\d+/`)
	cloudinaryWord    = regexp.MustCompile(`^(a|ac|af|ar|b|bo|br|c|co|cs|d|dl|dn|dpr|du|e|eo|f|` +
		`fl|fn|fps|g|h|if|ki|l|o|p|pg|q|r|so|sp|t|u|vc|vs|w|x|y|z)_[^/]+$`)
)

// isCloudinary reports whether a segment of a path is a transformation, and not the beginning of a public id.
func isCloudinary(segment string) bool {
	for word := range strings.SplitSeq(segment, ",") {
		if !cloudinaryWord.MatchString(word) {
			return false
		}
	}
	return true
}

// verifyCloudinary reports whether a signature is the beginning of the SHA-1 of a path and a secret, or a longer one of the SHA-256.
func verifyCloudinary(keys Keys, path, signature string) bool {
	isValid := false
	for _, key := range keys {
		short, long := sha1.Sum([]byte(path+key)), sha256.Sum256([]byte(path+key))
		for _, expected := range []string{
			base64.URLEncoding.EncodeToString(short[:])[:8], base64.URLEncoding.EncodeToString(long[:])[:32],
		} {
			isValid = hmac.Equal([]byte(expected), []byte(signature)) || isValid
		}
	}
	return isValid
}

func cloudinaryComponent(p *parameters, component string) {
	for word := range strings.SplitSeq(component, ",") {
		name, value, _ := strings.Cut(word, "_")
		cloudinaryWordOf(p, name, value, word)
	}
}

// cloudinaryCrops are the values of c, of which none enlarges here.
var cloudinaryCrops = map[string]string{
	"scale": "fill", "fit": "inside", "limit": "inside", "mfit": "inside", "fill": "cover", "lfill": "cover", "thumb": "cover",
	"pad": "contain", "lpad": "contain", "mpad": "contain", "auto": "cover",
}

var cloudinaryGravities = map[string]string{
	"center": "", "north": "top", "south": "bottom", "west": "left", "east": "right", "north_west": "top-left", "north_east": "top-right",
	"south_west": "bottom-left", "south_east": "bottom-right", "auto": "smart", "face": "faces", "faces": "faces",
}

func cloudinaryWordOf(p *parameters, name, value, word string) {
	given := func(parameter string, set func()) {
		if p.values[parameter] != "" {
			p.fail(word, "follows another of its kind: transformations of a result have no counterpart here")
		}
		set()
	}
	switch name {
	case "w":
		given("w", func() { p.side("w", value, word) })
	case "h":
		given("h", func() { p.side("h", value, word) })
	case "c":
		given("fit", func() { p.oneOf("fit", value, word, cloudinaryCrops) })
	case "g":
		given("crop", func() { p.oneOf("crop", strings.TrimSuffix(value, ":subject"), word, cloudinaryGravities) })
	case "q":
		if strings.HasPrefix(value, "auto") {
			p.ignore(word)
			return
		}
		p.set("q", value)
	case "f":
		p.format(value, word)
	case "dpr":
		if value == "auto" {
			p.ignore(word)
			return
		}
		p.set("dpr", value)
	case "b":
		p.background(strings.TrimPrefix(value, "rgb:"), word)
	case "t":
		p.set("preset", value)
	case "ar":
		if !strings.Contains(value, ":") { // a number, as 1.5
			value += ":1"
		}
		p.set("ar", value)
	case "r":
		p.set("mask", "corners")
		if value == "max" {
			p.set("mask", "ellipse")
		} else {
			p.set("corner-radius", value)
		}
	case "a":
		switch value {
		case "hflip":
			p.turnOver("h")
		case "vflip":
			p.turnOver("v")
		default:
			p.set("rot", value)
		}
	case "e":
		cloudinaryEffect(p, value, word)
	case "fl":
		p.ignore(word)
	default:
		p.fail(word, noCounterpart)
	}
}

func cloudinaryEffect(p *parameters, value, word string) {
	effect, strength, _ := strings.Cut(value, ":")
	percent := func(name string) { p.whole(name, p.number(strength, word, -100, 100)) }
	switch effect {
	case "brightness":
		percent("bri")
	case "contrast":
		percent("con")
	case "saturation":
		percent("sat")
	case "negate":
		p.set("invert", "true")
	case "grayscale":
		p.set("greyscale", "true")
	case "sepia":
		p.set("sepia", cmp.Or(strength, "80"))
	case "pixelate":
		p.set("px", strength)
	default:
		p.fail(word, noCounterpart)
	}
}
