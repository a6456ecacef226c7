// Package playground is a page to try pictures on: a gallery of originals, and for each of them every parameter of
// the URL as something to move, with what it does to the picture and to its bytes.
//
//	GET  /                        the page
//	GET  /playground/<file>       its modules and styles
//	GET  /playground/config.json  what the server takes: formats, ladder, whether unsigned URLs are exact
//	GET  /playground/keys         originals, a page at a time: ?prefix=2026/&q=cat&after=2026/bat.jpg
//	POST /playground/drop         a picture of the viewer's own to try, where that is allowed; it is kept in memory
//
// Pictures, and what there is to say about them, come from the server's own URLs: the page has no rights that
// others have not, but for the list. Whoever sees it sees the key of every original.
//
// There is no build step: the files of page are what the browser gets, plain modules that import each other.
package playground

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

//go:embed page
var files embed.FS

// A Config says what the page shows. List is needed.
type Config struct {
	Name string // of where the originals are, for the title

	// List yields originals whose keys begin with prefix and come after another, in the order of their bytes.
	List func(ctx context.Context, prefix, after string) iter.Seq2[Item, error]

	Formats   []resize.Format // that the server writes
	Widths    []int           // of its ladder, ascending
	Qualities []int           // that unsigned URLs are snapped to
	Exact     bool            // unsigned URLs get exactly what they ask for

	Drops *Drops // where dropped pictures are kept; nil takes none
	Local bool   // answer only to names of this machine: no page elsewhere can have its name resolve to us
	Log   *slog.Logger
}

// An Item is an original in the gallery.
type Item struct {
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
}

// A Playground is the page as a handler. It is safe for concurrent use.
type Playground struct {
	config   Config
	settings []byte // config.json
	mux      *http.ServeMux
}

// New returns the playground.
func New(c Config) (*Playground, error) {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	settings, err := json.Marshal(map[string]any{
		"name": c.Name, "formats": c.Formats, "widths": c.Widths, "qualities": c.Qualities, "exact": c.Exact,
		"drop": c.Drops.most(), "maxSide": resize.MaxSide,
	})
	if err != nil {
		return nil, err
	}
	page, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	p := &Playground{config: c, settings: settings, mux: http.NewServeMux()}
	static, err := newStatic(page)
	if err != nil {
		return nil, err
	}
	p.mux.Handle("GET /{$}", static.file("index.html"))
	p.mux.Handle("GET /playground/", http.StripPrefix("/playground/", static))
	p.mux.HandleFunc("GET /playground/config.json", p.serveConfig)
	p.mux.HandleFunc("GET /playground/keys", p.serveKeys)
	if c.Drops != nil {
		// Another site's page can't put a picture here.
		p.mux.Handle("POST /playground/drop", http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.serveDrop)))
	}
	return p, nil
}

// policy lets the page load its own files and pictures, and nothing else. Variants are shown from memory, where the
// bytes that were measured are: hence blob.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements [http.Handler].
func (p *Playground) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	if p.config.Local && !isLocal(r.Host) {
		http.Error(w, "the playground answers to names of this machine only: use localhost", http.StatusForbidden)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// isLocal tells whether a Host is localhost or an address: names can be made to resolve to us, addresses not.
func isLocal(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	_, err = netip.ParseAddr(name)
	return err == nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

func (p *Playground) serveConfig(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(p.settings)
}

// replyJSON answers with v, which marshals.
func replyJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has left
}

func replyError(w http.ResponseWriter, status int, message string) {
	replyJSON(w, status, map[string]string{"error": message})
}
