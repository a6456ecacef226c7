package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// An ImageInfo is the answer of GET /info/<key>, as JSON.
type ImageInfo struct {
	Key string `json:"key"`
	resize.Info
	Srcset []grammar.Candidate `json:"srcset"` // in the widths of the ladder, up to the image's own
}

func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request) {
	s.serveDescription(w, r, grammar.InfoPath, "application/json", func(info ImageInfo) ([]byte, error) {
		body, err := json.MarshalIndent(info, "", "  ")
		return append(body, '\n'), err
	})
}

// serveDescription answers with a description of an image, which format writes. The engine's part of it,
// [resize.Description], is kept like a variant: it costs one decode, and none when the image is described again.
func (s *Server) serveDescription(w http.ResponseWriter, r *http.Request, below, mediaType string, format func(ImageInfo) ([]byte, error)) {
	req, err := s.grammar.ParseInfo(below, s.config.URLs.unescapePath(r.URL.Path), r.URL.RawQuery, time.Now())
	s.serve(w, r, newParsedURL(req.Request), func(v *cache.Variant) (*cache.Variant, error) {
		info, err := parseInfo(v)
		if err != nil {
			return nil, err
		}
		candidates, err := s.grammar.Candidates(req, info, time.Now())
		if err != nil {
			return nil, err
		}
		body, err := format(ImageInfo{req.Key, info, candidates})
		// It has no time of modification: it depends on the configuration too.
		return &cache.Variant{Body: body, MediaType: mediaType, ETag: cache.ETag(body), OriginalETag: v.OriginalETag, Unstored: v.Unstored}, err
	}, err)
}

func parseInfo(v *cache.Variant) (info resize.Info, err error) {
	if err := json.Unmarshal(v.Body, &info); err != nil {
		return info, fmt.Errorf("stored description: %w", err)
	}
	return info, nil
}
