// Package deploy puts imgorigin behind CloudFront: the function that runs at the edge, the stack as a template, and the
// tests that hold both to the Go code.
//
//	viewer ─► edge.js: /img/<key>?… ─► /v/<key>/<normal form>, or 400, 403
//	               │
//	               ▼
//	           CloudFront's cache, by path alone
//	               │ miss
//	               ▼
//	           variants bucket ─► 400, 403, 404, 5xx ─► imgorigin serve, which fills and stores
//
// edge.js is the grammar of package server once more, because CloudFront runs nothing but JavaScript there.
// The tests give both the same URLs.
package deploy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

//go:embed edge.js
var edgeSource string

// MaxEdgeBytes is the most that CloudFront takes for a function.
const MaxEdgeBytes = 10 * 1024

// SignedHeader carries the URL of a signed request, as the viewer sent it, to the service: the edge rewrites the
// path, and the service trusts nobody's word for a signature. The origin request policy forwards the header, the
// cache policy leaves it out of the key.
const SignedHeader = server.SignedHeader

// KeysName is the entry of the function's KeyValueStore that holds the keys of signatures, with commas between.
const KeysName = "sign-keys"

// Signing says which URLs have to be signed.
type Signing string

const (
	SignOff      Signing = "off"      // no signature is good
	SignAllowed  Signing = "allowed"  // a signed URL gets exactly what it asks for
	SignRequired Signing = "required" // and an unsigned one nothing
)

// An EdgeConfig is the part of the service's configuration that its URLs depend on.
type EdgeConfig struct {
	Ladder  grammar.Ladder           // the zero Ladder is grammar.DefaultLadder
	Encodes func(resize.Format) bool // what the engine writes
	Signing Signing                  // "" is SignOff
	Exact   bool                     // the service gives unsigned URLs exactly what they ask for
}

// edgeSettings is the object at the top of the function.
type edgeSettings struct {
	Widths    []int   `json:"widths"`
	Ratios    string  `json:"ratios"` // the function sorts them, and adds the inverses
	Qualities []int   `json:"qualities"`
	Formats   string  `json:"formats"`
	Sign      Signing `json:"sign"`
	Exact     bool    `json:"exact"`
}

// EdgeFunction returns the CloudFront function, for the JavaScript runtime 2.0 and viewer requests, that reads URLs
// as the service does when it is configured by c.
func EdgeFunction(c EdgeConfig) (string, error) {
	if len(c.Ladder.Widths)+len(c.Ladder.Ratios)+len(c.Ladder.Qualities) == 0 {
		c.Ladder = grammar.DefaultLadder()
	}
	settings := edgeSettings{
		Widths: c.Ladder.Widths, Ratios: join(c.Ladder.Ratios), Qualities: c.Ladder.Qualities,
		Formats: join(c.formats()), Sign: c.Signing, Exact: c.Exact,
	}
	switch c.Signing {
	case "":
		settings.Sign = SignOff
	case SignOff, SignAllowed, SignRequired:
	default:
		return "", fmt.Errorf("signing %q: want off, allowed or required", c.Signing)
	}
	if len(settings.Widths) == 0 || settings.Ratios == "" || len(settings.Qualities) == 0 || settings.Formats == "" {
		return "", fmt.Errorf("edge function: want widths, ratios, qualities and formats, got %+v", settings)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return "", err
	}
	return edgeFunction(string(text))
}

// edgeFunction puts settings, which need not be JSON yet, into the source.
func edgeFunction(settings string) (string, error) {
	const empty = "const config = {};"
	before, after, ok := strings.Cut(edgeSource, empty)
	if !ok {
		return "", fmt.Errorf("edge.js has no line %q", empty)
	}
	code := squeeze(before) + "\nconst config=" + settings + ";\n" + squeeze(after) + "\n"
	if len(code) > MaxEdgeBytes {
		return "", fmt.Errorf("the edge function has %d bytes: CloudFront takes %d", len(code), MaxEdgeBytes)
	}
	return code, nil
}

// formats returns what the engine writes, in the order of the service's messages.
func (c EdgeConfig) formats() []resize.Format {
	var can []resize.Format
	for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.WebP, resize.AVIF, resize.GIF, resize.BlurHash, resize.ThumbHash} {
		if c.Encodes != nil && c.Encodes(f) {
			can = append(can, f)
		}
	}
	return can
}

func join[T any](list []T) string {
	words := make([]string, len(list))
	for i, one := range list {
		words[i] = fmt.Sprint(one)
	}
	return strings.Join(words, ",")
}
