// Package grammar is the public URL of an image: its parameters, their aliases and ranges, the signature, and what an
// unsigned URL is snapped to.
//
//	/img/<key>?w=480&h=270&fit=cover&crop=smart&q=75&fm=webp
//
//	w h          1…8192, device-independent pixels      width height
//	dpr          0.5…5, multiplies w and h
//	fit          inside cover contain fill outside      max clip scale-down; crop min; pad; scale squeeze
//	crop         center top left … top-left … smart     gravity; focalpoint
//	             faces entropy edges
//	fp-x fp-y    0…1, the focal point that cover keeps
//	rect         x,y,w,h pixels of the original
//	q            1…100, or auto                         quality
//	fm           auto jpeg png webp avif gif            format f; jpg
//	             blurhash thumbhash                     a placeholder, as text
//	auto         format, which is fm=auto; compress, which is always done; other words are ignored
//	ar           16:9, the shape of a box with one side
//	rot          degrees, clockwise; other than quarter turns in signed URLs only
//	bg           rrggbb, rrggbbaa or rgb; a name, such as red or transparent   fill-color
//	blur         0.3…100, sigma in pixels of the result; what is beyond is 0.3 or 100, and 0 is none
//	bri sepia …  the fields of [resize.SignedFields]
//	max-w min-w …     limits of w and h
//	lossless     true false
//	dl           a file name, under which browsers save the image
//	mark         the key of an image that is laid over the result, see [resize.Mark]; none, see [DefaultMark]
//	mark-align mark-pad mark-scale mark-alpha mark-tile
//	preset       a name for some of the above, see [Preset]
//	expires s    unix time; signature, see [Sign]
//	raw          true: the original as it is stored, with its metadata
//	any          w,h,dpr,…, the parameters that are not signed: with them, one signature is good for all sizes
//
// Parameters outside the grammar are ignored and named in [Request.Ignored], or refused by a strict grammar. A parameter
// that is given twice, or with a value that it does not take, is a [ParamError]: an image that is not what the URL asked
// for is worse than none.
//
// Every URL resolves to the key of an original and a transform in normal form, which names the variant:
//
//	/img/cat.jpg?w=400&fm=jpg        unsigned: snapped to the ladder      cat.jpg/w=480.jpeg
//	/img/cat.jpg?w=400&fm=jpg&s=…    signed: exactly what it asks for     cat.jpg/w=400.jpeg
//	/v/cat.jpg/w=480.jpeg            the normal form, as the edge function writes it
//
// The edge function that `imgorigin edge` prints implements the same grammar; package deploy holds the two together.
package grammar

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A Grammar parses URLs. It is safe for concurrent use.
type Grammar struct {
	// Ladder is what unsigned URLs are snapped to, in the form that [Ladder.Normal] returns.
	Ladder Ladder

	// Encodes reports whether the engine writes a format.
	Encodes func(resize.Format) bool

	// Negotiates reports whether fm=auto may become a format that the engine writes. Nil is true for all.
	Negotiates func(resize.Format) bool

	// SignKeys are the keys of valid signatures. The first signs; the others let keys be rotated.
	SignKeys []string

	// SignRequired refuses unsigned URLs.
	SignRequired bool

	// Exact trusts unsigned URLs as if they were signed.
	Exact bool

	// Strict refuses URLs with parameters that would be ignored.
	Strict bool

	// ClientHints lets w and dpr be auto, see [Hints].
	ClientHints bool

	// Presets are available to unsigned URLs, even if their parameters alone would need a signature.
	Presets Presets

	// OnlyPresets refuses unsigned URLs without a preset.
	OnlyPresets bool

	// Marks is the prefix of the keys that mark takes beside those in presets and DefaultMarks. "" allows no others.
	Marks string

	// DefaultMarks are the marks of images whose URLs and presets say nothing of marks.
	DefaultMarks DefaultMarks
}

// A Request is what a URL asks for. Its strings are copies: substrings of the URL would keep the first line of the HTTP request, up to
// tens of kilobytes, in memory for as long as a variant with the key in its name, without being counted.
type Request struct {
	Key       string           // of the original
	Transform resize.Transform // in normal form

	// Negotiated reports that the format depends on the Accept header.
	Negotiated bool

	// Hinted lists the headers of client hints that the size and quality depend on, "" if they depend on
	// none.
	Hinted string

	// AllowsStandIn reports that another format may be answered until the right one is made: as far as the URL shows,
	// the format was negotiated and not asked for by name.
	AllowsStandIn bool

	// Signed reports that the URL has a valid signature.
	Signed bool

	// AnySize reports that the signature leaves parameters open, so that the size and quality are on the ladder.
	AnySize bool

	// Raw reports that the original itself is asked for, and no variant: there is no Transform.
	Raw bool

	// Expires is the end of the signature, the zero time if it has none.
	Expires time.Time

	// Attachment is the file name under which browsers save the image, "" if they display it.
	Attachment string

	// Ignored names the parameters that have no effect, percent-encoded and with commas between them, and likewise the
	// words of auto, such as auto=enhance.
	Ignored string
}

// Paths of URLs that name an image, before the key of its original.
const (
	ImagePath   = "/img/"
	VariantPath = "/v/"
	InfoPath    = "/info/"   // of descriptions as JSON
	SrcsetPath  = "/srcset/" // of descriptions as HTML
)

// Parse parses the URL of an image: the decoded path after [ImagePath], the raw query and the Accept header.
func (g *Grammar) Parse(key, rawQuery, accept string, now time.Time) (Request, error) {
	return g.ParseHinted(key, rawQuery, accept, Hints{}, now)
}

// ParseHinted is [Grammar.Parse] with the client hints of the request.
func (g *Grammar) ParseHinted(key, rawQuery, accept string, hints Hints, now time.Time) (Request, error) {
	return g.parse(key, rawQuery, accept, hints, func(req *Request, vs values) (trusted bool, err error) {
		return g.authenticate(req, vs, ImagePath+key, rawQuery, now)
	})
}

// parse parses the URL of an image that authenticate decides about.
func (g *Grammar) parse(
	key, rawQuery, accept string, hints Hints, authenticate func(*Request, values) (trusted bool, err error),
) (Request, error) {
	if err := CheckKey(key); err != nil {
		return Request{}, err
	}
	values, ignored, err := g.parseQuery(rawQuery, imageWords)
	if err != nil {
		return Request{}, err
	}
	req := Request{Key: strings.Clone(key)}
	trusted, err := authenticate(&req, values)
	if err == nil && !trusted {
		err = g.checkUnsigned(values)
	}
	if err != nil {
		return Request{}, err
	}
	if values[pRaw] != "" {
		r := reader{values: values, ignored: ignored}
		return r.parseRaw(req)
	}
	if req.Hinted, err = g.applyHints(&values, hints); err != nil {
		return Request{}, err
	}
	merged, err := g.Presets.apply(values)
	if err != nil {
		return Request{}, err
	}
	r := reader{values: merged, strict: g.Strict, ignored: ignored}
	req.Transform = r.transform()
	if r.err != nil {
		return Request{}, r.err
	}
	req.Transform = g.DefaultMarks.apply(key, req.Transform)
	req.Ignored, req.Attachment = r.ignored.String(), merged[pDownload]
	switch {
	case values[pAny] != "":
		req.AnySize = true
		req.Transform = g.Ladder.Snap(req.Transform)
	case trusted || values[pPreset] != "":
		req.Transform = shrinkToMaxSide(req.Transform)
	case req.Transform.Crop == resize.Focal || isCorner(req.Transform.Crop):
		return Request{}, &UnsignedError{"crop=" + values[pCrop]}
	default:
		req.Transform = g.Ladder.Snap(req.Transform)
	}
	return req, g.negotiate(&req, accept)
}

// checkUnsigned returns an [UnsignedError] for parameters that an unsigned URL may not have.
func (g *Grammar) checkUnsigned(vs values) error {
	if g.OnlyPresets && vs[pPreset] == "" {
		return &UnsignedError{"every image without a preset"}
	}
	return vs.checkUnsigned()
}

// ParseVariant parses the decoded path that the edge function rewrites to, after [VariantPath]:
// <key>/<normal form>. An unsigned path is accepted only if Parse could have snapped to it, except for a default mark, which is added
// to what an edge function writes that does not know of it yet. The path does not say
// whether its format was negotiated at the edge or asked for by name; most are negotiated.
func (g *Grammar) ParseVariant(path, rawQuery string, now time.Time) (Request, error) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return Request{}, ErrKey
	}
	name := strings.Clone(path[slash+1:])
	req := Request{Key: strings.Clone(path[:slash])}
	if err := CheckKey(req.Key); err != nil {
		return Request{}, err
	}
	values, ignored, err := g.parseQuery(rawQuery, variantWords)
	if err != nil {
		return Request{}, err
	}
	req.Ignored = ignored.String()
	trusted, err := g.authenticate(&req, values, VariantPath+path, rawQuery, now)
	switch {
	case err != nil:
		return Request{}, err
	case g.Exact && !req.Signed && strings.HasPrefix(name, relayMark):
		return g.parseRelayed(req.Key, name, now)
	case trusted:
		req.Transform, err = parseName(name)
	default:
		req.Transform, err = g.parseUnsignedName(req.Key, name)
	}
	if err != nil {
		return Request{}, err
	}
	req.AllowsStandIn = !trusted
	return req, g.checkServed(req.Transform)
}

// parseUnsignedName parses the name of a variant of an original that an unsigned URL can resolve to.
func (g *Grammar) parseUnsignedName(key, name string) (resize.Transform, error) {
	bare := g.DefaultMarks.cut(key, name)
	for _, name := range []string{name, g.DefaultMarks.add(key, bare)} {
		if t, err := parseName(name); err == nil && g.Presets.holds(key, t, g.DefaultMarks) {
			return t, nil
		}
	}
	if isRelayed(bare) {
		return resize.Transform{}, &UnsignedError{name}
	}
	t, err := parseName(bare)
	if err == nil && (g.OnlyPresets || !g.Ladder.Holds(t)) {
		err = &UnsignedError{name}
	}
	return g.DefaultMarks.apply(key, t), err
}

// parseName parses a normal form.
func parseName(name string) (resize.Transform, error) {
	t, err := resize.ParseTransform(name)
	if err != nil {
		return t, &ParamError{"path", name, "a transform in normal form, as w=480,q=75.webp"}
	}
	return t, nil
}

// ParseSigned parses a path as ParseVariant does, on the authority of the signed URL, path and query, that the edge
// function rewrote to it. The error matches [ErrSignature] if the URL does not resolve to that name.
func (g *Grammar) ParseSigned(path, signedURL string, now time.Time) (Request, error) {
	u, err := url.ParseRequestURI(signedURL)
	if err != nil {
		return Request{}, ErrSignature
	}
	var req Request
	if key, ok := strings.CutPrefix(u.Path, ImagePath); ok {
		// The path names the format that the edge negotiated: ask for it.
		req, err = g.Parse(key, u.RawQuery, formatOf(path).MediaType(), now)
	} else {
		req, err = g.ParseVariant(strings.TrimPrefix(u.Path, VariantPath), u.RawQuery, now)
	}
	if err == nil && req.Key+"/"+req.Transform.String() != path && req.Key+"/"+RelayName(u.RawQuery, formatOf(path)) != path {
		err = ErrSignature
	}
	// The edge negotiated: this answer does not depend on Accept. Caches keep it for other URLs of the variant too.
	req.Negotiated, req.Ignored = false, ""
	return req, err
}

// authenticate reports whether a URL gets exactly what it asks for, and notes when its signature expires. A signature
// that is given must be valid.
func (g *Grammar) authenticate(req *Request, vs values, path, rawQuery string, now time.Time) (trusted bool, err error) {
	if vs[pSignature] == "" {
		if g.SignRequired {
			return false, &UnsignedError{"every image"}
		}
		return g.Exact, nil
	}
	if err := vs.checkAny(); err != nil {
		return false, err
	}
	if !verify(g.SignKeys, path, rawQuery, vs[pSignature]) {
		return false, ErrSignature
	}
	req.Signed = true
	r := reader{values: vs}
	seconds := r.whole(pExpires, 0, 1<<40)
	if r.err != nil {
		return false, r.err
	}
	if seconds != 0 {
		req.Expires = time.Unix(seconds, 0)
		if !now.Before(req.Expires) {
			return false, ErrExpired
		}
	}
	return true, nil
}

// shrinkToMaxSide scales a box down that dpr made larger than a transform can hold.
func shrinkToMaxSide(t resize.Transform) resize.Transform {
	longest := max(t.Width, t.Height)
	if longest <= resize.MaxSide {
		return t
	}
	shrink := func(side int) int {
		if side == 0 {
			return 0
		}
		return max(1, side*resize.MaxSide/longest)
	}
	t.Width, t.Height = shrink(t.Width), shrink(t.Height)
	return t
}

func isCorner(c resize.Crop) bool {
	return slices.Contains([]resize.Crop{resize.TopLeft, resize.TopRight, resize.BottomLeft, resize.BottomRight}, c)
}
