package probe_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// A HEIC without a box for its colours has those of its HEVC stream, which encoders write into both.
func TestColoursOfHEVC(t *testing.T) {
	for _, name := range []string{"photo.heic", "large.heic"} {
		src, err := os.ReadFile(filepath.Join("..", "vips", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		named, err := probe.ReadHEIFPicture(src)
		if err != nil {
			t.Fatal(err)
		}
		unnamed, err := probe.ReadHEIFPicture(bytes.ReplaceAll(src, []byte("nclx"), []byte("none")))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: matrix %d, full %v", name, named.Matrix, named.Full)
		if unnamed.Matrix != named.Matrix || unnamed.Full != named.Full || named.Matrix == 2 {
			t.Errorf("%s: got matrix %d, full range %v of the stream, want %d, %v",
				name, unnamed.Matrix, unnamed.Full, named.Matrix, named.Full)
		}
	}
}
