package settings

import (
	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
)

// ImageFlags are the flags that every command which makes images shares.
type ImageFlags struct {
	URLFlags       `embed:""`
	EngineFlags    `embed:""`
	MemoryFlags    `embed:""`
	AdmissionFlags `embed:""`
	LogFlags       `embed:""`
}

// Configure implements [Configurer].
func (f ImageFlags) Configure(c *server.Config) {
	Configure(c, f.URLFlags, f.EngineFlags, f.MemoryFlags, f.AdmissionFlags)
}

// LimitFlags bound the originals that are decoded.
type LimitFlags struct {
	MaxPixels          int64            `min:"1" group:"images" default:"100000000" help:"Largest original, in pixels of one frame; larger ones are answered 422."`
	MaxAnimationPixels int64            `min:"1" group:"images" default:"50000000" help:"Largest animation, in pixels of all frames; of a larger one only the first frame is shown."`
	MaxBytes           units.Base2Bytes `min:"1B" group:"images" default:"100MiB" help:"Largest original, in bytes; larger ones are answered 422."`
}

// Limits returns the limits of an engine.
func (f LimitFlags) Limits() resize.Limits {
	return resize.Limits{Pixels: f.MaxPixels, AnimationPixels: f.MaxAnimationPixels}
}

// Configure implements [Configurer].
func (f LimitFlags) Configure(c *server.Config) {
	c.Limits.Image, c.Limits.Bytes = f.Limits(), int64(f.MaxBytes)
}

// EngineFlags say how images are decoded and encoded.
type EngineFlags struct {
	LimitFlags `embed:""`

	Lenient bool `group:"images" help:"Show what can be decoded of truncated or damaged JPEGs, with the rest in grey, instead of answering 422."`

	SVG string `common:"" group:"images" default:"refuse" enum:"refuse,draw" help:"What to do with originals in SVG: refuse answers 415, draw resizes them like any other original. Scripts do not run, and nothing that they refer to is fetched."`

	FormatQuality FormatQuality `common:"" group:"images" placeholder:"FORMAT=N,..." help:"Quality of each lossy format, 1…100, for URLs that give none. Default: 65 for all, which look alike. Existing variants stay as they are."`
	QualityScale  string        `group:"images" default:"common" enum:"common,encoder" help:"What a quality means: the same look in all formats (common), or the number of each format's encoder (encoder), with defaults of jpeg=80,webp=78,avif=60."`
	AutoQuality   AutoQuality   `group:"images" default:"good" placeholder:"TARGET" help:"How good images with q=auto look: low, eco, good or best."`
	Progressive   bool          `group:"images" help:"Write all JPEGs progressive, not only those that nobody waits for: 2 to 4 per cent smaller and visible sooner on a slow connection, but slower to decode."`

	Isolate bool `common:"" group:"images" help:"Decode in separate processes without files, network or credentials. An image that crashes a decoder costs only its own request."`
}

// Configure sets an engine of this process. With --isolate, isolate replaces it.
// Configure implements [Configurer].
func (f EngineFlags) Configure(c *server.Config) {
	f.LimitFlags.Configure(c)
	c.Engine = f.Engine(false)
}

// Engine returns an engine that decodes in this process. A thorough engine takes more time to make smaller files.
func (f EngineFlags) Engine(thorough bool) *resize.Portable {
	return resize.NewEngine(f.EngineConfig(thorough))
}

// EngineConfig is the configuration of [EngineFlags.Engine].
func (f EngineFlags) EngineConfig(thorough bool) resize.EngineConfig {
	return resize.EngineConfig{
		Limits: f.Limits(), Quality: resize.Quality(f.FormatQuality), EncoderScale: f.QualityScale == "encoder", AutoScore: float64(f.AutoQuality),
		Codecs: build.Codecs(), Thorough: thorough, Lenient: f.Lenient, Progressive: f.Progressive, SVG: f.SVG == "draw",
	}
}
