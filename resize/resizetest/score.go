package resizetest

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
)

// Score returns the score of a variant by SSIMULACRA 2.
func Score(t *testing.T, e resize.Engine, variant []byte, want quality.Picture) float64 {
	t.Helper()
	pixels, err := e.Resize(t.Context(), variant, resize.Transform{Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(pixels[0]))
	if err != nil {
		t.Fatal(err)
	}
	return quality.SSIMULACRA2(want, quality.Colour(m))
}
