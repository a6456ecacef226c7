//go:build !(goexperiment.simd && amd64)

package jpeg

// hasVectors is false without GOEXPERIMENT=simd and on other processors than amd64, so that the functions below, whose
// other versions are in vectors_avx2.go, are never called.
const hasVectors = false

func (b *block) inverse8Vectors(dst []uint8, stride int)   {}
func (s *spectrum) fdctVectors(pix []uint8, stride int)    {}
func (q *quantiser) nonzeroVectors(s *spectrum) (_ uint64) { return 0 }
