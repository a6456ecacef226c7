package server

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

func TestGrammarErrors(t *testing.T) {
	tests := []struct {
		err  error
		want int
	}{
		{&grammar.ParamError{Param: "w", Got: "abc", Takes: "a whole number"}, http.StatusBadRequest},
		{grammar.ErrKey, http.StatusBadRequest},
		{&grammar.UnsignedError{What: "blur"}, http.StatusForbidden},
		{grammar.ErrSignature, http.StatusForbidden},
		{grammar.ErrExpired, http.StatusForbidden},
	}
	for _, test := range tests {
		for _, err := range []error{test.err, fmt.Errorf("parse: %w", test.err), &uncachedError{test.err}} {
			if got := faultOf(err).status; got != test.want {
				t.Errorf("%v: got status %d, want %d", err, got, test.want)
			}
		}
	}
}

// A browser that opens the URL of an image gets an error as a page, in which nothing of the URL is markup. Other clients
// gets text, or JSON.
func TestErrorsInBrowsers(t *testing.T) {
	o := start(t, Config{Originals: newOriginals()})
	const target = "/img/cat.jpg?w=<b>%22"
	for accept, want := range map[string]string{
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8": "text/html; charset=utf-8",
		"image/avif,image/webp,*/*;q=0.8": "text/plain; charset=utf-8",
		"application/json":                "application/json",
		"":                                "text/plain; charset=utf-8",
	} {
		got := o.get(target, "Accept", accept)
		isPage := bytes.HasPrefix(got.body, []byte("<!doctype html>"))
		if got.StatusCode != http.StatusBadRequest || got.Header.Get("Content-Type") != want || isPage != (want[:9] == "text/html") ||
			int(got.ContentLength) != len(got.body) || got.Header.Get("Vary") != "Accept" {
			t.Errorf("%q: got %s, %v, %s", accept, got.Status, got.Header, got.body)
		}
		if !isPage {
			continue
		}
		if !bytes.Contains(got.body, []byte("<h1>w: got &#34;&lt;b&gt;")) || got.Header.Get("Content-Security-Policy") != errorPagePolicy {
			t.Errorf("%q: got %v, %s", accept, got.Header, got.body)
		}
	}
}
