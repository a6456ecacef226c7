package resize

import (
	"fmt"

	"github.com/imgorigin/imgorigin/resize/bmp"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// decodeICO decodes the largest image in an icon.
func decodeICO(src []byte) (*raster, error) {
	entry, isPNG := probe.ICOImage(src)
	if entry == nil {
		return nil, fmt.Errorf("%w: an icon that ends before its largest image", ErrCorrupt)
	}
	if isPNG {
		return decodePNG(entry)
	}
	m, err := bmp.DecodeIcon(entry)
	if err != nil {
		return nil, err
	}
	return fromImage(m), nil
}
