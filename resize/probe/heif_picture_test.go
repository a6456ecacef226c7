package probe_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// A HEIC without a box for its colours has those of its HEVC stream.
func TestColoursOfHEVC(t *testing.T) {
	for _, test := range []struct {
		path   string
		matrix uint8
		full   bool
	}{
		{"vips/testdata/photo.heic", 6, true},
		{"vips/testdata/large.heic", 6, true},
		{"wasm/testdata/limited.heic", 1, false},
	} {
		src, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(test.path)))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(src, []byte("nclx")) {
			t.Errorf("%s: it has a box for its colours", test.path)
		}
		p, err := probe.ReadHEIFPicture(src)
		if err != nil || p.Matrix != test.matrix || p.Full != test.full {
			t.Errorf("%s: got matrix %d, full range %v, %v, want %d, %v", test.path, p.Matrix, p.Full, err, test.matrix, test.full)
		}
	}
}
