package main

import (
	"slices"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// engineCodecs returns what this build reads and writes beyond what is plain Go: with a C compiler WebP, with libvips
// HEIC, AVIF, JPEG XL and TIFF.
func engineCodecs() []resize.Codec {
	return slices.Concat(webp.Codecs(), vips.Codecs())
}

// newEngine returns the engine of this build.
func newEngine(limits resize.Limits) *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Limits: limits, Codecs: engineCodecs()})
}
