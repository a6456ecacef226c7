package plan

import (
	"bytes"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// urls reads the URLs of images. What it has read of a query it remembers, as few queries make up most of a log.
type urls struct {
	snapped grammar.Grammar // as unsigned URLs are answered
	exact   grammar.Grammar // as they ask
	recipes map[string]recipe
}

// A recipe is what a query asks for, or the name of a variant.
type recipe struct {
	cell
	ok bool
}

// maxRecipes bounds the queries that are remembered: those of signed URLs differ all the time.
const maxRecipes = 1 << 16

func newURLs(ladder grammar.Ladder) *urls {
	all := func(resize.Format) bool { return true }
	return &urls{
		snapped: grammar.Grammar{Ladder: ladder, Encodes: all},
		exact:   grammar.Grammar{Ladder: ladder, Encodes: all, Exact: true},
		recipes: make(map[string]recipe),
	}
}

// read returns the key of the original that a request is for, and what of it.
func (u *urls) read(e *accesslog.Entry) (key []byte, c cell, ok bool) {
	name := e.Transform
	switch {
	case e.Original != nil:
		key = e.Original
	case len(e.Query) == 0 && isVariant(e.Path):
		slash := bytes.LastIndexByte(e.Path, '/')
		key, name = bytes.TrimPrefix(e.Path[:slash], []byte("/v/")), e.Path[slash+1:]
	default:
		key = bytes.TrimPrefix(bytes.TrimPrefix(e.Path, []byte("/img")), []byte("/"))
		name = nil
	}
	if len(key) == 0 || len(e.Query) == 0 && name == nil && !isImage(key) {
		return nil, cell{}, false
	}
	text := name
	if name == nil {
		text = e.Query
	}
	r, known := u.recipes[string(text)]
	if !known {
		r = u.parse(string(text), name != nil)
		if len(u.recipes) < maxRecipes {
			u.recipes[string(text)] = r
		}
	}
	if format := formatOf(e.Type); format != "" {
		r.format = format
	}
	return key, r.cell, r.ok
}

// isVariant reports whether a path ends in the name of a variant, such as w=480.webp.
func isVariant(path []byte) bool {
	slash := bytes.LastIndexByte(path, '/')
	if slash <= 0 {
		return false
	}
	name := path[slash+1:]
	return bytes.HasPrefix(path, []byte("/v/")) || bytes.IndexByte(name, '=') > 0 || bytes.HasPrefix(name, []byte("w%3D"))
}

// isImage reports whether a key has the extension of an image: a request without a query may be for anything.
func isImage(key []byte) bool {
	dot := bytes.LastIndexByte(key, '.')
	if dot < 0 {
		return false
	}
	switch string(bytes.ToLower(key[dot+1:])) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif", "heic", "tif", "tiff", "bmp", "jxl", "svg":
		return true
	}
	return false
}

func (u *urls) parse(text string, isName bool) recipe {
	now := time.Unix(0, 0)
	if isName {
		text = strings.NewReplacer("%3D", "=", "%2C", ",").Replace(text)
		r, err := u.exact.ParseVariant("x/"+text, "", now)
		if err != nil {
			return recipe{}
		}
		return recipe{cell{r.Transform.Width, r.Transform.Width, string(r.Transform.Format)}, true}
	}
	query, isSigned := withoutSignature(text)
	exact, err := u.exact.Parse("x", query, "", now)
	if err != nil {
		return recipe{}
	}
	sent := exact.Transform
	if snapped, err := u.snapped.Parse("x", query, "", now); err == nil && !isSigned {
		sent = snapped.Transform
	}
	return recipe{cell{exact.Transform.Width, sent.Width, string(sent.Format)}, true}
}

// withoutSignature returns a query without its signature and when it expires.
func withoutSignature(query string) (rest string, isSigned bool) {
	var kept []string
	for parameter := range strings.SplitSeq(query, "&") {
		if strings.HasPrefix(parameter, "s=") || strings.HasPrefix(parameter, "expires=") {
			isSigned = true
			continue
		}
		kept = append(kept, parameter)
	}
	return strings.Join(kept, "&"), isSigned
}

// formatOf returns the format of a media type such as image/webp.
func formatOf(mediaType []byte) string {
	switch string(bytes.TrimPrefix(mediaType, []byte("image/"))) {
	case "webp":
		return "webp"
	case "avif":
		return "avif"
	case "jpeg":
		return "jpeg"
	case "png":
		return "png"
	case "gif":
		return "gif"
	}
	return ""
}
