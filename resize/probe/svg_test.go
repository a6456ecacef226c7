package probe_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// FuzzSVG checks that the text of a drawing claims the size in its header.
func FuzzSVG(f *testing.F) {
	drawing := []byte(`<?xml version="1.0"?><!-- a --><!DOCTYPE svg [<!ENTITY e "x">]>` +
		`<svg xmlns="http://www.w3.org/2000/svg" width='2in' height = "1e1mm" viewBox="0,0 3 4"><path d="M0 0"/></svg>`)
	f.Add(drawing)
	f.Add([]byte(`<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 24 12"/>`))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="100%"/>`))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(drawing) // into memory
	w.Close()
	f.Add(packed.Bytes())
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := probe.SVG(src)
		if err != nil {
			return
		}
		if h.Width < 1 || h.Height < 1 || !(h.Ratio > 0) {
			t.Errorf("got %+v", h)
		}
		text, err := probe.SVGText(src)
		if err != nil {
			return
		}
		if limit := probe.SVGLimit(int64(len(src)), h.Packed); int64(len(text)) > limit+100 {
			t.Errorf("got a text of %d bytes, want at most %d and the size", len(text), limit)
		}
		again, err := probe.SVG(text)
		if err != nil || again.Width != h.Width || again.Height != h.Height {
			t.Errorf("got %+v, %v of %q, want %+v", again, err, text, h)
		}
	})
}

// TestGzipOfAnImage checks that the refusal of an image which gzip has compressed says so, instead of where its bytes are no XML.
func TestGzipOfAnImage(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("\xff\xd8\xff\xe0\x00\x10JFIF")) // into memory
	w.Close()
	if _, err := probe.SVG(packed.Bytes()); !errors.Is(err, probe.ErrUnsupported) || !strings.Contains(err.Error(), "gzip") {
		t.Errorf("got %v", err)
	}
}
