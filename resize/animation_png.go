package resize

import (
	"time"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// maxPlays is more often than anybody watches. Other formats count no further.
const maxPlays = 65535

// readPNGAnimation finds the frames of an animated PNG, which are decoded one after another.
func readPNGAnimation(src []byte) (*animation, error) {
	file, err := png.DecodeAll(src)
	if err != nil {
		return nil, corrupt(err)
	}
	icc := probe.PNGProfile(src)
	const colorType, color = 25, 2 // PNG, 11.2.1
	isGrey := src[colorType]&color == 0
	a := &animation{plays: min(file.Plays(), maxPlays)}
	a.frames = func(yield func(*raster.Image, time.Duration) bool) {
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
