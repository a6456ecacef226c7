package dialect

import (
	"strings"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// cloudflare translates the URLs of Cloudflare's transformations,
// https://developers.cloudflare.com/images/transform-images/transform-via-url:
//
//	/cdn-cgi/image/width=480,fit=cover,gravity=auto,format=auto/photos/cat.jpg
//
// They have no signatures.
func cloudflare(l location, _ Keys) (grammar.Translation, error) {
	p := newParameters("cloudflare", l)
	options, source, ok := strings.Cut(l.path, "/")
	if !ok {
		p.fail(l.path, "has no image")
	}
	for option := range strings.SplitSeq(p.unescape(options), ",") {
		name, value, _ := strings.Cut(option, "=")
		cloudflareOption(p, name, value, option)
	}
	if p.values["w"] != "" && p.values["h"] != "" && p.values["fit"] == "" {
		p.set("fit", "inside") // Cloudflare's default is scale-down
	}
	source = p.unescape(source)
	if l.query != "" {
		source += "?" + l.query
	}
	return p.image(source, false)
}

// cloudflareFits are the values of fit, of which none enlarges here.
var cloudflareFits = map[string]string{
	"scale-down": "inside", "contain": "inside", "cover": "cover", "crop": "cover", "pad": "contain", "squeeze": "fill",
}

// cloudflareGravities are the values of gravity. Faces are found by what there is to see.
var cloudflareGravities = map[string]string{
	"auto": "smart", "face": "faces", "center": "", "left": "left", "right": "right", "top": "top", "bottom": "bottom",
}

func cloudflareOption(p *parameters, name, value, option string) {
	switch name {
	case "":
	case "width", "w":
		if value == "auto" { // the width that the browser tells
			p.ignore(option)
			return
		}
		p.side("w", value, option)
	case "height", "h":
		p.side("h", value, option)
	case "dpr":
		p.set("dpr", value)
	case "fit":
		p.oneOf("fit", value, option, cloudflareFits)
	case "gravity", "g":
		if x, y, ok := strings.Cut(value, "x"); ok {
			p.focus(x, y, option)
			return
		}
		p.oneOf("crop", value, option, cloudflareGravities)
	case "quality", "q":
		if named, ok := map[string]string{"high": "90", "medium-high": "80", "medium-low": "60", "low": "45"}[value]; ok {
			value = named
		}
		p.set("q", value)
	case "format", "f":
		switch value {
		case "baseline-jpeg":
			value = "jpeg"
		case "json":
			p.fail(option, "is at /info/<key> here")
		}
		p.format(value, option)
	case "blur": // a radius of 1…250
		p.set("blur", decimal(max(0.3, p.number(value, option, 0, 250)*0.4)))
	case "contrast":
		p.factor("con", value, option)
	case "saturation":
		p.factor("sat", value, option)
	case "background":
		p.background(value, option)
	case "rotate":
		p.set("rot", value)
	case "flip":
		p.set("flip", value)
	case "metadata", "compression", "onerror", "slow-connection-quality", "scq", "anim":
		p.ignore(option)
	default:
		p.fail(option, noCounterpart)
	}
}
