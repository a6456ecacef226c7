package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Requests whose end, host or path a proxy could see elsewhere than the server are refused, or are the last of their connection.
func TestHiddenRequests(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(80, 60), 80))
	address, _ := program(t, "serve", "--originals", originals, "--variants", "none", "--hook-token", "secret")
	const (
		image  = "/img/cat.jpg?w=32"
		host   = "\r\nHost: example.com\r\n"
		hidden = "GET /healthz HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
	)
	status := regexp.MustCompile(`HTTP/1\.[01] (\d{3})`)
	for name, test := range map[string]struct{ request, want string }{
		"two requests": {"GET " + image + " HTTP/1.1" + host + "\r\n" + hidden, "200 200"},
		"a length and chunks": {
			"GET " + image + " HTTP/1.1" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "200",
		},
		"chunks":             {"GET " + image + " HTTP/1.1" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "200"},
		"chunks of a POST":   {"POST /hooks/s3 HTTP/1.1" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "401"},
		"a body":             {"GET " + image + " HTTP/1.1" + host + "Content-Length: 3\r\n\r\nabc" + hidden, "200"},
		"a body of a HEAD":   {"HEAD " + image + " HTTP/1.1" + host + "Content-Length: 3\r\n\r\nabc" + hidden, "200"},
		"two lengths":        {"GET " + image + " HTTP/1.1" + host + "Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc" + hidden, "400"},
		"a signed length":    {"GET " + image + " HTTP/1.1" + host + "Content-Length: +0\r\n\r\n" + hidden, "400"},
		"unknown chunks":     {"GET " + image + " HTTP/1.1" + host + "Transfer-Encoding: xchunked\r\n\r\n" + hidden, "501"},
		"chunks twice":       {"GET " + image + " HTTP/1.1" + host + "Transfer-Encoding: chunked, chunked\r\n\r\n" + hidden, "501"},
		"space before colon": {"GET " + image + " HTTP/1.1" + host + "Content-Length : 3\r\n\r\nabc" + hidden, "400"},
		"two hosts":          {"GET " + image + " HTTP/1.1" + host + "Host: example.org\r\n\r\n" + hidden, "400"},
		"no host":            {"GET " + image + " HTTP/1.1\r\n\r\n" + hidden, "400"},
		"no version":         {"GET " + image + "\r\n" + hidden, "400"},
		"a NUL":              {"GET /img/cat.jpg\x00 HTTP/1.1" + host + "\r\n" + hidden, "400"},
		"a tab":              {"GET /img/cat\t.jpg HTTP/1.1" + host + "\r\n" + hidden, "400"},
		"HTTP/2":             {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "405"},
		"another host's URL": {"GET http://example.org" + image + " HTTP/1.1" + host + "\r\n" + hidden, "200 200"},
	} {
		answer := sendRaw(t, address, test.request)
		var got []string
		for _, match := range status.FindAllStringSubmatch(answer, -1) {
			got = append(got, match[1])
		}
		if strings.Join(got, " ") != test.want || strings.Contains(answer, "example.") {
			t.Errorf("%s: got %v, want %s: %.200q", name, got, test.want, answer)
		}
	}
}
