//go:build goexperiment.simd && amd64 && go1.27

package plane

import "simd/archsimd"

// These functions of simd/archsimd have other names before Go 1.27.

func loadOrder(from *[32]int8) archsimd.Int8x32 { return archsimd.LoadInt8x32Array(from) }

func loadWords(from *[8]uint32) archsimd.Uint32x8 { return archsimd.LoadUint32x8Array(from) }

// load16 loads samples and widens them to 16 bits.
func load16(from *[16]uint8) archsimd.Int16x16 {
	return archsimd.LoadUint8x16Array(from).ExtendToUint16().AsInt16x16()
}

func store(x archsimd.Uint8x32, to *[vectorWidth]uint8) { x.StoreArray(to) }
