//go:build !(goexperiment.simd && amd64)

package plane

// Vectors need GOEXPERIMENT=simd and amd64.
const (
	hasVectors  = false
	vectorWidth = 1
)

func filterVectors(out []uint8, p Plane, first int, weights []int32) {}
