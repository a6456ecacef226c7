package server

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A Grammar reads the public URL:
//
//	/img/<key>?w=480&h=270&fit=cover&crop=smart&q=75&fm=webp
//
//	w h          1…8192, device-independent pixels      width height
//	dpr          0.5…5, multiplies w and h
//	fit          inside cover contain fill outside      max clip scale-down; crop min; pad; scale squeeze
//	crop         center top left … top-left … smart     gravity; focalpoint
//	fp-x fp-y    0…1, the focal point that cover keeps
//	rect         x,y,w,h pixels of the original
//	q            1…100                                  quality
//	fm           auto jpeg png webp avif gif            format f; jpg
//	             blurhash thumbhash                     a placeholder, as text
//	auto         format, which is fm=auto; compress, which is what we do
//	bg           rrggbb or rgb
//	blur         0.3…100, sigma in pixels of the result
//	expires s    unix time; signature, see [Sign]
//
// What is not of the grammar is ignored. A parameter given twice, or with a value that it does not take, is a
// [ParamError]: a picture that is not what was asked for is worse than none.
type Grammar struct {
	Ladder   Ladder
	Encodes  func(resize.Format) bool // what the engine writes
	SignKeys []string                 // any of these signs; the first is for signing
	Required bool                     // refuse what is not signed
	Exact    bool                     // trust the unsigned as if they were signed
}

// An Ask is what a URL asks for.
type Ask struct {
	Key        string // of the original
	Transform  resize.Transform
	Negotiated bool      // Accept had a say in the format
	Impatient  bool      // another format will do until the right one is made: nobody, as far as is known, asked for it by name
	Expires    time.Time // of the signature; zero if it has no end
}

// Parse reads the URL of a picture: the decoded path behind /img/, the raw query and the Accept header.
func (g *Grammar) Parse(key, rawQuery, accept string, now time.Time) (Ask, error) {
	if err := checkKey(key); err != nil {
		return Ask{}, err
	}
	vs, err := readQuery(rawQuery)
	if err != nil {
		return Ask{}, err
	}
	r := reader{vs: vs}
	ask := Ask{Key: key, Transform: r.transform()}
	if r.err != nil {
		return Ask{}, r.err
	}
	trusted, err := g.trust(&ask, &r, "/img/"+key, rawQuery, now)
	if err != nil {
		return Ask{}, err
	}
	if trusted {
		ask.Transform = withinSides(ask.Transform)
	} else {
		for p := range paramCount {
			if vs[p] != "" && p.wantsSignature() {
				return Ask{}, &UnsignedError{p.String()}
			}
		}
		if ask.Transform.Crop == resize.Focal || isCorner(ask.Transform.Crop) {
			return Ask{}, &UnsignedError{"crop=" + vs[pCrop]}
		}
		ask.Transform = g.Ladder.Snap(ask.Transform)
	}
	return ask, g.negotiate(&ask, accept)
}

// ParseVariant reads the path that the edge rewrites to, behind /v/: <key>/<normal form>. Unsigned, it takes
// only what Parse could have snapped to. Whether the format was asked for by name, or the edge negotiated it, the path
// does not say: most are negotiated.
func (g *Grammar) ParseVariant(path, rawQuery string, now time.Time) (Ask, error) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return Ask{}, errKey
	}
	t, err := resize.ParseTransform(path[slash+1:])
	if err != nil {
		return Ask{}, &ParamError{"path", path[slash+1:], "a transform in normal form, as w=480,q=75.webp"}
	}
	ask := Ask{Key: path[:slash], Transform: t}
	if err := checkKey(ask.Key); err != nil {
		return Ask{}, err
	}
	vs, err := readQuery(rawQuery)
	if err != nil {
		return Ask{}, err
	}
	trusted, err := g.trust(&ask, &reader{vs: vs}, "/v/"+path, rawQuery, now)
	if err != nil {
		return Ask{}, err
	}
	if !trusted && !g.Ladder.Holds(t) {
		return Ask{}, &UnsignedError{t.String()}
	}
	ask.Impatient = !trusted
	return ask, g.writable(t.Format)
}

// ParseSigned reads a path as ParseVariant does, for the bearer of the signed URL that the edge made it from.
func (g *Grammar) ParseSigned(path, signed string, now time.Time) (Ask, error) {
	u, err := url.ParseRequestURI(signed)
	if err != nil {
		return Ask{}, errSignature
	}
	var ask Ask
	if key, ok := strings.CutPrefix(u.Path, "/img/"); ok {
		// What Accept had a say in stands in the path.
		format := resize.Format(path[strings.LastIndexByte(path, '.')+1:])
		ask, err = g.Parse(key, u.RawQuery, format.MediaType(), now)
	} else {
		ask, err = g.ParseVariant(strings.TrimPrefix(u.Path, "/v/"), u.RawQuery, now)
	}
	if err == nil && ask.Key+"/"+ask.Transform.String() != path {
		err = errSignature
	}
	ask.Negotiated = false // by the edge, not here
	return ask, err
}

// trust tells whether a URL gets exactly what it asks for. A signature that is given must be good.
func (g *Grammar) trust(ask *Ask, r *reader, path, rawQuery string, now time.Time) (bool, error) {
	if r.vs[pSignature] == "" {
		if g.Required {
			return false, &UnsignedError{"every picture"}
		}
		return g.Exact, nil
	}
	if !verify(g.SignKeys, path, rawQuery, r.vs[pSignature]) {
		return false, errSignature
	}
	at := r.whole(pExpires, 0, 1<<40)
	if r.err != nil {
		return false, r.err
	}
	if at != 0 {
		ask.Expires = time.Unix(at, 0)
		if !now.Before(ask.Expires) {
			return false, errExpired
		}
	}
	return true, nil
}

// negotiate replaces an automatic format by what the browser and the engine both know, best first. What the
// picture needs decides when neither is to be had, and that is known only to the engine.
func (g *Grammar) negotiate(ask *Ask, accept string) error {
	t := ask.Transform.Normal()
	if t.Format == resize.Auto {
		ask.Negotiated, ask.Impatient = true, true
		for _, f := range []resize.Format{resize.AVIF, resize.WebP} {
			if g.Encodes(f) && accepts(accept, f.MediaType()) {
				t.Format = f
				break
			}
		}
	}
	ask.Transform = t.Normal()
	return g.writable(t.Format)
}

func (g *Grammar) writable(f resize.Format) error {
	if f == resize.Auto || g.Encodes(f) {
		return nil
	}
	var can []string
	for _, f := range []resize.Format{resize.Auto, resize.JPEG, resize.PNG, resize.WebP, resize.AVIF, resize.GIF, resize.BlurHash, resize.ThumbHash} {
		if f == resize.Auto || g.Encodes(f) {
			can = append(can, string(f))
		}
	}
	return &ParamError{pFormat.String(), string(f), "on this server " + strings.Join(can, ", ")}
}

// accepts tells whether an Accept header names a media type itself, wildcards aside: browsers send */* for
// formats that they can't show.
func accepts(accept, mediaType string) bool {
	for one := range strings.SplitSeq(accept, ",") {
		name, weight, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), mediaType) {
			continue
		}
		for p := range strings.SplitSeq(weight, ";") {
			q, isWeight := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(p, " ", "")), "q=")
			if isWeight && strings.Trim(q, "0.") == "" {
				return false
			}
		}
		return true
	}
	return false
}

// withinSides scales a box down that dpr made larger than a transform can hold.
func withinSides(t resize.Transform) resize.Transform {
	most := max(t.Width, t.Height)
	if most <= resize.MaxSide {
		return t
	}
	fit := func(side int) int {
		if side == 0 {
			return 0
		}
		return max(1, side*resize.MaxSide/most)
	}
	t.Width, t.Height = fit(t.Width), fit(t.Height)
	return t
}

func isCorner(c resize.Crop) bool {
	return slices.Contains([]resize.Crop{resize.TopLeft, resize.TopRight, resize.BottomLeft, resize.BottomRight}, c)
}
