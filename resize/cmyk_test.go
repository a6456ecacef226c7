package resize_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Inks come out as the standard library has them, whether they were stored as they are or as luma and chroma.
func TestInks(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for name, transform := range map[string]string{"CMYK": "\x00", "YCCK": "\x02"} {
		src := resizetest.WithSegment(src, 0xee, "Adobe\x00\x64\x00\x00\x00\x00"+transform)
		out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		if db := resizetest.PSNR(resizetest.Decode(out[0]), resizetest.Decode(src)); db < 40 {
			t.Errorf("%s: got %.1f dB", name, db)
		}
	}
}
