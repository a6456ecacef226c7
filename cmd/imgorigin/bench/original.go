package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// An Original is an image to measure with.
type Original struct {
	Name          string
	Body          []byte
	Width, Height int // as displayed

	orientation int
}

// NewOriginal reads the header of an image.
func NewOriginal(name string, body []byte) (Original, error) {
	h, err := resize.ProbeBytes(body)
	if err != nil {
		return Original{}, fmt.Errorf("%s: %w", name, err)
	}
	w, height := h.Displayed()
	return Original{Name: name, Body: body, Width: w, Height: height, orientation: h.Orientation}, nil
}

// Load reads the images in a folder whose format is wanted, ordered by name. It skips other files.
func Load(folder string, wanted func(resize.Format) bool) ([]Original, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var originals []Original
	for _, entry := range entries {
		if !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		if h, err := resize.ProbeBytes(body); err != nil || !wanted(h.Format) {
			continue
		}
		o, err := NewOriginal(entry.Name(), body)
		if err != nil {
			return nil, err
		}
		originals = append(originals, o)
	}
	if len(originals) == 0 {
		return nil, fmt.Errorf("%s: no image in it", folder)
	}
	return originals, nil
}
