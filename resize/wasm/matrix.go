//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"image"
	"math"
)

// luminances are the weights of red and blue in luma, by the code points of matrices (ISO/IEC 23091-2, 8.3).
var luminances = map[uint8][2]float64{
	1: {0.2126, 0.0722}, // BT.709
	4: {0.30, 0.11},
	7: {0.212, 0.087},
	9: {0.2627, 0.0593}, // BT.2020
}

// toJFIF converts luma and chroma of a matrix to those of BT.601, which is that of JFIF. Matrices that are not in the
// table are that already, or are taken for it, as libheif does.
func toJFIF(m *image.YCbCr, matrix uint8, full bool) {
	weights, ok := luminances[matrix]
	if !ok {
		return
	}
	c := conversion(weights[0], weights[1])
	if !full { // luma has 219 steps then, and chroma 224
		c[0][1], c[0][2] = c[0][1]*219/224, c[0][2]*219/224
	}
	convertLuma(m, c[0])
	for i, cb := range m.Cb {
		x, y := float64(cb)-128, float64(m.Cr[i])-128
		m.Cb[i], m.Cr[i] = level(128+c[1][1]*x+c[1][2]*y), level(128+c[2][1]*x+c[2][2]*y)
	}
}

// convertLuma adds what chroma contributes to luma by a row of a conversion.
func convertLuma(m *image.YCbCr, row [3]float64) {
	const steps = 1 << 16
	x, y := int(math.Round(row[1]*steps)), int(math.Round(row[2]*steps))
	for py := range m.Rect.Dy() {
		luma := m.Y[py*m.YStride:][:m.Rect.Dx()]
		for px, v := range luma {
			at := m.COffset(px, py)
			sum := int(v)*steps + x*(int(m.Cb[at])-128) + y*(int(m.Cr[at])-128) + steps/2
			luma[px] = uint8(min(max(sum>>16, 0), 255))
		}
	}
}

func level(v float64) uint8 { return uint8(min(max(math.Round(v), 0), 255)) }

// conversion returns the matrix that converts (Y, Cb, Cr) of a luma with weights of red and blue to those of BT.601.
func conversion(red, blue float64) (c [3][3]float64) {
	const r601, b601 = 0.299, 0.114
	for i := range 3 {
		var in [3]float64
		in[i] = 1
		r := in[0] + 2*(1-red)*in[2]
		b := in[0] + 2*(1-blue)*in[1]
		g := (in[0] - red*r - blue*b) / (1 - red - blue)
		luma := r601*r + (1-r601-b601)*g + b601*b
		c[0][i], c[1][i], c[2][i] = luma, (b-luma)/(2*(1-b601)), (r-luma)/(2*(1-r601))
	}
	return c
}
