package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An Answer is what the edge does with a request: it goes on under another path, or is refused.
type Answer struct {
	Path string // /v/<key>/<normal form>, percent-encoded; "" of a refusal

	Status int // of a refusal, else 0
	Header http.Header
	Body   string
}

// Explain tells what the edge function of c does with a GET of target, a URL or a path with its query. It asks the
// service, in this process and by its front door: that is what the function is held to. Nothing is read or made.
// The keys are those of signatures.
func Explain(c EdgeConfig, keys []string, target, accept string) (Answer, error) {
	if c.Encodes == nil {
		return Answer{}, errors.New("explain: want to know what the engine writes")
	}
	u, err := url.Parse(target)
	if err != nil {
		return Answer{}, err
	}
	raw := u.EscapedPath()
	if !strings.HasPrefix(raw, "/img/") && !strings.HasPrefix(raw, "/v/") {
		return Answer{Status: http.StatusNotFound, Body: "no such image\n"}, nil // whatever else the service answers
	}
	if c.Signing == "" || c.Signing == SignOff {
		keys = nil
	}
	h, asked, err := front(c, keys)
	if err != nil {
		return Answer{}, err
	}
	w := recorder{header: make(http.Header)}
	r := http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Accept": {accept}}, ProtoMajor: 1, ProtoMinor: 1}
	h.ServeHTTP(&w, &r)
	if w.status == http.StatusOK {
		return Answer{Path: "/v/" + escape(asked.Original) + "/" + asked.Transform}, nil
	}
	return Answer{Status: w.status, Header: w.header, Body: w.body.String()}, nil
}

// escape spells a key as the function does: everything but letters, digits, - . _ ~ and the slash is percent-encoded.
func escape(key string) string {
	parts := strings.Split(key, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
	}
	return strings.Join(parts, "/")
}

// front returns the service of a configuration, with every variant in its store, and the variant that the last request
// came to.
func front(c EdgeConfig, keys []string) (http.Handler, *cache.Key, error) {
	asked := new(cache.Key)
	s, err := server.New(server.Config{
		Originals: noOriginals{}, Engine: writer{encodes: c.Encodes}, Store: fullStore{asked}, Revalidate: server.Never,
		Ladder: c.Ladder, SignKeys: keys, SignRequired: c.Signing == SignRequired, Exact: c.Exact,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("explain: %w", err)
	}
	return s.Handler(), asked, nil
}

// A fullStore has every variant, and remembers which one it was asked for.
type fullStore struct{ asked *cache.Key }

func (s fullStore) Get(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	*s.asked = k
	return &cache.Variant{Body: []byte("x"), MediaType: "image/jpeg", ETag: `"x"`, Modified: time.Unix(1, 0)}, nil
}

func (s fullStore) Put(context.Context, cache.Key, *cache.Variant) error { return nil }
func (s fullStore) Drop(context.Context, string) error                   { return nil }

type noOriginals struct{}

func (noOriginals) Open(context.Context, string) (*originals.Original, error) {
	return nil, fs.ErrNotExist
}

func (noOriginals) Stat(context.Context, string) (originals.Info, error) {
	return originals.Info{}, fs.ErrNotExist
}

// A writer is an engine in name only: with every variant in the store, it is never asked to make one.
type writer struct {
	resize.Engine
	encodes func(resize.Format) bool
}

func (w writer) Name() string                 { return "writer" }
func (w writer) Decodes(resize.Format) bool   { return false }
func (w writer) Encodes(f resize.Format) bool { return w.encodes(f) }

// A recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
