//go:build vips && cgo

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// libvips decodes in processes without access to files, too: its modules are loaded before they give it up.
func TestIsolateVips(t *testing.T) {
	const samples = "../../resize/vips/testdata"
	address, _ := program(t, "dev", "--isolate", "--cache", "none", samples)
	n := 0
	err := fs.WalkDir(os.DirFS(samples), ".", func(name string, d fs.DirEntry, err error) error {
		switch filepath.Ext(name) {
		case ".heic", ".avif", ".jxl":
		default:
			return err
		}
		n++
		for _, format := range []resize.Format{resize.JPEG, resize.AVIF} {
			response, body := get(t, address+"/img/"+name+"?w=16&q=60&fm="+string(format)) // without q, a WebP would be smaller than such an AVIF
			if response.StatusCode != 200 || resize.Detect(body) != format {
				t.Errorf("%s as %s: got %s, %.100q", name, format, response.Status, body)
			}
		}
		return err
	})
	if err != nil || n < 5 {
		t.Errorf("got %d samples, %v", n, err)
	}
}
