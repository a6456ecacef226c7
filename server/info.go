package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// A PictureInfo is the answer of GET /info/<key>, as JSON.
type PictureInfo struct {
	Key string `json:"key"`
	resize.Info
	Srcset []Candidate `json:"srcset"` // the ladder, as far as the picture reaches
}

// serveInfo tells about a picture.
func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request) {
	s.serveAbout(w, r, "/info/", "application/json", func(p PictureInfo) ([]byte, error) {
		body, err := json.MarshalIndent(p, "", "  ")
		return append(body, '\n'), err
	})
}

// serveAbout answers a question about a picture. What the engine sees in it is kept like a variant of it: it costs one
// decode, and none when the picture is asked about again.
func (s *Server) serveAbout(w http.ResponseWriter, r *http.Request, under, mediaType string, write func(PictureInfo) ([]byte, error)) {
	about, err := s.grammar.parseAbout(under, r, time.Now())
	s.serve(w, r, about.Ask, func(v *cache.Variant) (*cache.Variant, error) {
		info, err := readInfo(v)
		if err != nil {
			return nil, err
		}
		candidates, err := s.grammar.candidates(about, info.Displayed, time.Now())
		if err != nil {
			return nil, err
		}
		body, err := write(PictureInfo{about.Key, info, candidates})
		// It has no time of its own: it also depends on the settings.
		return &cache.Variant{Body: body, MediaType: mediaType, ETag: cache.ETag(body), OriginalETag: v.OriginalETag}, err
	}, err)
}

func readInfo(v *cache.Variant) (info resize.Info, err error) {
	if err := json.Unmarshal(v.Body, &info); err != nil {
		return info, fmt.Errorf("what is kept about a picture: %w", err)
	}
	return info, nil
}

// An about is what a URL asks about a picture.
type about struct {
	Ask
	vs     values
	signed bool
}

// parseAbout reads the URL of a question about a picture, below some path. Who may not see pictures unsigned may not
// ask about them either.
func (g *Grammar) parseAbout(under string, r *http.Request, now time.Time) (a about, err error) {
	a.Key = strings.TrimPrefix(r.URL.Path, under)
	if err := checkKey(a.Key); err != nil {
		return about{}, err
	}
	if a.vs, err = readQuery(r.URL.RawQuery); err != nil {
		return about{}, err
	}
	a.Transform = resize.Transform{Format: resize.Description}.Normal()
	_, err = g.trust(&a.Ask, &reader{vs: a.vs}, r.URL.Path, r.URL.RawQuery, now)
	a.signed = a.vs[pSignature] != ""
	return a, err
}
