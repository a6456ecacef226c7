package server

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// srcsetElement is the answer of GET /srcset/<key>: an element to paste into a page or to include by a template.
var srcsetElement = template.Must(template.New("srcset").Parse(`<img src="{{.Src}}"
  srcset="{{range $i, $c := .Candidates}}{{if $i}}, {{end}}{{$c.URL}} {{$c.Width}}w{{end}}"
  sizes="{{.Sizes}}" width="{{.Width}}" height="{{.Height}}" alt="{{.Alt}}" loading="lazy" decoding="async">
`))

// defaultCandidate returns the candidate for clients without support for srcset, mostly crawlers: the largest that is
// at most 1200 pixels wide, or else the smallest.
func defaultCandidate(candidates []grammar.Candidate) grammar.Candidate {
	chosen := candidates[0]
	for _, c := range candidates {
		if c.Width <= 1200 {
			chosen = c
		}
	}
	return chosen
}

// serveSrcset answers with an <img> of several widths: ?w=320,640&sizes=50vw&alt=A+cat, and any parameter of the
// grammar, which applies to all of them.
func (s *Server) serveSrcset(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s.serveDescription(w, r, grammar.SrcsetPath, "text/html; charset=utf-8", func(info ImageInfo) ([]byte, error) {
		if len(info.Srcset) == 0 {
			return nil, &grammar.UnsignedError{What: "a srcset without a preset"}
		}
		src := defaultCandidate(info.Srcset)
		var b bytes.Buffer
		err := srcsetElement.Execute(&b, map[string]any{
			"Src": template.URL(src.URL), "Candidates": info.Srcset, "Width": src.Width, "Height": src.Height,
			"Sizes": cmp.Or(query.Get("sizes"), "100vw"), "Alt": query.Get("alt"),
		})
		return b.Bytes(), err
	})
}
