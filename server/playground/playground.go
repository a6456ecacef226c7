// Package playground is a web page for trying out the server's URLs: a gallery of the originals and, for each of them,
// a control for every parameter of the URL, with the resulting image, its size in bytes and its timing.
//
//	GET  /                        the page
//	GET  /playground/<file>       its modules and styles
//	GET  /playground/config.json  the server's formats, decoders and ladder, and whether unsigned URLs are exact
//	GET  /playground/keys         originals, a page at a time: ?prefix=2026/&q=cat&after=2026/bat.jpg
//	GET  /playground/summary      folders below a prefix, and how many images there are: ?prefix=2026/&q=cat
//	POST /playground/drop         uploads an image to try, if the Config has Drops; it is kept in memory
//	POST /playground/score        compares the pixels of two images, if the Config has ScorePixels
//	POST /playground/sign         signs the URL of an image, if the Config has Sign
//
// Images and the facts about them come from the server's public URLs, so the page can do nothing that any other client
// cannot, with one exception: the list of keys. Everybody who can open the page can read the key of every original. What it
// can POST is for a server on the user's own machine.
//
// There is no build step. The browser loads the files of the page folder as they are: plain modules that import each
// other.
package playground

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/loopback"
)

//go:embed page
var files embed.FS

// A Config describes the server that the page is for. List is required.
type Config struct {
	// Name is the title of the page: the name of the folder or bucket with the originals.
	Name string

	// List yields the originals whose keys begin with prefix and sort after the key after, in byte order.
	List func(ctx context.Context, prefix, after string) iter.Seq2[Item, error]

	// Formats are the formats that the server writes, in the order in which the page shows them.
	Formats []resize.Format

	// Decoders are the names of what decodes originals, by their media types.
	Decoders map[string]string

	// Widths, ascending, and Qualities are the ladder that unsigned URLs are snapped to.
	Widths    []int
	Qualities []int

	// Presets are the presets that URLs may ask for.
	Presets []Preset

	// Parameters are those that URLs may have. The page has a field for each that it has no other control for.
	Parameters []Parameter

	// Exact says that unsigned URLs are not snapped.
	Exact bool

	// Drops keeps the images that are dropped onto the page. If it is nil, the page takes none.
	Drops *Drops

	// ScorePixels is the size of the largest images that are compared. If it is 0, none are.
	ScorePixels int

	// Sign returns the signature of the URL of an image. If it is nil, the page signs none.
	Sign func(path, rawQuery string) string

	// HasDrafts says that the server may answer with a draft, and makes the final later.
	HasDrafts bool

	// Local refuses requests whose Host is neither localhost nor an IP address. It protects against DNS rebinding, where
	// a foreign site lets its own name resolve to this machine to read the answers.
	Local bool

	// Log records failures of List. The default discards.
	Log *slog.Logger
}

// A Preset is a name for parameters of URLs.
type Preset struct {
	Name  string `json:"name"`
	Query string `json:"query"`
}

// A Parameter is a parameter of URLs.
type Parameter struct {
	Name     string `json:"name"`
	Takes    string `json:"takes"`    // its values, in words
	Unsigned bool   `json:"unsigned"` // unsigned URLs may have it
}

// An Item is an original in the gallery.
type Item struct {
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
}

// A Playground serves the page. It is safe for concurrent use.
type Playground struct {
	config  Config
	mux     *http.ServeMux
	scoring chan struct{} // held by the one request whose images are compared
}

// New returns a Playground for a server.
func New(c Config) (*Playground, error) {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	settings, err := json.Marshal(map[string]any{
		"name": c.Name, "formats": c.Formats, "decoders": c.Decoders, "widths": c.Widths, "qualities": c.Qualities,
		"exact": c.Exact, "presets": append([]Preset{}, c.Presets...),
		"parameters": append([]Parameter{}, c.Parameters...),
		"drop":       c.Drops.maxBytes(), "maxSide": resize.MaxSide, "score": c.ScorePixels,
		"sign": c.Sign != nil, "drafts": c.HasDrafts,
	})
	if err != nil {
		return nil, err
	}
	page, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	p := &Playground{config: c, mux: http.NewServeMux(), scoring: make(chan struct{}, 1)}
	static, err := newStatic(page)
	if err != nil {
		return nil, err
	}
	static.add("config.json", settings)
	p.mux.Handle("GET /{$}", static.file("index.html"))
	p.mux.Handle("GET /playground/", http.StripPrefix("/playground/", static))
	p.mux.HandleFunc("GET /playground/keys", p.serveKeys)
	p.mux.HandleFunc("GET /playground/summary", p.serveSummary)
	// A page of another site must not be able to add images, to spend processor time or to have URLs signed.
	own := func(path string, serve http.HandlerFunc) {
		p.mux.Handle("POST "+path, http.NewCrossOriginProtection().Handler(serve))
	}
	if c.Drops != nil {
		own("/playground/drop", p.serveDrop)
	}
	if c.ScorePixels > 0 {
		own("/playground/score", p.serveScore)
	}
	if c.Sign != nil {
		own("/playground/sign", p.serveSign)
	}
	return p, nil
}

// contentPolicy lets the page load its own files and images, and nothing else. It allows blob URLs because the page
// fetches a variant once, measures it and shows the same bytes.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements [http.Handler].
func (p *Playground) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	if p.config.Local && !loopback.IsLocal(r.Host) {
		loopback.Refuse(w)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// replyJSON answers with v as JSON. Marshaling v must not fail.
func replyJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only if the client is gone
}

func replyError(w http.ResponseWriter, status int, message string) {
	replyJSON(w, status, map[string]string{"error": message})
}
