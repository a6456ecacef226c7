//go:build !vips || !cgo

package vips

import "github.com/imgorigin/imgorigin/resize"

// Codecs returns nil: there is no libvips in this build.
func Codecs() []resize.Codec { return nil }

// Start does nothing and returns nil: there is no libvips in this build.
func Start() error { return nil }
