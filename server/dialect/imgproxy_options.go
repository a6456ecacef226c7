package dialect

import (
	"strconv"
	"strings"
	"time"
)

// imgproxyOptions are the processing options of a URL of imgproxy.
type imgproxyOptions struct {
	*parameters
	isFill  bool   // the resizing type fills the box
	padding [4]int // pixels at the top, right, bottom and left
	expires time.Time
}

// imgproxyNames maps the short names of options to the long ones.
var imgproxyNames = map[string]string{
	"rs": "resize", "s": "size", "rt": "resizing_type", "w": "width", "h": "height", "el": "enlarge", "ex": "extend", "g": "gravity",
	"c": "crop", "rot": "rotate", "fl": "flip", "bg": "background", "bl": "blur", "br": "brightness", "co": "contrast",
	"sa": "saturation", "q": "quality", "f": "format", "ext": "format", "cb": "cachebuster", "exp": "expires", "pr": "preset",
	"z": "zoom", "sm": "strip_metadata", "scp": "strip_color_profile", "ar": "auto_rotate", "kcr": "keep_copyright",
	"mb": "max_bytes", "mw": "min-width", "mh": "min-height", "t": "trim", "wm": "watermark", "mc": "monochrome", "dt": "duotone", "pd": "padding", "sh": "sharpen",
	"px": "pixelate", "pix": "pixelate", "fq": "format_quality", "fn": "filename", "att": "return_attachment", "eth": "enforce_thumbnail",
}

// apply translates one option, such as rs:fill:300:200.
func (o *imgproxyOptions) apply(option string) {
	name, rest, _ := strings.Cut(option, ":")
	args := strings.Split(rest, ":")
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	if long, ok := imgproxyNames[name]; ok {
		name = long
	}
	switch name {
	case "resize":
		o.resizingType(arg(0), option)
		o.size(args[1:], option)
	case "size":
		o.size(args, option)
	case "resizing_type":
		o.resizingType(arg(0), option)
	case "width", "height":
		o.side(name[:1], arg(0), option)
	case "min-width", "min-height":
		o.side(name[:5], arg(0), option)
	case "enlarge":
		o.mayEnlarge(arg(0), option)
	case "extend":
		o.extend(args, option)
	case "gravity":
		o.gravity(args, option)
	case "crop":
		o.crop(args, option)
	case "trim":
		o.trim(args, option)
	case "padding":
		o.pad(args, option)
	case "monochrome", "duotone":
		o.tint(name, args, option)
	case "background":
		o.backgroundOf(args, option)
	case "expires":
		seconds, err := strconv.ParseInt(arg(0), 10, 40)
		if err != nil || seconds < 0 {
			o.fail(option, "is not a unix time")
		}
		o.expires = time.Unix(seconds, 0)
	case "dpr", "zoom":
		o.multiply(name, args, option)
	default:
		o.look(name, arg(0), option)
	}
}

// look translates the options about what the pixels look like and how they are written.
func (o *imgproxyOptions) look(name, value, option string) {
	switch name {
	case "blur":
		o.set("blur", value)
	case "brightness":
		o.whole("bri", o.number(value, option, -255, 255)/2.55)
	case "contrast":
		o.factor("con", value, option)
	case "saturation":
		o.factor("sat", value, option)
	case "rotate":
		if value != "0" {
			o.set("rot", value)
		}
	case "flip":
		horizontal, vertical, _ := strings.Cut(strings.TrimPrefix(option, strings.SplitN(option, ":", 2)[0]+":"), ":")
		if isTrue(horizontal) {
			o.turnOver("h")
		}
		if isTrue(vertical) {
			o.turnOver("v")
		}
	case "sharpen":
		if sigma := o.number(value, option, 0, 50); sigma > 0 {
			o.set("usm", "100")
			o.set("usmrad", decimal(max(sigma, 0.3)))
		}
	case "watermark":
		if value != "0" {
			o.fail(option, noCounterpart+": give it a preset with a mark")
		}
	case "pixelate":
		if value != "0" {
			o.set("px", value)
		}
	case "quality":
		if value != "0" { // the default
			o.set("q", value)
		}
	case "max_bytes":
		if value != "0" { // no limit
			o.set("max-bytes", value)
		}
	case "format":
		if value == "best" {
			value = "auto"
		}
		o.format(value, option)
	case "preset":
		o.set("preset", value)
	case "raw":
		if isTrue(value) {
			o.unset("fm")
			o.set("raw", "true")
		}
	case "cachebuster": // is in the URL, which is all that it is for
	case "strip_metadata", "strip_color_profile", "auto_rotate": // is always done
		if !isTrue(value) {
			o.ignore(option)
		}
	case "keep_copyright", "enforce_thumbnail", "format_quality", "skip_processing", "max_src_resolution", "max_src_file_size",
		"max_animation_frames", "max_animation_frame_resolution", "filename", "return_attachment":
		o.ignore(option)
	default:
		o.fail(option, noCounterpart)
	}
}

func isTrue(s string) bool { return s == "1" || s == "t" || s == "true" }

// resizingType sets how an image is fitted into its box.
func (o *imgproxyOptions) resizingType(value, option string) {
	o.isFill = value == "fill" || value == "fill-down"
	o.oneOf("fit", value, option, map[string]string{"": "", "fit": "", "fill": "cover", "fill-down": "cover", "force": "fill"})
}

// size translates width:height:enlarge:extend[:gravity].
func (o *imgproxyOptions) size(args []string, option string) {
	for i, translate := range []func(string){
		func(s string) { o.side("w", s, option) },
		func(s string) { o.side("h", s, option) },
		func(s string) { o.mayEnlarge(s, option) },
	} {
		if i < len(args) && args[i] != "" {
			translate(args[i])
		}
	}
	if len(args) > 3 {
		o.extend(args[3:], option)
	}
}

func (o *imgproxyOptions) mayEnlarge(value, option string) {
	if isTrue(value) {
		o.enlarge(option)
	}
}

// trim translates threshold:color, of which the color is that of the top left corner by default.
func (o *imgproxyOptions) trim(args []string, option string) {
	for _, both := range args[min(2, len(args)):] {
		if isTrue(both) {
			o.fail(option, "cuts the same from both sides, which "+noCounterpart)
		}
	}
	o.set("trim", "color")
	o.set("trim-tol", decimal(o.number(args[0], option, 0, 255)))
	if len(args) > 1 && args[1] != "" {
		o.set("trim-color", args[1])
	}
}

// extend pads an image that is fitted to the size of the box.
func (o *imgproxyOptions) extend(args []string, option string) {
	switch {
	case !isTrue(args[0]) || o.isFill: // what fills the box needs no padding
	case len(args) > 1 && args[1] != "" && args[1] != "ce":
		o.fail(option, "pads one side more than the other, which "+noCounterpart)
	default:
		o.set("fit", "contain")
	}
}

var imgproxyGravities = map[string]string{
	"ce": "", "no": "top", "so": "bottom", "we": "left", "ea": "right", "sm": "smart", "face": "faces",
	"nowe": "top-left", "noea": "top-right", "sowe": "bottom-left", "soea": "bottom-right",
}

// gravity translates ce, no, …, sm, and fp:x:y.
func (o *imgproxyOptions) gravity(args []string, option string) {
	if args[0] == "obj" && len(args) == 2 && args[1] == "face" {
		args = []string{"face"}
	}
	if args[0] == "fp" && len(args) == 3 {
		o.focus(args[1], args[2], option)
		return
	}
	for _, offset := range args[1:] {
		if strings.Trim(offset, "0") != "" {
			o.fail(option, "has an offset, which "+noCounterpart)
		}
	}
	o.unset("fp-x")
	o.unset("fp-y")
	o.oneOf("crop", args[0], option, imgproxyGravities)
}

// crop translates what is cut off from the top left, the one part of an original that has the same place in all.
func (o *imgproxyOptions) crop(args []string, option string) {
	if len(args) >= 3 && args[2] == "nowe" {
		x, y := "0", "0"
		if len(args) == 5 {
			x, y = args[3], args[4]
		}
		o.set("rect", strings.Join([]string{x, y, args[0], args[1]}, ","))
		return
	}
	o.fail(option, "depends on the size of the original, which "+noCounterpart+": give it the gravity nowe")
}

// backgroundOf translates a colour, in hexadecimal or as r:g:b.
func (o *imgproxyOptions) backgroundOf(args []string, option string) {
	if len(args) != 3 {
		o.background(args[0], option)
		return
	}
	hex := ""
	for _, channel := range args {
		n := int(o.number(channel, option, 0, 255))
		hex += string("0123456789abcdef"[n>>4]) + string("0123456789abcdef"[n&15])
	}
	o.background(hex, option)
}

// multiply translates what multiplies both sides.
func (o *imgproxyOptions) multiply(name string, args []string, option string) {
	x := o.number(args[0], option, 0.01, 100)
	switch {
	case len(args) > 1 && args[1] != args[0]:
		o.fail(option, noCounterpart)
	case name == "zoom" && x != 1 && o.values["dpr"] != "":
		o.fail(option, "multiplies what dpr has multiplied")
	case x != 1:
		o.set("dpr", decimal(x))
	}
}
