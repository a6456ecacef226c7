package playground

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// Limits of one page of the list. A search through a large bucket goes on with the next page.
const (
	pageKeys    = 60     // keys that are returned
	pageScanned = 10_000 // keys that are looked at
	pageTime    = 5 * time.Second
)

// A page is a part of the list of originals.
type page struct {
	Items []Item `json:"items"`

	// Next is the key that the next page starts after. It is empty on the last page.
	Next string `json:"next"`
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

// list returns the page of originals whose keys begin with prefix and contain word, ignoring case, after a key. word is
// in lower case.
func (p *Playground) list(ctx context.Context, prefix, word, after string) (found page, err error) {
	found.Items = []Item{}
	if after == "" {
		found.Items = append(found.Items, p.config.Drops.items(prefix, word)...)
	}
	scanned := 0
	for item, err := range p.config.List(ctx, prefix, after) {
		switch {
		case err != nil && ctx.Err() != nil && scanned > 0:
			return found, nil // the time is up: the next page goes on from here
		case err != nil:
			return page{}, err
		case isImage(item.Key) && strings.Contains(strings.ToLower(item.Key), word):
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

// isImage reports whether an original may be an image, by its extension: the gallery does not open the files that it
// lists.
func isImage(key string) bool {
	hidden := strings.HasPrefix(key, ".") || strings.Contains(key, "/.")
	return !hidden && (path.Ext(key) == "" || resize.FormatOf(key) != "")
}
