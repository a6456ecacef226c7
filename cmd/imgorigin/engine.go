package main

import (
	"slices"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// engineCodecs returns the codecs that this build has beyond those in plain Go: HEIC, AVIF, WebP and SVG in WebAssembly, WebP with
// a C compiler; HEIC, AVIF, JPEG XL and the rarer kinds of TIFF with libvips. Each is faster than those before it, and of
// two for a format the last is used.
func engineCodecs() []resize.Codec {
	return slices.Concat(wasm.Codecs(), webp.Codecs(), vips.Codecs())
}

// newEngine returns an engine with the codecs of this build.
func newEngine(limits resize.Limits) *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Limits: limits, Codecs: engineCodecs()})
}
