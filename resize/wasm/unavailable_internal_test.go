//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"errors"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// What the system refuses is not an error of the image, and the next image may get it.
func TestUnavailable(t *testing.T) {
	if _, err := newModule("a module", []byte("damaged")).start(t.Context(), decoderBytes); !isOfSystem(err) {
		t.Errorf("a module that can't be translated: got %v", err)
	}
	translated, err := avifDecoder.program() // once for all tests
	if err != nil {
		t.Fatal(err)
	}
	m := &module{name: "libavif", translated: translated}
	m.reserve = func(int) []byte { return nil }
	if _, err := m.start(t.Context(), decoderBytes); !isOfSystem(err) {
		t.Errorf("memory that can't be reserved: got %v", err)
	}
	m.reserve = reserve
	if _, err := m.start(t.Context(), page); !isOfSystem(err) {
		t.Errorf("a module that does not begin: got %v", err)
	}
	i, err := m.start(t.Context(), decoderBytes)
	if err != nil {
		t.Fatal(err)
	}
	i.close()
}

func isOfSystem(err error) bool {
	return errors.Is(err, resize.ErrUnavailable) && !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrTooLarge)
}
