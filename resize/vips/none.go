//go:build !vips || !cgo

package vips

import "github.com/imgorigin/imgorigin/resize"

// Codecs returns what this build can do, which is nothing.
func Codecs() []resize.Codec { return nil }

// Start has nothing to start.
func Start() error { return nil }
