package grammar

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// An InfoRequest is what the URL of /info/<key> or /srcset/<key> asks for: a description of the image, and the
// candidates of a srcset in the sizes and with the parameters that it names.
type InfoRequest struct {
	Request
	values values
}

// ParseInfo parses the URL of a description below a path, such as /info/: the whole decoded path and the raw query. It
// requires a signature where images do.
func (g *Grammar) ParseInfo(below, path, rawQuery string, now time.Time) (req InfoRequest, err error) {
	req.Key = strings.Clone(strings.TrimPrefix(path, below))
	if err := CheckKey(req.Key); err != nil {
		return InfoRequest{}, err
	}
	var ignored ignoredNames
	if req.values, ignored, err = g.parseQuery(rawQuery, srcsetWords); err != nil {
		return InfoRequest{}, err
	}
	merged, err := g.Presets.apply(req.values)
	if err != nil {
		return InfoRequest{}, err
	}
	r := reader{values: merged, strict: g.Strict, ignored: ignored}
	if r.auto(&resize.Transform{}); r.err != nil {
		return InfoRequest{}, r.err
	}
	req.Ignored = r.ignored.String()
	req.Transform = resize.Transform{Format: resize.Description}.Normal()
	_, err = g.authenticate(&req.Request, req.values, path, rawQuery, now)
	return req, err
}

// CheckInfo parses the URL of a description as ParseInfo does, and also checks what only a srcset reads, such as its widths.
func (g *Grammar) CheckInfo(below, path, rawQuery string, now time.Time) (Request, error) {
	req, err := g.ParseInfo(below, path, rawQuery, now)
	if err != nil {
		return req.Request, err
	}
	const side = 1 << 20 // any rectangle fits
	_, err = g.Candidates(req, resize.Info{Displayed: resize.Size{Width: side, Height: side}}, now)
	return req.Request, err
}

// A Candidate is an image of a srcset.
type Candidate struct {
	URL    string `json:"url"` // path and query
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// maxCandidates bounds the widths that a URL can ask for.
const maxCandidates = 32

// Candidates returns the images of a srcset, for an original: those of the widths in req,
// or of the ladder's if it names none. A preset without widths is one image. Where only presets are available to unsigned
// URLs, there is none without a preset. The other parameters apply to all; a height is that of the largest width, and
// the others keep its aspect ratio. Widths that give the same image, and those beyond the original, appear once. If
// req is signed, so are the URLs, until req expires.
func (g *Grammar) Candidates(req InfoRequest, original resize.Info, now time.Time) ([]Candidate, error) {
	candidates := []Candidate{}
	if g.OnlyPresets && !req.Signed && req.values[pPreset] == "" {
		return candidates, nil
	}
	merged, err := g.Presets.apply(req.values)
	if err != nil {
		return nil, err
	}
	widths, err := g.srcsetWidths(req.values)
	if err != nil {
		return nil, err
	}
	r := reader{values: merged}
	height, widest := r.whole(pHeight, 1, resize.MaxSide), int64(widths[len(widths)-1])
	if r.err != nil {
		return nil, r.err
	}
	if p := g.Presets.find(req.values[pPreset]); p != nil && req.values[pHeight] == "" && p.transform.Width != 0 {
		height, widest = int64(p.transform.Height), int64(p.transform.Width) // whose ratio all candidates have
	}
	unsigned := *g // the signature was verified with req
	unsigned.SignRequired, unsigned.Exact = false, g.Exact || req.Signed
	for _, w := range widths {
		vs := req.values
		vs[pSignature], vs[pExpires] = "", ""
		if w != 0 {
			vs[pWidth] = strconv.Itoa(w)
		}
		if w != 0 && height != 0 {
			vs[pHeight] = strconv.FormatInt(max(1, (2*height*int64(w)+widest)/(2*widest)), 10)
		}
		candidate, err := unsigned.Parse(req.Key, vs.query(), "", now)
		if err != nil {
			return nil, err
		}
		plan, err := original.Plan(candidate.Transform)
		if err != nil {
			return nil, err
		}
		size := plan.Canvas
		if len(candidates) > 0 && candidates[len(candidates)-1].Width >= size.X {
			continue
		}
		candidates = append(candidates, Candidate{URL: g.link(req, vs), Width: size.X, Height: size.Y})
	}
	return candidates, nil
}

// leastCandidate is the least width of the ladder in a srcset that names no widths: smaller ones are for icons and avatars,
// which would only make the markup of larger images longer.
const leastCandidate = 160

// srcsetWidths returns the widths that are asked for, ascending, or the ladder's if there are none. 0 is that of a preset.
func (g *Grammar) srcsetWidths(vs values) ([]int, error) {
	switch {
	case vs[pWidth] != "":
	case vs[pPreset] != "":
		return []int{0}, nil
	default:
		i, _ := slices.BinarySearch(g.Ladder.Widths, leastCandidate)
		return g.Ladder.Widths[min(i, len(g.Ladder.Widths)-1):], nil
	}
	var widths []int
	for text := range strings.SplitSeq(vs[pWidth], ",") {
		r := reader{values: values{pWidth: text}}
		w := int(r.whole(pWidth, 1, resize.MaxSide))
		if r.err != nil || w == 0 || len(widths) == maxCandidates || len(widths) > 0 && w <= widths[len(widths)-1] {
			return nil, &ParamError{pWidth.String(), vs[pWidth], fmt.Sprintf(
				"up to %d whole numbers 1…%d, ascending, with commas", maxCandidates, resize.MaxSide)}
		}
		widths = append(widths, w)
	}
	return widths, nil
}

// query returns the query of the values, in the order of the grammar.
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

// link returns the URL of an image, signed if req is.
func (g *Grammar) link(req InfoRequest, vs values) string {
	path := ImagePath + req.Key
	if req.Signed {
		vs[pExpires] = req.values[pExpires]
		vs[pSignature] = Sign(g.SignKeys[0], path, vs.query())
	}
	return (&url.URL{Path: path, RawQuery: vs.query()}).String()
}
