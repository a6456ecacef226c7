//go:build !(goexperiment.simd && amd64)

package resize

// There are no vectors without GOEXPERIMENT=simd, nor but on amd64.
const (
	hasVectors  = false
	vectorWidth = 1
)

func filterVectors(out []uint8, p plane, first int, weights []int32) {}
