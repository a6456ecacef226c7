package main

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// clientsDir has the helpers that users copy into their pages.
var clientsDir = filepath.Join("..", "..", "deploy", "clients")

// react is the part of React that a page needs to show elements once.
const react = `export function createElement(type, props, ...children) {
	const e = document.createElement(type);
	for (const [name, value] of Object.entries(props ?? {})) if (value !== undefined) e.setAttribute(name, value);
	e.append(...children);
	return e;
}`

// clientSite returns the URL of a site that serves pages, the helpers, and the sample images.
func clientSite(t *testing.T, pages map[string]string) string {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", "--no-exact")
	origin, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(origin) }}
	mux.Handle("/img/", proxy)
	mux.Handle("/info/", proxy)
	mux.Handle("/clients/", http.StripPrefix("/clients/", http.FileServer(http.Dir(clientsDir))))
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/react.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write([]byte(react))
	})
	for name, page := range pages {
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte("<!doctype html><meta charset=utf-8><title>" + name + "</title>" + page))
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// shown waits until an image is loaded, and returns the URL that the browser chose for it.
func (b *browser) shown(css string) (src string) {
	b.Helper()
	b.await(`(e => e && (e.scrollIntoView(), e.complete && e.naturalWidth > 0))(document.querySelector('` + css + `'))`)
	return eval[string](b, `document.querySelector('`+css+`').currentSrc.replace(location.origin, '')`)
}

func TestBrowserClientPlainHTML(t *testing.T) {
	site := clientSite(t, nil)
	b := newBrowser(t)
	b.open(site + "/clients/plain.html")
	for css, want := range map[string]string{
		"#fluid": "/img/lighthouse.jpg?w=1080", "#square": "/img/mountains.jpg?w=160&h=160&fit=cover&crop=smart",
		"#shaped": "/img/mountains.jpg?w=1200&h=514&fit=cover",
	} {
		if got := b.shown(css); got != want {
			t.Errorf("%s: got %s, want %s", css, got, want)
		}
	}
}

func TestBrowserClientReact(t *testing.T) {
	site := clientSite(t, map[string]string{"page": `
		<script type="importmap">{"imports": {"react": "/react.js"}}</script>
		<script type="module">
			import { Picture } from '/clients/react.js';
			document.body.append(Picture({ of: 'lighthouse.jpg', width: 600, height: 800, alt: 'A lighthouse', id: 'one' }),
				Picture({ of: 'mountains.jpg', width: 300, height: 300, words: { fit: 'cover', crop: 'smart' },
					priority: true, id: 'two' }));
		</script>`})
	b := newBrowser(t)
	b.open(site + "/page")
	if got, want := b.shown("#one"), "/img/lighthouse.jpg?w=640"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := b.shown("#two"), "/img/mountains.jpg?w=320&h=320&fit=cover&crop=smart"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	b.await(`document.querySelector('#two').loading === 'eager' && document.querySelector('#one').loading === 'lazy'`)
	b.await(`document.querySelector('#one').alt === 'A lighthouse'`)
}

func TestBrowserClientNextImage(t *testing.T) {
	site := clientSite(t, map[string]string{"page": `
		<script type="module">
			import loader from '/clients/next-image-loader.js';
			window.urls = [loader({ src: '/2026/a b.jpg', width: 640, quality: 75 }), loader({ src: 'cat.jpg?fit=cover', width: 640 })];
			const e = document.createElement('img');
			e.srcset = [640, 1080].map((width) => loader({ src: 'stones.jpg', width, quality: 75 }) + ' ' + width + 'w').join(', ');
			e.sizes = '900px';
			document.body.append(e);
		</script>`})
	b := newBrowser(t)
	b.open(site + "/page")
	if got, want := b.shown("img"), "/img/stones.jpg?w=1080&q=75"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := eval[string](b, `urls.join(' ')`), "/img/2026/a%20b.jpg?w=640&q=75 /img/cat.jpg?fit=cover&w=640"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The URL is what unpic 4.2 writes for the provider imgix.
func TestBrowserClientUnpic(t *testing.T) {
	site := clientSite(t, map[string]string{"page": `<img src="/img/mountains.jpg?w=320&h=320&fit=min&auto=format">`})
	b := newBrowser(t)
	b.open(site + "/page")
	b.shown("img")
	b.await(`document.querySelector('img').naturalWidth === 320 && document.querySelector('img').naturalHeight === 320`)
}

func TestBrowserClientMarkdown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(clientsDir, "markdown.md"))
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	for _, m := range regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]+)\)`).FindAllStringSubmatch(string(text), -1) {
		page.WriteString(`<img alt="` + template.HTMLEscapeString(m[1]) + `" src="` + template.HTMLEscapeString(m[2]) + `">`)
	}
	site := clientSite(t, map[string]string{"page": page.String()})
	b := newBrowser(t)
	b.open(site + "/page")
	b.await(`document.images.length === 3 && [...document.images].every(e => e.complete && e.naturalWidth > 0 && e.alt)`)
}
