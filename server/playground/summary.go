package playground

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Limits of a summary, which reads all keys below a prefix.
const (
	summaryScanned = 50_000 // keys
	summaryTime    = 5 * time.Second
	summaryFolders = 200
)

// A summary counts the images below a prefix.
type summary struct {
	Images  int      `json:"images"`
	Folders []folder `json:"folders"` // directly below the prefix, by name
	More    bool     `json:"more"`    // there are more keys than were read
}

type folder struct {
	Prefix string `json:"prefix"` // ends in a slash
	Images int    `json:"images"` // in it and below it
	More   bool   `json:"more"`
}

func (p *Playground) serveSummary(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), summaryTime)
	defer cancel()
	query := r.URL.Query()
	found, err := p.summarize(ctx, query.Get("prefix"), strings.ToLower(query.Get("q")))
	if err != nil {
		p.config.Log.WarnContext(ctx, "originals not counted", "err", err)
		replyError(w, http.StatusBadGateway, "the originals can't be listed")
		return
	}
	replyJSON(w, http.StatusOK, found)
}

// summarize counts the images whose keys begin with prefix and contain word, ignoring case. Those of a word have no folders.
func (p *Playground) summarize(ctx context.Context, prefix, word string) (found summary, err error) {
	found.Folders = []folder{}
	found.Images = len(p.config.Drops.items(prefix, word))
	scanned := 0
	for item, err := range p.config.List(ctx, prefix, "") {
		switch {
		case err != nil && ctx.Err() != nil && scanned > 0:
			found.More = true // the time is up
		case err != nil:
			return summary{}, err
		case isImage(item.Key) && strings.Contains(strings.ToLower(item.Key), word):
			found.Images++
			if word == "" {
				found.addTo(prefix, item.Key)
			}
		}
		if scanned++; scanned == summaryScanned {
			found.More = true
		}
		if found.More {
			found.markLast()
			break
		}
	}
	found.Folders = found.Folders[:min(len(found.Folders), summaryFolders)]
	return found, nil
}

// addTo counts an image in its folder. Keys come in order, so that a folder is the last one or a new one.
func (s *summary) addTo(prefix, key string) {
	name, _, ok := strings.Cut(key[len(prefix):], "/")
	if !ok {
		return
	}
	path := prefix + name + "/"
	if last := len(s.Folders) - 1; last >= 0 && s.Folders[last].Prefix == path {
		s.Folders[last].Images++
		return
	}
	s.Folders = append(s.Folders, folder{Prefix: path, Images: 1})
}

// markLast says that the folder which was counted last may have more images.
func (s *summary) markLast() {
	if n := len(s.Folders); n > 0 {
		s.Folders[n-1].More = true
	}
}
