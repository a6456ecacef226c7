package deploy

import (
	"bufio"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An origin is the service behind its HTTP handler. Its store has every variant, so nothing is resized.
type origin struct {
	handler   http.Handler
	requested *cache.Key // the variant that the last request read from the store
	isEscaped bool       // it reads paths as EdgeConfig.EscapePaths has them
}

func newOrigin(t *testing.T, c EdgeConfig, keys []string) origin {
	t.Helper()
	requested := new(cache.Key)
	s, err := server.New(server.Config{
		Originals: noOriginals{}, Engine: writer{encodes: c.Encodes},
		Store: fullStore{requested: requested}, Revalidate: server.Never,
		URLs: server.URLs{
			Ladder: c.Ladder, SignKeys: keys, SignRequired: c.Signing == SignRequired, Exact: c.Exact, Strict: c.Strict,
			Presets: c.Presets, OnlyPresets: c.OnlyPresets, DefaultMarks: c.DefaultMarks, Marks: "marks/",
			EscapePaths: c.EscapePaths,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return origin{s.Handler(), requested, c.EscapePaths}
}

// ask parses a request from its text and passes it to the service. If net/http does not parse it, the answer has status
// 400 and no body.
func (o origin) ask(target string, header http.Header) answer {
	var lines strings.Builder
	header.Write(&lines)
	wire := "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + lines.String() + "\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		return answer{status: http.StatusBadRequest}
	}
	*o.requested = cache.Key{}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		return answer{path: "/v/" + o.requested.Original + "/" + markVersion.ReplaceAllString(o.requested.Transform, "")}
	}
	return answer{
		status: w.Code, body: w.Body.String(),
		contentType: w.Header().Get("Content-Type"), cacheFor: w.Header().Get("Cache-Control"),
	}
}

// markVersion matches what the service adds to the names of variants with a mark, and no URL has.
var markVersion = regexp.MustCompile(`,mark-version=[^,.]*`)

// A fullStore has every variant, and records the key of the last request.
type fullStore struct {
	cache.Store
	requested *cache.Key
}

func (s fullStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	*s.requested = k
	v := cache.Variant{MediaType: "image/jpeg", ETag: `"x"`, Modified: time.Unix(1, 0)}
	return cache.NewOpened(v, 1, 0, io.NopCloser(strings.NewReader("x")), nil, nil), nil
}

// noOriginals has no original that can be read.
type noOriginals struct{}

func (noOriginals) Open(context.Context, string) (*originals.Original, error) {
	return nil, fs.ErrNotExist
}

// Stat is asked for the versions of marks.
func (noOriginals) Stat(context.Context, string) (originals.Info, error) {
	return originals.Info{ETag: `"x"`}, nil
}

// A writer is an engine that writes some formats. Its Resize is never called, as every variant is in the store.
type writer struct {
	resize.Engine
	encodes func(resize.Format) bool
}

func (w writer) Name() string                 { return "writer" }
func (w writer) Decodes(resize.Format) bool   { return false }
func (w writer) Encodes(f resize.Format) bool { return w.encodes(f) }
func (w writer) IsSlow(resize.Format) bool    { return false }
