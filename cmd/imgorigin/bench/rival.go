package bench

import "github.com/imgorigin/imgorigin/resize"

// A Rival is another way to make variants: sharp with some settings, or another build of imgorigin.
type Rival struct {
	Name     string // as results call it
	Worker   *Worker
	Settings Settings
}

// Settings are how a rival writes variants, by the name that flags call it.
type Settings string

const (
	Imgorigin    Settings = ""        // as the engine does
	SharpDefault Settings = "sharp"   // as it is by default
	MozJPEG      Settings = "mozjpeg" // with its option of that name, for JPEGs that are smaller and take longer

	// Imgproxy stands for imgproxy 4, which is libvips too: sharp with the defaults of imgproxy, qualities included.
	Imgproxy Settings = "imgproxy"
)

// SharpSettings are those of sharp.
var SharpSettings = []Settings{SharpDefault, MozJPEG, Imgproxy}

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
	all := make([]workerTransform, len(ts))
	for i, t := range ts {
		all[i] = r.Settings.of(t)
	}
	return r.Worker.resize(o, whole, all)
}

// A workerTransform is a transform in a request.
type workerTransform struct {
	Width   int    `json:"width"`
	Format  string `json:"format"`
	Quality int    `json:"quality"` // for sharp as its encoder counts
	MozJPEG bool   `json:"mozjpeg,omitempty"`
	Effort  int    `json:"effort,omitempty"`
	Chroma  string `json:"chromaSubsampling,omitempty"`
}

// of returns a transform with the settings.
func (s Settings) of(t resize.Transform) workerTransform {
	all := workerTransform{Width: t.Width, Format: string(t.Format), Quality: t.Quality, MozJPEG: s == MozJPEG}
	if s == Imgorigin {
		return all
	}
	all.Quality = t.Format.EncoderQuality(t.Quality)
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
