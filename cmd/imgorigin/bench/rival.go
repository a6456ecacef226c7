package bench

import "github.com/imgorigin/imgorigin/resize"

// A Rival is another way to make variants: sharp with some settings.
type Rival struct {
	Sharp    *Sharp
	Settings Settings
}

// Settings are how sharp writes variants, by the name that results and flags call the rival.
type Settings string

const (
	SharpDefault Settings = "sharp"   // as it is by default
	MozJPEG      Settings = "mozjpeg" // with its option of that name, for JPEGs that are smaller and take longer

	// Imgproxy stands for imgproxy 4, which is libvips too: sharp with the defaults of imgproxy, qualities included.
	Imgproxy Settings = "imgproxy"
)

// AllSettings are those that there are.
var AllSettings = []Settings{SharpDefault, MozJPEG, Imgproxy}

// Name is what results call the rival.
func (r Rival) Name() string { return string(r.Settings) }

// writes reports whether the rival makes all of these variants.
func (r Rival) writes(ts []resize.Transform) bool {
	for _, t := range ts {
		if r.Settings == MozJPEG && t.Format != resize.JPEG {
			return false
		}
	}
	return true
}

func (r Rival) resize(o *Original, whole bool, ts []resize.Transform) (Cost, [][]byte, error) {
	all := make([]sharpTransform, len(ts))
	for i, t := range ts {
		all[i] = r.Settings.of(t)
	}
	return r.Sharp.resize(o, whole, all)
}

// A sharpTransform is a transform in a request.
type sharpTransform struct {
	Width   int    `json:"width"`
	Format  string `json:"format"`
	Quality int    `json:"quality"` // as the encoder counts
	MozJPEG bool   `json:"mozjpeg,omitempty"`
	Effort  int    `json:"effort,omitempty"`
	Chroma  string `json:"chromaSubsampling,omitempty"`
}

// of returns a transform with the settings.
func (s Settings) of(t resize.Transform) sharpTransform {
	all := sharpTransform{Width: t.Width, Format: string(t.Format), Quality: t.Format.EncoderQuality(t.Quality), MozJPEG: s == MozJPEG}
	if s != Imgproxy {
		return all
	}
	switch t.Format { // by NewDefaultConfig of its packages processing and vips, and vips_…save_go
	case resize.JPEG:
		all.Quality = 80
	case resize.WebP:
		all.Quality, all.Effort = 79, 4
	case resize.AVIF:
		all.Quality, all.Effort, all.Chroma = 63, 1, "4:2:0" // speed 8
	}
	return all
}
