package main

import (
	"github.com/alecthomas/units"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
)

// imageFlags are the flags that every command which makes images shares.
type imageFlags struct {
	urlFlags       `embed:""`
	engineFlags    `embed:""`
	memoryFlags    `embed:""`
	admissionFlags `embed:""`
	logFlags       `embed:""`
}

func (f imageFlags) configure(c *server.Config) {
	configure(c, f.urlFlags, f.engineFlags, f.memoryFlags, f.admissionFlags)
}

// limitFlags bound the originals that are decoded.
type limitFlags struct {
	MaxPixels          int64            `group:"pictures" default:"100000000" help:"Largest original, in pixels of one frame."`
	MaxAnimationPixels int64            `group:"pictures" default:"50000000" help:"Frames × pixels above which only the first frame of an animation is kept."`
	MaxBytes           units.Base2Bytes `group:"pictures" default:"100MiB" help:"Largest original, in bytes."`
}

func (f limitFlags) limits() resize.Limits {
	return resize.Limits{Pixels: f.MaxPixels, AnimationPixels: f.MaxAnimationPixels}
}

func (f limitFlags) configure(c *server.Config) {
	c.Limits.Image, c.Limits.Bytes = f.limits(), int64(f.MaxBytes)
}

// engineFlags say how images are decoded and encoded.
type engineFlags struct {
	limitFlags `embed:""`

	Lenient bool `group:"pictures" help:"Show what there is of JPEGs that end early or are damaged, the rest grey, in place of a 422."`

	FormatQuality formatQuality `group:"pictures" default:"jpeg=80,webp=78,avif=60" placeholder:"FORMAT=N,…" help:"Quality of each lossy format, 1…100, where the URL says none; of what is made from now on."`
	Progressive   bool          `group:"pictures" help:"Write JPEGs progressively: 1 to 2 per cent smaller, and seen sooner on a slow line; clients take longer to decode them."`

	Isolate bool `group:"pictures" help:"Decode in processes of their own, which have no files, network or credentials: a picture that crashes one costs only its own request."`
}

// configure sets an engine of this process. With --isolate, isolate replaces it.
func (f engineFlags) configure(c *server.Config) {
	f.limitFlags.configure(c)
	c.Engine = f.engine(false)
}

// engine returns an engine that decodes in this process. A thorough engine takes more time to make smaller files.
func (f engineFlags) engine(thorough bool) *resize.Portable {
	return resize.NewEngine(f.engineConfig(thorough))
}

func (f engineFlags) engineConfig(thorough bool) resize.EngineConfig {
	return resize.EngineConfig{
		Limits: f.limits(), Quality: resize.Quality(f.FormatQuality), Codecs: engineCodecs(),
		Thorough: thorough, Lenient: f.Lenient, Progressive: f.Progressive,
	}
}
