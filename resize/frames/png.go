package frames

import (
	"time"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// maxPlays is more often than anybody watches. Other formats count no further.
const maxPlays = 65535

// PNG finds the frames of an animated PNG, which are decoded one after another.
func PNG(src []byte) (*Animation, error) {
	file, err := png.DecodeAll(src)
	if err != nil {
		return nil, err
	}
	icc := probe.PNGProfile(src)
	const colorType, color = 25, 2 // PNG, 11.2.1
	isGrey := src[colorType]&color == 0
	a := &Animation{Plays: min(file.Plays(), maxPlays)}
	a.Frames = func(yield func(*raster.Image, time.Duration) bool) {
		for m, delay := range file.Frames() {
			r := raster.From(m)
			r.ICC, r.GreyFile = icc, isGrey
			if !yield(r, delay) {
				return
			}
		}
		a.err = file.Err()
	}
	return a, nil
}
