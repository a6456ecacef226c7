package deploy

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

// An origin is the service, asked by its front door. Every variant is in its store, so that nothing is made.
type origin struct {
	handler http.Handler
	asked   *cache.Key // of the store, by the last request
}

func newOrigin(t *testing.T, c EdgeConfig, keys []string) origin {
	t.Helper()
	h, asked, err := front(c, keys)
	if err != nil {
		t.Fatal(err)
	}
	return origin{h, asked}
}

// ask sends a request as it would stand on the wire. What net/http itself refuses has status 400 and no body.
func (o origin) ask(target string, header http.Header) answer {
	var lines strings.Builder
	header.Write(&lines)
	wire := "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + lines.String() + "\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		return answer{status: http.StatusBadRequest}
	}
	*o.asked = cache.Key{}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		return answer{path: "/v/" + o.asked.Original + "/" + o.asked.Transform}
	}
	return answer{
		status: w.Code, body: w.Body.String(),
		contentType: w.Header().Get("Content-Type"), cacheFor: w.Header().Get("Cache-Control"),
	}
}
