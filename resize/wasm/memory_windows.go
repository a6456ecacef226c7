//go:build amd64 || arm64

package wasm

// reserve returns n bytes that are zero.
func reserve(n int) []byte { return make([]byte, n) }

func giveBack([]byte) {}
