//go:build !(goexperiment.simd && (amd64 || (arm64 && go1.27)))

package plane

// Vectors need GOEXPERIMENT=simd and amd64, or arm64 and Go 1.27: the simd/archsimd of Go 1.26 is for amd64 alone.
const (
	hasVectors    = false
	vectorKernels = ""
	vectorWidth   = 1
)

func filterVectors(out []uint8, p Plane, first int, weights []int32) {}
