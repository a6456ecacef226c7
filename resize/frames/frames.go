// Package frames reads animations: what is displayed at each frame, and for how long.
//
// A frame of a file may be a part of the canvas, drawn over what was there, and be cleared away after it. Readers of this package
// see none of that: each frame is the whole image. All but a GIF are decoded frame by frame, so that a long animation takes no more
// memory than a short one.
package frames

import (
	"iter"
	"time"

	"github.com/imgorigin/imgorigin/resize/raster"
)

// An Animation is an animated image that is being read. Its frames are iterated over again for each pass.
type Animation struct {
	Plays int // how many times it is played; 0 is for ever

	// Frames yields what is displayed at each frame, and for how long. The image is valid until the next frame.
	Frames iter.Seq2[*raster.Image, time.Duration]

	err error
}

// Err returns why the frames that were yielded last ended early, because the rest can't be read. It is nil if they did not.
func (a *Animation) Err() error { return a.err }
