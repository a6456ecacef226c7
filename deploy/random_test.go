package deploy

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// randomVector returns a request whose URL mostly has parameters of the grammar, with values that are mostly valid.
func randomVector(r *rand.Rand) vector {
	d := dice{r}
	target := d.path()
	signed := r.IntN(3) == 0
	pairs := d.pairs(signed)
	if signed {
		pairs = append(pairs, d.pick("s={s} s={s} s={s} s={s2} s={bad}"))
	}
	if len(pairs) > 0 {
		target += "?" + strings.Join(pairs, "&")
	}
	accept := d.pick("image/avif,image/webp image/webp,*/*;q=0.8 */* image/avif;q=0,image/webp application/json")
	return vector{sign(target), accept}
}

// dice make random parts of a URL.
type dice struct{ *rand.Rand }

// pick returns one of the words, which are separated by spaces.
func (d dice) pick(words string) string {
	list := strings.Split(words, " ")
	return list[d.IntN(len(list))]
}

func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

func (d dice) path() string {
	if d.oneIn(8) {
		return "/v/cat.jpg/" + d.normalForm()
	}
	if d.oneIn(20) {
		return "/img/" + strings.ReplaceAll(d.noise(), "+", "/")
	}
	const names = "cat.jpg b%20c.png 東京タワーの夜景と、その前で笑っている家族の写真.jpg ü/%C3%BC.gif a+b a%2Fb.jpg %41 ~'()*! 日本"
	return "/img/a/" + d.pick(names) + d.pick(" / // /x.jpg")
}

// normalForm returns a transform in normal form, or nearly.
func (d dice) normalForm() string {
	var fields []string
	for _, field := range []string{
		"w=" + d.pick("480 320 481 8192 0480"), "h=" + d.pick("480 270 271 320"),
		"fit=" + d.pick("cover fill inside pad"), "crop=" + d.pick("top smart center"),
		"q=" + d.pick("75 76 50 auto"), "blur=2.5", "rot=" + d.pick("90 45 0"), "con=" + d.pick("5 -5 0 101 -0"),
	} {
		if d.oneIn(2) {
			fields = append(fields, field)
		}
	}
	return strings.Join(fields, ",") + "." + d.pick("auto jpeg png webp jpg")
}

// pairs returns the parameters of a query. Those that only signed URLs may have are rare in unsigned ones.
func (d dice) pairs(signed bool) (pairs []string) {
	if d.oneIn(10) {
		pairs = append(pairs, "preset="+d.value("preset"))
	}
	for range d.IntN(6) {
		name := d.pick("w h w h fit crop q dpr fm width height quality auto ar rot x")
		if signed && d.oneIn(3) || d.oneIn(30) {
			name = d.pick("blur fp-x fp-y rect bg expires utm_source preset bri con sat gam sharp invert flip pad trim enlarge usmrad any any max-bytes")
		}
		value := d.value(name)
		if d.oneIn(25) {
			value = d.noise()
		}
		pairs = append(pairs, name+"="+value)
	}
	return pairs
}

func (d dice) value(name string) string {
	switch name {
	case "dpr":
		return strconv.FormatFloat(float64(d.IntN(6000))/d.power(1, 3), 'f', -1, 64)
	case "fit":
		return d.pick("inside max clip scale-down cover crop min contain pad fill scale squeeze outside cover cover")
	case "crop":
		return d.pick("center top bottom left right smart faces top-left top,left focalpoint right%2cbottom entropy edges,top")
	case "fm":
		return d.pick(formatWords + " bmp")
	case "auto":
		return d.pick("format compress format,compress x")
	case "rect":
		return fmt.Sprintf("%d,%d,%d,%d", d.IntN(9), d.IntN(9), d.IntN(9), d.IntN(1<<21))
	case "bg":
		return fmt.Sprintf("%0*x", 3+3*d.IntN(2), d.IntN(1<<12))
	case "bri", "con", "sat", "gam", "sharp":
		return strconv.Itoa(d.IntN(210) - 105)
	case "rot":
		return d.pick("90 180 270 0 45 90.0 360 361 -90")
	case "ar":
		return d.pick("16:9 1:1 1.5:1 3:7 .3:1 16 0:1 1000:1 1:1000")
	case "trim":
		return d.pick("auto color alpha x")
	case "enlarge":
		return d.pick("true false 1 0 yes")
	case "invert":
		return d.pick("true false 1")
	case "flip":
		return d.pick("h v hv vh x")
	case "preset":
		return d.pick("avatar hero faded huge plain part constructor")
	case "any":
		return d.pick("w w,h,dpr q,fm auto,w w,width rot s w,w")
	case "expires":
		return d.pick("99999999999 1 0 x")
	case "x", "utm_source":
		return d.noise()
	}
	return d.number()
}

// formatWords are the words for formats that URLs can ask for.
var formatWords = func() string {
	var words []string
	for _, f := range resize.Formats() {
		words = append(words, f.Words()...)
	}
	return strings.Join(words, " ")
}()

func (d dice) number() string {
	switch d.IntN(5) {
	case 0:
		return strconv.Itoa(d.IntN(10000))
	case 1:
		return strconv.FormatFloat(d.Float64()*d.power(0, 3), 'f', d.IntN(8), 64)
	case 2:
		return strconv.FormatFloat(d.Float64(), 'g', -1, 64)
	default:
		return strconv.Itoa(1 + d.IntN(1200))
	}
}

// power returns a random power of ten, with an exponent from least to most.
func (d dice) power(least, most int) float64 {
	x := 1.0
	for range least + d.IntN(most-least+1) {
		x *= 10
	}
	return x
}

// noise returns random bytes, escaped, and something that escaping or JavaScript may treat specially.
func (d dice) noise() string {
	b := make([]byte, d.IntN(12))
	for i := range b {
		b[i] = byte(d.IntN(256))
	}
	return url.QueryEscape(string(b)) + d.pick(" % %f %zz + %2B %00 __proto__ constructor 日本 é")
}
