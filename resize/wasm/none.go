//go:build !((amd64 || arm64) && (linux || darwin || freebsd || windows))

package wasm

import "github.com/imgorigin/imgorigin/resize"

// Codecs returns nil: modules can't be translated for this processor or system.
func Codecs() []resize.Codec { return nil }

// KeepTranslations does nothing here.
func KeepTranslations(string) error { return nil }
