package plan

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// Settings are what the URLs of a service mean. A signature of its own is taken for valid, as it was answered with an image.
type Settings struct {
	Ladder   grammar.Ladder // in normal form
	Exact    bool           // unsigned URLs get what they ask for
	Presets  grammar.Presets
	Marks    string       // prefix of the keys of marks
	Dialects *dialect.Set // of other services whose URLs are answered; nil for none
}

// urls reads the URLs of images, with the parsers of the service. What it has read it remembers, as few queries make up most of a
// log.
type urls struct {
	snapped  grammar.Grammar // as unsigned URLs are answered
	exact    grammar.Grammar // as they ask
	trusted  bool
	dialects *dialect.Set
	cells    *cells
	unread   unread
	recipes  memo[recipe]

	text, key []byte // are used again for each URL
}

// A recipe is what a URL asks for.
type recipe struct {
	original string              // "" if it is to be read from the path
	cells    [answers + 1]uint32 // by what was answered
	problem  string              // why they are not known
}

// An answer is what a media type says of an image whose format was negotiated.
type answer int

const (
	unsaid answer = iota
	isWebP
	isAVIF
	isOther   // the format of the original, or what comes closest
	isNoImage // text, say
	answers   = isOther
)

func newURLs(s Settings) *urls {
	g := grammar.Grammar{Ladder: s.Ladder, Encodes: func(resize.Format) bool { return true }, Presets: s.Presets, Marks: s.Marks}
	u := &urls{snapped: g, exact: g, trusted: s.Exact, dialects: s.Dialects, cells: newCells()}
	u.exact.Exact = true
	if s.Exact {
		u.snapped = u.exact
	}
	return u
}

// read returns the key of the original that a request is for, and the index of its cell. It is not ok for URLs that are not of images,
// and for those that can't be read, which it counts. The key is valid until the next call.
func (u *urls) read(e *accesslog.Entry) (key []byte, cell uint32, ok bool) {
	got := answerOf(e.Type)
	var r recipe
	switch {
	case e.Original != nil:
		key, r = e.Original, u.named(e.Transform)
	case bytes.HasPrefix(e.Path, []byte(grammar.VariantPath)):
		slash := bytes.LastIndexByte(e.Path, '/')
		key, r = u.decoded(e.Path[min(len(grammar.VariantPath), slash):slash]), u.named(e.Path[slash+1:])
	case bytes.HasPrefix(e.Path, []byte(grammar.ImagePath)):
		key, r = u.decoded(e.Path[len(grammar.ImagePath):]), u.queried(e.Query)
	default:
		if key, r = u.elsewhere(e, got); key == nil && r.problem == "" {
			return nil, 0, false
		}
	}
	switch {
	case r.problem != "":
		u.unread.add(r.problem)
		return nil, 0, false
	case len(key) == 0:
		return nil, 0, false
	}
	return key, r.cells[min(got, isOther)], true
}

// elsewhere reads a URL that is neither below /img/ nor below /v/: of another service, or of an object in a bucket. The key is nil if
// it is of no image.
func (u *urls) elsewhere(e *accesslog.Entry, got answer) (key []byte, r recipe) {
	if got == isNoImage {
		return nil, r
	}
	if r, ok := u.translated(e); ok {
		if got == unsaid && (r.problem == "" && !isImage([]byte(r.original)) || r.problem != "" && isOtherFile(e.Path)) {
			return nil, recipe{} // with a dialect at /, all paths look like its own
		}
		u.key = append(u.key[:0], r.original...)
		return u.key, r
	}
	key = bytes.TrimPrefix(e.Path, []byte("/"))
	if slash := bytes.LastIndexByte(key, '/'); slash > 0 && len(e.Query) == 0 && isName(key[slash+1:]) {
		return u.decoded(key[:slash]), u.named(key[slash+1:])
	}
	if service := looksLike(e.Path); service != "" {
		return nil, recipe{problem: "URLs that look like those of " + service + ": run plan with --dialect " + service}
	}
	if !isImage(key) {
		return nil, r
	}
	return u.decoded(key), u.queried(e.Query)
}

// isName reports whether the last part of a path is the name of a variant, such as w=480.webp.
func isName(part []byte) bool {
	return bytes.IndexByte(part, '=') > 0 || bytes.HasPrefix(part, []byte("w%3D")) || bytes.HasPrefix(part, []byte("h%3D"))
}

// isImage reports whether a key has the extension of an image: outside of /img/, a request may be for anything.
func isImage(key []byte) bool {
	switch string(bytes.ToLower(extension(key))) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif", "heic", "tif", "tiff", "bmp", "jxl", "svg":
		return true
	}
	return false
}

// isOtherFile reports whether a path is / or has the extension of something else than an image.
func isOtherFile(path []byte) bool {
	return len(path) <= 1 || len(extension(path)) > 0 && !isImage(path)
}

// extension returns the extension of the last part of a path, without its dot.
func extension(path []byte) []byte {
	path = path[bytes.LastIndexByte(path, '/')+1:]
	if dot := bytes.LastIndexByte(path, '.'); dot >= 0 {
		return path[dot+1:]
	}
	return nil
}

// decoded returns a key without percent-encoding, so that all spellings of it are one original.
func (u *urls) decoded(key []byte) []byte {
	if bytes.IndexByte(key, '%') < 0 {
		return key
	}
	decoded, err := url.PathUnescape(string(key))
	if err != nil {
		return key
	}
	u.key = append(u.key[:0], decoded...)
	return u.key
}

// remembered returns the recipe of a text, which parse makes of it if it is not known. Texts of several kinds differ in their first
// byte.
func (u *urls) remembered(text []byte, parse func(text string) recipe) recipe {
	r, ok := u.recipes.get(text)
	if !ok {
		r = parse(string(text[1:]))
		u.recipes.put(text, r)
	}
	return r
}

// named returns the recipe of the name of a variant.
func (u *urls) named(name []byte) recipe {
	u.text = append(append(u.text[:0], 'n'), name...)
	return u.remembered(u.text, func(name string) recipe {
		if decoded, err := url.PathUnescape(name); err == nil {
			name = decoded
		}
		request, err := u.exact.ParseVariant("x/"+name, "", time.Time{})
		return u.recipe(request, 0, byName, "", err)
	})
}

// queried returns the recipe of the query of a URL.
func (u *urls) queried(query []byte) recipe {
	u.text = append(u.text[:0], 'q')
	if bytes.Contains(query, []byte("s=")) { // or another name that ends so
		for parameter := range bytes.SplitSeq(query, []byte("&")) {
			if bytes.HasPrefix(parameter, []byte("s=")) {
				u.text[0] = 's'
			} else if !bytes.HasPrefix(parameter, []byte("expires=")) {
				u.text = append(append(u.text, parameter...), '&')
			}
		}
		u.text = bytes.TrimSuffix(u.text, []byte("&"))
	} else {
		u.text = append(u.text, query...)
	}
	isSigned := u.text[0] == 's'
	return u.remembered(u.text, func(query string) recipe { return u.parse(query, isSigned) })
}

// parse parses a query without its signature.
func (u *urls) parse(query string, isSigned bool) recipe {
	g, k := &u.snapped, onLadder
	if isSigned || u.trusted {
		g, k = &u.exact, exact
	}
	request, err := g.Parse("x", query, "", time.Time{})
	if decoded := strings.ReplaceAll(query, "%25", "%"); err != nil && decoded != query { // CloudFront has encoded it again for its log
		return u.parse(decoded, isSigned)
	}
	asked := request.Transform.Width
	preset := parameterOf(query, "preset")
	switch {
	case request.AnySize: // a signature that leaves the size open
		k = onLadder
		query = strings.Join(cutParameter(query, "any"), "&")
	case preset != "":
		k = byPreset
	}
	if k == onLadder && err == nil {
		if wanted, err := u.exact.Parse("x", query, "", time.Time{}); err == nil {
			asked = wanted.Transform.Width
		}
	}
	return u.recipe(request, asked, k, preset, err)
}

// recipe returns the recipe of a request, or of the error of its URL.
func (u *urls) recipe(request grammar.Request, asked int, k kind, preset string, err error) (r recipe) {
	if err != nil {
		return recipe{problem: problemOf(err)}
	}
	c := classOf(request.Transform)
	if request.Raw {
		c = class{shape: "raw"}
	}
	for got := range r.cells {
		if resize.Format(c.format) == resize.Auto && k != byName {
			of := c
			switch answer(got) {
			case unsaid:
				of.format = negotiated
			case isWebP:
				of.format = string(resize.WebP)
			case isAVIF:
				of.format = string(resize.AVIF)
			}
			r.cells[got] = u.cells.at(of, asked, k, preset)
		} else {
			r.cells[got] = u.cells.at(c, asked, k, preset)
		}
	}
	return r
}

// translated returns the recipe of the URL of another service that is answered too.
func (u *urls) translated(e *accesslog.Entry) (r recipe, ok bool) {
	if u.dialects == nil {
		return r, false
	}
	u.text = append(append(append(append(u.text[:0], 'd'), e.Path...), '?'), e.Query...)
	if r, ok = u.recipes.get(u.text); ok {
		return r, true
	}
	service := u.dialects.Service(string(e.Path))
	if service == "" {
		return r, false
	}
	translation, err := u.dialects.Translate(string(e.Path), string(e.Query))
	if err != nil {
		r.problem = service + " URLs: " + problemOf(err)
	} else {
		r = u.translation(translation)
	}
	u.recipes.put(u.text, r)
	return r, true
}

func (u *urls) translation(t grammar.Translation) recipe {
	g, k := &u.snapped, onLadder
	if t.Signed || u.trusted {
		g, k = &u.exact, exact
	}
	request, err := g.ParseTranslated(t, "", time.Time{})
	wanted := request
	if k == onLadder && err == nil {
		if w, err := u.exact.ParseTranslated(t, "", time.Time{}); err == nil {
			wanted = w
		}
	}
	preset := parameterOf(t.Query, "preset")
	if preset != "" {
		k = byPreset
	}
	r := u.recipe(request, wanted.Transform.Width, k, preset, err)
	r.original = t.Key
	return r
}

// problemOf says why a URL can't be read. It has no more of it than the name of a parameter.
func problemOf(err error) string {
	if e, ok := errors.AsType[*grammar.ParamError](err); ok {
		if e.Param == "preset" {
			return "a preset that --preset does not name"
		}
		return "a value of " + e.Param + " that is none of the grammar"
	}
	if e, ok := errors.AsType[*grammar.UnsignedError](err); ok {
		name, _, _ := strings.Cut(e.What, "=")
		return name + " requires a signature, or --exact"
	}
	if e, ok := errors.AsType[*dialect.Error](err); ok {
		option, _, _ := strings.Cut(strings.TrimPrefix(e.Part, "filters:"), ":")
		option, _, _ = strings.Cut(option, "=")
		option, _, _ = strings.Cut(option, "(")
		if len(option) > 24 || strings.ContainsAny(option, "/.%@") {
			return e.Reason
		}
		return option + " " + e.Reason
	}
	if errors.Is(err, grammar.ErrSignature) {
		return "a signature of none of --dialect-keys"
	}
	return err.Error()
}

// looksLike returns the service that a path seems to be written for, "" if it looks like none.
func looksLike(path []byte) string {
	for _, of := range []struct{ service, part string }{
		{"cloudflare", "/cdn-cgi/image/"}, {"next", "/_next/image"}, {"cloudinary", "/image/upload/"}, {"thumbor", "/unsafe/"},
		{"imgproxy", "/plain/"}, {"imgproxy", "/insecure/"}, {"imgproxy", "/rs:"}, {"dit", "/eyJ"}, {"dit", "/fit-in/"},
	} {
		if bytes.Contains(path, []byte(of.part)) {
			return of.service
		}
	}
	return ""
}

func parameterOf(query, name string) (value string) {
	for parameter := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(parameter, name+"="); ok {
			value = v
		}
	}
	return value
}

func cutParameter(query, name string) (kept []string) {
	for parameter := range strings.SplitSeq(query, "&") {
		if !strings.HasPrefix(parameter, name+"=") {
			kept = append(kept, parameter)
		}
	}
	return kept
}

// answerOf returns what a media type such as image/webp says.
func answerOf(mediaType []byte) answer {
	if len(mediaType) < 2 { // none, or -
		return unsaid
	}
	if !bytes.HasPrefix(mediaType, []byte("image/")) {
		return isNoImage
	}
	switch string(mediaType[len("image/"):]) {
	case "webp":
		return isWebP
	case "avif":
		return isAVIF
	}
	return isOther
}
