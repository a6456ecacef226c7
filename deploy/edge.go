// Package deploy puts imgorigin behind CloudFront. It holds the function that runs at the edge, a CloudFormation
// template of the whole stack, and the tests that keep both consistent with the Go code.
//
//	viewer ─► edge.js: /img/<key>?… ─► /v/<key>/<normal form>, or 400, 403
//	               │
//	               ▼
//	           CloudFront's cache, keyed by the path alone
//	               │ miss
//	               ▼
//	           variants bucket ─► 400, 403, 404, 5xx ─► imgorigin serve, which fills and stores
//
// edge.js implements the URL grammar of package grammar a second time, because CloudFront functions can only be written
// in JavaScript. The tests run it and compare it with the service, URL by URL.
package deploy

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

//go:embed edge.js
var edgeSource string

//go:embed paths.js
var pathsSource string

// PathsFunction returns the source of the CloudFront function for the paths of descriptions, /info/ and /srcset/, where images
// have one with [EdgeConfig.EscapePaths].
func PathsFunction() string { return squeeze(pathsSource) + "\n" }

// MaxEdgeBytes is CloudFront's limit on the size of a function.
const MaxEdgeBytes = 10 * 1024

// SignedHeader carries the URL of a signed request, as the viewer sent it, to the service. The function rewrites the
// path, so the service could not verify the signature without it. The origin request policy forwards the header, and
// the cache policy does not add it to the cache key.
const SignedHeader = server.SignedHeader

// KeysName is the entry of the function's KeyValueStore that holds the keys of signed URLs, separated by commas.
const KeysName = "sign-keys"

// Signing is a policy on signed URLs.
type Signing string

// The policies on signed URLs.
const (
	SignOff      Signing = "off"      // every signature is refused
	SignAllowed  Signing = "allowed"  // a signed URL gets exactly what it asks for
	SignRequired Signing = "required" // and an unsigned URL is refused
)

// An EdgeConfig is the part of the service's configuration that affects how URLs are read.
type EdgeConfig struct {
	// Ladder is what unsigned URLs are snapped to. The default is [grammar.DefaultLadder].
	Ladder grammar.Ladder

	// Encodes reports whether the engine writes a format.
	Encodes func(resize.Format) bool

	// Signing is the policy on signed URLs. The default is SignOff.
	Signing Signing

	// Exact is set if the service does not snap unsigned URLs to the ladder.
	Exact bool

	// Strict is set if the service refuses URLs with parameters that would be ignored.
	Strict bool

	// Presets are the names for parameters that URLs may ask for.
	Presets []grammar.Preset

	// OnlyPresets is set if the service refuses unsigned URLs without a preset.
	OnlyPresets bool

	// DefaultMarks are the marks of images whose URLs and presets say nothing of marks.
	DefaultMarks []grammar.DefaultMark

	// EscapePaths is set if the service runs with [server.URLs.EscapePaths], and names variants in the bucket likewise.
	EscapePaths bool
}

// edgeSettings is the object at the top of the function.
type edgeSettings struct {
	Widths    []int        `json:"widths"`
	Ratios    string       `json:"ratios"` // the function sorts them and adds the inverses
	Qualities []int        `json:"steps"`
	Formats   string       `json:"formats"`
	Sign      Signing      `json:"sign"`
	Exact     bool         `json:"exact"`
	Strict    bool         `json:"strict"`
	Presets   []edgePreset `json:"presets"`
	Only      bool         `json:"only"`
	Marks     [][2]string  `json:"marks"` // prefixes of keys, and the fields of the default mark below them
	Escape    bool         `json:"escape"`
	Words     string       `json:"words"`   // that the function understands
	Relayed   string       `json:"relayed"` // that it passes on
}

// An edgePreset is the name of a preset, its format, its normal form without a format, those of the formats in which
// it differs, and, if there are default marks, 1 if it has none of them.
type edgePreset []any

// EdgeFunction returns the source of the CloudFront function that reads URLs as a service with this configuration does.
// It is for viewer requests and the JavaScript runtime 2.0.
func EdgeFunction(c EdgeConfig) (string, error) {
	ladder := c.ladder()
	if _, err := ladder.Normal(); err != nil { // which the service refuses, too
		return "", err
	}
	settings := edgeSettings{
		Widths: ladder.Widths, Ratios: join(ladder.Ratios, ","), Qualities: ladder.Qualities,
		Formats: join(c.formats(), ","), Sign: c.Signing, Exact: c.Exact, Strict: c.Strict,
		Only: c.OnlyPresets, Escape: c.EscapePaths,
	}
	settings.Words, settings.Relayed = grammar.EdgeWords()
	switch c.Signing {
	case "":
		settings.Sign = SignOff
	case SignOff, SignAllowed, SignRequired:
	default:
		return "", fmt.Errorf("signing %q: want off, allowed or required", c.Signing)
	}
	if settings.Formats == "" {
		return "", errors.New("edge function: want formats that the service writes")
	}
	var err error
	if settings.Presets, err = c.presets(); err != nil {
		return "", err
	}
	marks, err := grammar.ParseDefaultMarks(c.DefaultMarks)
	if err != nil {
		return "", err
	}
	settings.Marks = marks.Edge()
	text, err := compactJSON(settings)
	if err != nil {
		return "", err
	}
	return edgeFunction(text)
}

func compactJSON(v any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // an ampersand is shorter than its escape
	err := encoder.Encode(v)
	return strings.TrimSpace(text.String()), err
}

// TemplateParameters returns the parameters EdgePresets and EdgeMarks of the template.
func (c EdgeConfig) TemplateParameters() (presets, marks string, err error) {
	list, err := c.presets()
	if err != nil {
		return "", "", err
	}
	parsed, err := grammar.ParseDefaultMarks(c.DefaultMarks)
	if err != nil {
		return "", "", err
	}
	if presets, err = compactJSON(list); err != nil {
		return "", "", err
	}
	marks, err = compactJSON(parsed.Edge())
	return presets, marks, err
}

// presets returns the normal forms of the presets.
func (c EdgeConfig) presets() ([]edgePreset, error) {
	parsed, err := grammar.ParsePresets(c.Presets)
	if err != nil {
		return nil, err
	}
	list := []edgePreset{}
	for name, t := range parsed.All() {
		hasMark := t.Mark.Key != ""
		if t.Mark.Key == grammar.NoMark {
			t.Mark = resize.Mark{}
		}
		format := t.Normal().Format
		formOf := func(f resize.Format) string {
			t.Format = f
			return strings.TrimSuffix(t.String(), "."+string(f))
		}
		usual, others := formOf(resize.WebP), make(map[resize.Format]string)
		for _, f := range resize.Formats() {
			if form := formOf(f); form != usual && len(f.Words()) > 0 {
				others[f] = form
			}
		}
		preset := edgePreset{name, format, usual, others}
		if hasMark && len(c.DefaultMarks) > 0 {
			preset = append(preset, 1)
		}
		list = append(list, preset)
	}
	return list, nil
}

// ladder returns the configured ladder or the default.
func (c EdgeConfig) ladder() grammar.Ladder {
	if len(c.Ladder.Widths)+len(c.Ladder.Ratios)+len(c.Ladder.Qualities) == 0 {
		return grammar.DefaultLadder()
	}
	return c.Ladder
}

// edgeFunction inserts settings into the source. They are JSON, or, for the template, JSON once CloudFormation has
// replaced its variables.
func edgeFunction(settings string) (string, error) {
	const empty = "const config={};" // as squeeze prints it
	before, after, ok := strings.Cut(squeeze(edgeSource), empty)
	if !ok {
		return "", fmt.Errorf("edge.js has no line %q", empty)
	}
	code := before + "\nconst config=" + settings + ";\n" + after + "\n"
	if len(code) > MaxEdgeBytes {
		return "", fmt.Errorf("the edge function has %d bytes: CloudFront takes at most %d", len(code), MaxEdgeBytes)
	}
	return code, nil
}

// formats returns the formats that the engine writes, in the order of the service's messages.
func (c EdgeConfig) formats() []resize.Format {
	var encoded []resize.Format
	for _, f := range resize.Formats() {
		if f != resize.Auto && len(f.Words()) > 0 && c.Encodes != nil && c.Encodes(f) {
			encoded = append(encoded, f)
		}
	}
	return encoded
}

// join formats the values of a list with separators between them.
func join[T any](list []T, separator string) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, separator)
}
