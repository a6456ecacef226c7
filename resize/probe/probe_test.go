package probe_test

import (
	"errors"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestPrefixes gives each function all beginnings of a file: it asks for more until it can answer, and then always
// answers the same.
func TestPrefixes(t *testing.T) {
	seeds := resizetest.Seeds()
	for name, read := range map[string]func([]byte) (probe.Header, error){
		"JPEG": probe.JPEG, "PNG": probe.PNG, "BMP": probe.BMP,
		"WebP, lossy": probe.WebP, "WebP, lossy with alpha": probe.WebP, "WebP, lossless": probe.WebP,
	} {
		whole, err := read(seeds[name])
		if err != nil || whole.Width < 16 || whole.Height < 16 {
			t.Errorf("%s: got %+v, %v", name, whole, err)
		}
		known := false
		for n := range len(seeds[name]) {
			h, err := read(seeds[name][:n])
			isShort := errors.Is(err, probe.ErrShort)
			if known = known || err == nil; known && (err != nil || h != whole) || !known && !isShort {
				t.Errorf("%s cut to %d bytes: got %+v, %v, want %+v", name, n, h, err, whole)
				break
			}
		}
		if !known {
			t.Errorf("%s: needs all of it", name)
		}
	}
}
