//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"errors"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// An encoder that gets less memory than it wants returns an error, whatever it has made of it.
func TestEncodeWithoutMemory(t *testing.T) {
	photo, o := resizetest.Photo(300, 200), resize.Encoding{Quality: 60}
	for limit := int64(2 << 20); limit <= 5<<20; limit += 3 << 19 {
		_, err := encodeAV1(t.Context(), photo, drawColours, avif420, o, limit)
		if !errors.Is(err, resize.ErrTooLarge) && !errors.Is(err, resize.ErrUnavailable) {
			t.Errorf("%d KiB: got %v", limit>>10, err)
		}
	}
	if _, err := encodeAV1(t.Context(), photo, drawColours, avif420, o, encoderBytes); err != nil {
		t.Error(err)
	}
}

// What the module writes is read with care: it has seen pixels of strangers.
func TestReadAV1(t *testing.T) {
	file := avifFile{colours: av1Image{config: []byte{0x81, 0, 0, 0}, stream: []byte("stream")}}.bytes()
	if m, err := readAV1(file); err != nil || string(m.stream) != "stream" || len(m.config) != 4 {
		t.Errorf("got %+v, %v", m, err)
	}
	for n := range file {
		if m, err := readAV1(file[:n]); err == nil {
			t.Errorf("%d of %d bytes: got %+v", n, len(file), m)
		}
	}
}
