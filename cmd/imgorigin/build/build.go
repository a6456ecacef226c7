// Package build says what this build of the program is: its version, and the formats that it reads and writes.
//
//	every build      the formats that resize has codecs for, in plain Go
//	most systems     HEIC, AVIF, WebP and SVG by libraries in WebAssembly
//	a C compiler     WebP by libwebp
//	-tags vips       HEIC, AVIF, JPEG XL and the rarer kinds of TIFF by libvips
//
// Every command takes its engine from here, so that the formats that one command prints are those that the others read and write.
package build

import (
	"runtime/debug"
	"slices"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// Codecs returns the codecs that this build has beyond those in plain Go. Each is faster than those before it, and of two for a
// format the last is used.
func Codecs() []resize.Codec {
	return slices.Concat(wasm.Codecs(), webp.Codecs(), vips.Codecs())
}

// NewEngine returns an engine with the codecs of this build.
func NewEngine(limits resize.Limits) *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Limits: limits, Codecs: Codecs()})
}

// Version returns the module's version, or one with the commit, as the Go command has recorded it in the program.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
