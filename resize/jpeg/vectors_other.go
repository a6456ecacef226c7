//go:build !(goexperiment.simd && amd64)

package jpeg

// There are no vectors without GOEXPERIMENT=simd, nor but on amd64.
const hasVectors = false

func (b *block) inverse8Vectors(dst []uint8, stride int)   {}
func (s *spectrum) fdctVectors(pix []uint8, stride int)    {}
func (q *quantiser) nonzeroVectors(s *spectrum) (_ uint64) { return 0 }
