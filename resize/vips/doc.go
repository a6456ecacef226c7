// Package vips decodes HEIC, AVIF, JPEG XL and TIFF with libvips, and encodes AVIF with libheif, which comes with it: the
// formats for which there is no good implementation in Go, or as of TIFF only one of the common kinds. It is a codec for
// package resize:
//
//	engine := resize.NewEngine(resize.EngineConfig{Codecs: vips.Codecs()})
//
//	src ──► resize.ProbeBytes ──► libvips ──► samples of 8 bits, at least twice the size of the variants ──► resize
//	        size and limits
//
// Package resize does the geometry, orientation, limits and colours; libvips returns pixels and the ICC profile. It is
// never left to guess a format: loaders are called by name, and all but those of these formats are blocked. It runs on
// the calling thread, caches nothing, and its memory is returned to the system after each image.
//
// The package needs libvips 8.14 or later with its headers and those of libheif (libvips-dev on Debian brings both), cgo, and the
// build tag vips.
// Without them, [Codecs] returns nothing, and an engine neither decodes nor encodes these formats.
package vips
