package colour

import (
	"encoding/binary"
	"math"
)

// readCurve fills table with a curve of type curv or para (ICC.1, 10.6 and 10.18), and reports whether it could.
func readCurve(tag []byte, table *[256]float32) bool {
	if len(tag) < 12 {
		return false
	}
	var curve func(x float64) float64
	switch string(tag[:4]) {
	case "curv":
		curve = sampled(tag[12:], int64(binary.BigEndian.Uint32(tag[8:])))
	case "para":
		curve = parametric(tag[12:], binary.BigEndian.Uint16(tag[8:]))
	}
	if curve == nil {
		return false
	}
	for i := range table {
		y := curve(float64(i) / 255)
		if math.IsNaN(y) {
			return false
		}
		table[i] = float32(min(max(y, 0), 1))
	}
	return true
}

// sampled returns a curve of type curv: n numbers of 16 bits. None is the identity, and a single number is a gamma. It
// returns nil if b is too short.
func sampled(b []byte, n int64) func(float64) float64 {
	switch {
	case n == 0:
		return func(x float64) float64 { return x }
	case n*2 > int64(len(b)):
		return nil
	case n == 1:
		gamma := float64(binary.BigEndian.Uint16(b)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }
	}
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(b[2*i:])) / 65535 }
	return func(x float64) float64 {
		x *= float64(n - 1)
		i := min(int(x), int(n)-2)
		return at(i) + (x-float64(i))*(at(i+1)-at(i))
	}
}

// parametric returns a curve of type para by its kind, 0…4 (ICC.1, table 68). It returns nil if there is no such kind
// or b is too short.
func parametric(b []byte, kind uint16) func(float64) float64 {
	if kind > 4 {
		return nil
	}
	n := [5]int{1, 3, 4, 5, 7}[kind]
	if len(b) < 4*n {
		return nil
	}
	var v [7]float64 // g a b c d e f
	for i := range n {
		v[i] = fixed(b[4*i:])
	}
	g, a, off, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch kind {
	case 0:
		a, off, c, d = 1, 0, 0, math.Inf(-1)
	case 1:
		d, c = -off/a, 0
	case 2:
		d, e, f, c = -off/a, c, c, 0
	}
	return func(x float64) float64 {
		if x >= d {
			return math.Pow(a*x+off, g) + e
		}
		return c*x + f
	}
}
