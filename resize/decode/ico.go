package decode

import (
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/bmp"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// ICO decodes the largest image in an icon.
func ICO(src []byte) (*raster.Image, error) {
	entry, rest, isPNG := probe.ICOImage(src)
	if entry == nil {
		return nil, fmt.Errorf("%w: an icon that ends before its largest image", probe.ErrCorrupt)
	}
	if isPNG {
		return PNG(rest)
	}
	m, err := bmp.DecodeIcon(entry)
	if errors.Is(err, bmp.ErrShort) { // the directory may claim fewer bytes than there are, which browsers don't mind
		m, err = bmp.DecodeIcon(rest)
	}
	if err != nil {
		return nil, err
	}
	return raster.From(m), nil
}
