package server

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// A Candidate is one picture of a srcset.
type Candidate struct {
	URL    string `json:"url"` // path and query
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// maxCandidates bounds the widths that one URL asks for.
const maxCandidates = 32

// candidates returns the widths that are asked for, the ladder's where none are, as pictures of an original of some
// size. The other parameters go along; a height is that of the widest and keeps its shape. A picture that asked for
// more than the original has comes once. Who asked with a signature gets URLs with one, which end when it does.
func (g *Grammar) candidates(a about, original resize.Size, now time.Time) ([]Candidate, error) {
	widths, err := g.widths(a.vs)
	if err != nil {
		return nil, err
	}
	box := reader{vs: a.vs}
	height, widest := box.whole(pHeight, 1, resize.MaxSide), int64(widths[len(widths)-1])
	if box.err != nil {
		return nil, box.err
	}
	mine := *g
	mine.Required, mine.Exact = false, g.Exact || a.signed
	var all []Candidate
	for _, w := range widths {
		vs := a.vs
		vs[pSignature], vs[pExpires] = "", ""
		if vs[pWidth] = strconv.Itoa(w); height != 0 {
			vs[pHeight] = strconv.FormatInt(max(1, (2*height*int64(w)+widest)/(2*widest)), 10)
		}
		ask, err := mine.Parse(a.Key, vs.query(), "", now)
		if err != nil {
			return nil, err
		}
		plan, err := resize.PlanFor(ask.Transform, original.Width, original.Height, nil)
		if err != nil {
			return nil, err
		}
		size := plan.Canvas
		if len(all) > 0 && all[len(all)-1].Width >= size.X {
			continue // one rung of the ladder for several that were asked for, or beyond the original
		}
		all = append(all, Candidate{URL: g.link(a, vs), Width: size.X, Height: size.Y})
	}
	return all, nil
}

// widths returns those that are asked for, ascending, else the ladder's.
func (g *Grammar) widths(vs values) ([]int, error) {
	if vs[pWidth] == "" {
		return g.Ladder.Widths, nil
	}
	var widths []int
	for one := range strings.SplitSeq(vs[pWidth], ",") {
		r := reader{vs: values{pWidth: one}}
		w := int(r.whole(pWidth, 1, resize.MaxSide))
		if r.err != nil || w == 0 || len(widths) == maxCandidates || len(widths) > 0 && w <= widths[len(widths)-1] {
			return nil, &ParamError{pWidth.String(), vs[pWidth], fmt.Sprintf("up to %d whole numbers 1…%d, ascending, with commas", maxCandidates, resize.MaxSide)}
		}
		widths = append(widths, w)
	}
	return widths, nil
}

// query writes parameters in the grammar's order.
func (vs values) query() string {
	var b strings.Builder
	for p, v := range vs {
		if v == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(param(p).String() + "=" + url.QueryEscape(v))
	}
	return b.String()
}

// link returns the URL of a picture, signed if what is asked about it was.
func (g *Grammar) link(a about, vs values) string {
	path := "/img/" + a.Key
	if a.signed {
		vs[pExpires] = a.vs[pExpires]
		vs[pSignature] = Sign(g.SignKeys[0], path, vs.query())
	}
	return (&url.URL{Path: path, RawQuery: vs.query()}).String()
}

// snippet is what GET /srcset/<key> answers: an element to paste, or to include.
var snippet = template.Must(template.New("srcset").Parse(`<img src="{{.Src}}"
  srcset="{{range $i, $c := .Candidates}}{{if $i}}, {{end}}{{$c.URL}} {{$c.Width}}w{{end}}"
  sizes="{{.Sizes}}" width="{{.Width}}" height="{{.Height}}" alt="{{.Alt}}" loading="lazy" decoding="async">
`))

// forOldBrowsers picks what those get who know no srcset, crawlers mostly.
func forOldBrowsers(candidates []Candidate) Candidate {
	plain := candidates[0]
	for _, c := range candidates {
		if c.Width <= 1200 {
			plain = c
		}
	}
	return plain
}

// serveSrcset answers with an <img> of several widths: ?w=320,640&sizes=50vw&alt=A+cat, and any parameter of the
// grammar for all of them.
func (s *Server) serveSrcset(w http.ResponseWriter, r *http.Request) {
	words := r.URL.Query()
	s.serveAbout(w, r, "/srcset/", "text/html; charset=utf-8", func(p PictureInfo) ([]byte, error) {
		plain := forOldBrowsers(p.Srcset)
		var b bytes.Buffer
		err := snippet.Execute(&b, map[string]any{
			"Src": template.URL(plain.URL), "Candidates": p.Srcset, "Width": plain.Width, "Height": plain.Height,
			"Sizes": cmp.Or(words.Get("sizes"), "100vw"), "Alt": words.Get("alt"),
		})
		return b.Bytes(), err
	})
}
