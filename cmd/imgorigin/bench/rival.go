package bench

import "github.com/imgorigin/imgorigin/resize"

// A Rival is another way to make variants: sharp as it is by default, or with its option mozjpeg, which writes JPEGs that
// are smaller and take longer.
type Rival struct {
	Sharp   *Sharp
	MozJPEG bool
}

// Name is what results call the rival, and flags.
func (r Rival) Name() string {
	if r.MozJPEG {
		return "mozjpeg"
	}
	return "sharp"
}

// writes reports whether the rival makes all of these variants.
func (r Rival) writes(ts []resize.Transform) bool {
	for _, t := range ts {
		if r.MozJPEG && t.Format != resize.JPEG {
			return false
		}
	}
	return true
}

func (r Rival) resize(o *Original, whole bool, ts []resize.Transform) (Cost, [][]byte, error) {
	return r.Sharp.resize(o, whole, r.MozJPEG, ts)
}
