//go:build !(goexperiment.simd && (amd64 || (arm64 && go1.27)))

package jpeg

// hasVectors is false without GOEXPERIMENT=simd, on other processors than amd64 and arm64, and on arm64 before Go 1.27,
// whose simd/archsimd is the first for it. So the functions below, whose other versions are in vectors_avx2.go,
// vectors_neon.go and vectors_small.go, are never called.
const hasVectors = false

func (b *block) inverse8Vectors(dst []uint8, stride int)   {}
func (b *block) inverse4Vectors(dst []uint8, stride int)   {}
func (b *block) inverse3Vectors(dst []uint8, stride int)   {}
func (s *spectrum) fdctVectors(pix []uint8, stride int)    {}
func (q *quantiser) nonzeroVectors(s *spectrum) (_ uint64) { return 0 }
