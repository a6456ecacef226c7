package decode

import (
	"github.com/imgorigin/imgorigin/resize/bmp"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// BMP decodes a bitmap of Windows or OS/2.
func BMP(src []byte) (*raster.Image, error) {
	m, err := bmp.Decode(src)
	if err != nil {
		return nil, err
	}
	r := raster.From(m)
	r.ICC = bmp.Profile(src)
	return r, nil
}
