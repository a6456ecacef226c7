//go:build vips && cgo

package vips

// DecodeError is decodeError, for tests.
var DecodeError = decodeError
