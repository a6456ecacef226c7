//go:build !cgo

package webp

import "github.com/imgorigin/imgorigin/resize"

// Codecs returns nil: without cgo there is no libwebp.
func Codecs() []resize.Codec { return nil }

// Decoders returns nil, too.
func Decoders() []resize.Codec { return nil }
