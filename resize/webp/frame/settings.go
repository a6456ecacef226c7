package frame

import (
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize"
)

// MaxSide is the largest width and height of a WebP: the 14 bits that VP8 has for them (WEBP_MAX_DIMENSION).
const MaxSide = 16383

// MaxShows is the largest number of times that a file can ask to be shown. A GIF can ask for one more.
const MaxShows = 65535

// CheckSize returns an error for an image that no file can hold.
func CheckSize(size image.Point) error {
	if size.X < 1 || size.Y < 1 || size.X > MaxSide || size.Y > MaxSide {
		return fmt.Errorf("webp: can't encode %d × %d", size.X, size.Y)
	}
	return nil
}

// The compression method of libwebp is 0, the fastest, to 6, the smallest. At the same quality, four photographs 800 pixels
// wide take 3 to 5 % fewer bytes by method 4 than by 2, 5 to 7 % by 5 and 7 to 10 % by 6, in 2.2, 2.4 and 4.7 times the
// time. Their scores by SSIMULACRA 2 are about the same by 2, 5 and 6; by 4, which decides without trellis quantisation, one
// of them needs 15 % more bytes for its score. Without loss, method 6 takes many times as long as 4 for hardly fewer bytes.
const (
	fastMethod     = 2
	thoroughMethod = 6

	thoroughFrameMethod = 4 // for images without loss, and for frames of animations, of which there are many
)

// Method returns the compression method for an image.
func Method(o resize.Encoding) int {
	if o.Thorough && o.Quality < 100 {
		return thoroughMethod
	}
	return FilmMethod(o)
}

// FilmMethod returns the compression method for a frame of an animation.
func FilmMethod(o resize.Encoding) int {
	if o.Thorough {
		return thoroughFrameMethod
	}
	return fastMethod
}

// fewColours is how many colours a frame of an animation has at most that is encoded without loss too, as in libwebp
// (MAX_COLORS_LOSSLESS).
const fewColours = 194

// HasFewColours reports whether a frame of an animation may be smaller without loss.
func HasFewColours(m *image.NRGBA) bool {
	known := make(map[[4]uint8]struct{}, fewColours)
	for y := range m.Rect.Dy() {
		var left [4]uint8
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) > 0; row = row[4:] {
			c := [4]uint8(row)
			if c == left && len(known) > 0 {
				continue
			}
			left = c
			if known[c] = struct{}{}; len(known) > fewColours {
				return false
			}
		}
	}
	return true
}

// RoundAlpha rounds the alpha of an image that will be lossy to multiples of 3, which keeps 0 and 255: libwebp codes 86 levels twice
// as fast as 256, see libwebp.h of package webp.
func RoundAlpha(a uint8) uint8 { return uint8((int(a) + 1) / 3 * 3) }
