package main

import (
	"net/http"
	"os"
	"testing"
)

// A site whose name resolves to this machine reads neither keys nor profiles, and no page of another site has profiles made.
// Scrapers, and operators who use a name of the machine, are answered.
func TestAdminForeignNames(t *testing.T) {
	machine, err := os.Hostname()
	must(t, err)
	_, out := process(t, nil, "serve", "--originals", "samples", "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	admin := "http://" + out.await(t, `"admin":"([^"]+)"`)
	embedded := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}}
	framed := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}
	linked := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}
	own := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"empty"}}
	for _, test := range []struct {
		path, host string
		header     http.Header
		want       int
	}{
		{"/debug/state", "evil.example:8081", nil, http.StatusForbidden},
		{"/debug/pprof/heap", "evil.example", nil, http.StatusForbidden},
		{"/debug/pprof/", "localhost.evil.example:8081", nil, http.StatusForbidden},
		{"/metrics", "imgorigin.default.svc:8081", nil, http.StatusOK},
		{"/metrics", "host.docker.internal:8081", nil, http.StatusOK},
		{"/debug/state", "", nil, http.StatusOK}, // 127.0.0.1
		{"/debug/state", "[::1]:8081", nil, http.StatusOK},
		{"/debug/state", "localhost:8081", nil, http.StatusOK},
		{"/debug/state", machine + ":8081", nil, http.StatusOK},
		{"/debug/state", "", embedded, http.StatusForbidden},
		{"/debug/state", "", framed, http.StatusForbidden},
		{"/debug/state", "", linked, http.StatusOK},
		{"/debug/state", "", own, http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin+test.path, nil)
		must(t, err)
		r.Host, r.Header = test.host, test.header
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		response.Body.Close()
		if response.StatusCode != test.want {
			t.Errorf("%s as %q, %v: got %s, want %d", test.path, test.host, test.header, response.Status, test.want)
		}
	}
}
