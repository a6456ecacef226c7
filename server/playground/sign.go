package playground

import (
	"encoding/json"
	"net/http"
	"strings"
)

const maxURL = 8 << 10 // bytes of a URL that is signed

// serveSign answers with a URL and its signature.
func (p *Playground) serveSign(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Path, Query string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxURL)).Decode(&asked); err != nil || !strings.HasPrefix(asked.Path, "/img/") {
		replyError(w, http.StatusBadRequest, `want {"path": "/img/…", "query": "…"}`)
		return
	}
	signature := p.config.Sign(asked.Path, asked.Query)
	query := strings.TrimPrefix(asked.Query+"&s="+signature, "&")
	replyJSON(w, http.StatusOK, map[string]string{"url": asked.Path + "?" + query})
}
