package playground

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// What one answer of the list costs at most: a search through a large bucket goes on with the next.
const (
	pageKeys    = 60
	pageScanned = 10_000
	pageTime    = 5 * time.Second
)

// A page is a part of the list.
type page struct {
	Items []Item `json:"items"`
	Next  string `json:"next"` // to go on after; "" at the end
}

func (p *Playground) serveKeys(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTime)
	defer cancel()
	query := r.URL.Query()
	found, err := p.list(ctx, query.Get("prefix"), strings.ToLower(query.Get("q")), query.Get("after"))
	if err != nil {
		p.config.Log.WarnContext(ctx, "originals not listed", "err", err)
		replyError(w, http.StatusBadGateway, "the originals can't be listed")
		return
	}
	replyJSON(w, http.StatusOK, found)
}

// list returns the next originals whose keys begin with prefix and hold a word, in lower case.
func (p *Playground) list(ctx context.Context, prefix, word, after string) (found page, err error) {
	found.Items = []Item{}
	if after == "" {
		found.Items = append(found.Items, p.config.Drops.items(prefix, word)...)
	}
	scanned := 0
	for item, err := range p.config.List(ctx, prefix, after) {
		switch {
		case err != nil && ctx.Err() != nil && scanned > 0:
			return found, nil // so far, and from there on
		case err != nil:
			return page{}, err
		case isPicture(item.Key) && strings.Contains(strings.ToLower(item.Key), word):
			found.Items = append(found.Items, item)
		}
		scanned++
		found.Next = item.Key
		if len(found.Items) >= pageKeys || scanned >= pageScanned {
			return found, nil
		}
	}
	found.Next = ""
	return found, nil
}

var extensions = []string{
	"", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".avif", ".heic", ".heif", ".jxl", ".tif", ".tiff",
}

// isPicture goes by the name: the gallery does not open what it lists.
func isPicture(key string) bool {
	hidden := strings.HasPrefix(key, ".") || strings.Contains(key, "/.")
	return !hidden && slices.Contains(extensions, strings.ToLower(path.Ext(key)))
}
