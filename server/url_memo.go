package server

import (
	"strings"
	"sync"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A parsedURL is what the URL of a request comes to, with what is computed of that for each answer.
type parsedURL struct {
	req  grammar.Request
	name string // the transform's normal form; "" if the URL could not be parsed
	tag  string // of the original, and of its mark; "" likewise
}

func newParsedURL(req grammar.Request) parsedURL {
	u := parsedURL{req: req}
	if req.Key != "" {
		u.tag = cache.Tag(req.Key)
		if mark := req.Transform.Mark.Key; mark != "" {
			u.tag += "," + cache.Tag(mark)
		}
	}
	if req.Transform != (resize.Transform{}) {
		u.name = req.Transform.String()
	}
	return u
}

// A rawURL is all of a request that its parsedURL depends on, unless it is signed.
type rawURL struct {
	path   string // decoded
	query  string
	accept string
	hints  grammar.Hints // of a URL that may depend on them
}

const (
	memoEntries  = 4096
	memoURLBytes = 512 // of an entry: all of them take 5 MB at most
)

// A urlMemo remembers what URLs resolve to: parsing one takes as long as all else that a memory hit does here. Strangers can
// fill it with URLs of their own, which costs others the time of parsing. It holds neither errors nor URLs that are signed or
// expire: whether they are valid depends on the time, and is always checked.
//
// It is safe for concurrent use.
type urlMemo struct {
	mu     sync.Mutex
	parsed *lru.Cache[rawURL, parsedURL]
}

func newURLMemo() *urlMemo { return &urlMemo{parsed: lru.New[rawURL, parsedURL](memoEntries, nil)} }

// Parse returns what raw comes to, by parse unless it is remembered.
func (m *urlMemo) Parse(raw rawURL, parse func() (grammar.Request, error)) (parsedURL, error) {
	if u, ok := m.get(raw); ok {
		return u, nil
	}
	req, err := parse()
	u := newParsedURL(req)
	if err == nil && !req.Signed && req.Expires.IsZero() {
		m.add(raw, u)
	}
	return u, err
}

func (m *urlMemo) get(raw rawURL) (parsedURL, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.parsed.Get(raw)
}

func (m *urlMemo) add(raw rawURL, u parsedURL) {
	if len(raw.path)+len(raw.query)+len(raw.accept) > memoURLBytes {
		return
	}
	// The strings of a request are parts of larger ones, which would be kept with them. Those of u are not.
	raw = rawURL{strings.Clone(raw.path), strings.Clone(raw.query), strings.Clone(raw.accept), raw.hints}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parsed.Add(raw, u)
}
