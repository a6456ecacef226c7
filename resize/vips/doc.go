// Package vips reads and writes what plain Go can't, by libvips: it reads HEIC, AVIF, JPEG XL and TIFF and writes AVIF.
// It is a codec and no more:
//
//	src ──► resize.ProbeBytes ──► libvips ──► 8 bits, of at least twice the size that is asked for ──► resize
//	        size and limits,      loads
//	        in Go
//
// Geometry, orientation, limits and colours stay with package resize; libvips hands over pixels and the ICC profile.
// It never guesses a format: a loader is called by name, and all but those of these formats are blocked. It works on
// one thread, caches nothing, and returns its memory after every picture.
//
// It needs libvips 8.14 or later with its headers (libvips-dev), cgo, and the build tag vips. Without them it has
// nothing to offer, and says so.
package vips
