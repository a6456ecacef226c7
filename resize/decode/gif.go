package decode

import (
	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// GIF decodes the first frame.
func GIF(src []byte) (*raster.Image, error) {
	m, err := gif.Decode(src)
	if err != nil {
		return nil, err
	}
	return raster.From(m), nil
}
