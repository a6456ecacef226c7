//go:build goexperiment.simd && amd64 && !go1.27

package plane

import "simd/archsimd"

// These functions of simd/archsimd have other names from Go 1.27 on.

func loadOrder(from *[32]int8) archsimd.Int8x32 { return archsimd.LoadInt8x32(from) }

func loadWords(from *[8]uint32) archsimd.Uint32x8 { return archsimd.LoadUint32x8(from) }

// load16 loads samples and widens them to 16 bits.
func load16(from *[16]uint8) archsimd.Int16x16 {
	return archsimd.LoadUint8x16(from).ExtendToUint16().AsInt16x16()
}

func store(x archsimd.Uint8x32, to *[vectorWidth]uint8) { x.Store(to) }
