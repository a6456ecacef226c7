package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// An Answer is what the edge function does with a request: it rewrites the path, or refuses the request with a response
// of its own.
type Answer struct {
	// Path is the rewritten path, /v/<key>/<normal form>, percent-encoded, or with ~ in place of % as [EdgeConfig.EscapePaths] has
	// it. It is empty for a refusal.
	Path string

	// Status, Header and Body are the response of a refusal. Status is 0 for a request that goes on.
	Status int
	Header http.Header
	Body   string
}

// Explain returns what the edge function of c does with a GET request for target, a URL or a path with its query, or the
// service's refusal of a request that the function passes on. It does not run the JavaScript, but asks the grammar and
// the error table of the service, which the tests hold the function to. The keys are those of signed URLs.
func Explain(c EdgeConfig, keys []string, target, accept string) (Answer, error) {
	u, err := url.Parse(target)
	if err != nil {
		return Answer{}, err
	}
	g, err := c.grammar(keys)
	if err != nil {
		return Answer{}, fmt.Errorf("explain: %w", err)
	}
	// The function matches the path as it was sent: an escaped slash does not end a prefix.
	var r grammar.Request
	switch path := u.EscapedPath(); {
	case strings.HasPrefix(path, grammar.ImagePath):
		r, err = g.Parse(strings.TrimPrefix(u.Path, grammar.ImagePath), u.RawQuery, accept, time.Now())
	case strings.HasPrefix(path, grammar.VariantPath):
		r, err = g.ParseVariant(strings.TrimPrefix(u.Path, grammar.VariantPath), u.RawQuery, time.Now())
	default:
		err = fs.ErrNotExist // the function serves nothing but images
	}
	if err != nil {
		status, header, body := server.ErrorResponse(err, accept)
		return Answer{Status: status, Header: header, Body: string(body)}, nil
	}
	name := r.Transform.String()
	isVariant, last := strings.HasPrefix(u.Path, grammar.VariantPath), u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	if isVariant && strings.HasPrefix(last, "?") {
		name = escape(last) // of a URL that the function has rewritten already
	}
	if strings.HasPrefix(u.Path, grammar.ImagePath) && grammar.RelayedQuery(u.RawQuery) {
		name = escape(grammar.RelayName(u.RawQuery, g.Negotiated(accept)))
	}
	path := grammar.VariantPath + escape(r.Key) + "/" + name
	if c.EscapePaths {
		path = escapePath(path)
	}
	return Answer{Path: path}, nil
}

// withoutPercent writes the escapes of a path as [cache.Escape] does.
var withoutPercent = strings.NewReplacer("~", "~7E", "%", "~")

// escapePath writes a path as [cache.EscapePath] does, as the function does it.
func escapePath(path string) string {
	path = withoutPercent.Replace(path)
	if slash := strings.LastIndexByte(path, '/'); strings.IndexByte(path, '~') >= 0 {
		path = path[:slash+1] + withoutPercent.Replace("~") + path[slash+1:]
	}
	return path
}

// grammar returns the grammar of the service that is configured by c and has these keys.
func (c EdgeConfig) grammar(keys []string) (*grammar.Grammar, error) {
	if c.Encodes == nil {
		return nil, errors.New("the formats that the engine encodes are not set")
	}
	if slices.Contains(keys, "") {
		return nil, errors.New("an empty key of signed URLs: anybody could sign")
	}
	ladder, err := c.ladder().Normal()
	if err != nil {
		return nil, err
	}
	presets, err := grammar.ParsePresets(c.Presets)
	if err != nil {
		return nil, err
	}
	marks, err := grammar.ParseDefaultMarks(c.DefaultMarks)
	if err != nil {
		return nil, err
	}
	if c.Signing == "" || c.Signing == SignOff {
		keys = nil
	}
	return &grammar.Grammar{
		Ladder: ladder, Encodes: c.Encodes, SignKeys: keys, SignRequired: c.Signing == SignRequired, Exact: c.Exact, Strict: c.Strict,
		Presets: presets, OnlyPresets: c.OnlyPresets, DefaultMarks: marks,
	}, nil
}

// escape percent-encodes a key as the function does: everything but letters, digits, - . _ ~ and the slash.
func escape(key string) string {
	segments := strings.Split(key, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
	}
	return strings.Join(segments, "/")
}
