//go:build goexperiment.simd && amd64 && !go1.27

package jpeg

import "simd/archsimd"

// Operations that have other names in the simd/archsimd of Go 1.27 and later: see vectors_go127.go.

func loadBytes(from *[32]uint8) archsimd.Uint8x32 { return archsimd.LoadUint8x32(from) }

func loadInts(from *[8]int32) archsimd.Int32x8 { return archsimd.LoadInt32x8(from) }

func storeBytes(x archsimd.Uint8x32, to *[32]uint8) { x.Store(to) }

func storeWords(x archsimd.Int64x4, to *[4]int64) { x.Store(to) }

// lowHalves returns the lower half of x and, above it, the lower half of y.
func lowHalves(x, y archsimd.Int64x4) archsimd.Int64x4 { return x.Select128FromPair(0, 2, y) }

// highHalves returns the upper half of x and, above it, the upper half of y.
func highHalves(x, y archsimd.Int64x4) archsimd.Int64x4 { return x.Select128FromPair(1, 3, y) }

func loadQuad(from *[16]uint8) archsimd.Int32x4 { return archsimd.LoadUint8x16(from).AsInt32x4() }

func (f *factor) quad() archsimd.Int32x4 { return archsimd.LoadInt32x4((*[4]int32)(f[:4])) }
