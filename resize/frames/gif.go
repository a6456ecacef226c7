package frames

import (
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// GIF decodes all frames of a GIF, so that they can be displayed one after another.
func GIF(src []byte) (*Animation, error) {
	g, err := gif.DecodeAll(src)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", probe.ErrCorrupt, err)
	}
	return &Animation{Plays: g.Plays(), Frames: func(yield func(*raster.Image, time.Duration) bool) {
		for m, delay := range g.Frames() {
			if !yield(raster.From(m), delay) {
				return
			}
		}
	}}, nil
}
