package deploy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The vectors run through the edge function once more in njs, on which CloudFront's runtime is said to be based.
func TestCDNRunsTheEdgeFunction(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CDN") == "" {
		t.Skip("IMGORIGIN_TEST_CDN is not set")
	}
	for _, name := range []string{"signing allowed", "portable", "another ladder", "strict", "presets", "default marks", "escaped"} {
		code, err := EdgeFunction(edges[name])
		if err != nil {
			t.Fatal(err)
		}
		keys := signKeys
		if edges[name].Signing == "" {
			keys = nil
		}
		service := newOrigin(t, edges[name], keys)
		c := newCDN(t, code, strings.Join(keys, ","), "http://127.0.0.1:1", "http://127.0.0.1:1")
		answered, refused := 0, 0
		seed := rand.Uint64()
		t.Logf("%s: seed %d", name, seed)
		vs := vectors(t)
		for r := rand.New(rand.NewPCG(seed, 1)); len(vs) < 3000; {
			vs = append(vs, randomVector(r))
		}
		for _, v := range vs {
			v.target = sign(v.target)
			got, ok := c.explain(t, v)
			if !ok {
				refused++
				continue
			}
			answered++
			compare(t, service, v, got)
		}
		t.Logf("%d reached the function, %d were refused by nginx", answered, refused)
		if answered < 2700 {
			t.Errorf("%d of %d vectors reached the function", answered, len(vs))
		}
	}
}

// explain returns what the function does with a request, which is sent on the wire as it is. It reports false if nginx
// refuses the request before the function sees it.
func (c *cdn) explain(t *testing.T, v vector) (a answer, ok bool) {
	t.Helper()
	conn, err := net.Dial("unix", filepath.Join(c.dir, "explain.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	_ = v.header().Write(&lines) // a bytes.Buffer does not fail
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", v.target, lines.String())
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.200s: %v", v.target, err)
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusBadRequest {
		return answer{}, false
	}
	var result struct {
		Path, Signed, Body, ContentType, CacheFor string
		Status                                    int
	}
	if err := json.NewDecoder(r.Body).Decode(&result); err != nil {
		t.Fatalf("%.200s: %s, %v\n%s", v.target, r.Status, err, c.nginx.output())
	}
	return answer{
		result.Path, result.Signed, result.Status, result.Body, result.ContentType, result.CacheFor,
	}, true
}
