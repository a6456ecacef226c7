package colour

import "math"

// A matrix has three rows.
type matrix [3][3]float64

func (m matrix) apply(v [3]float64) (out [3]float64) {
	for i, row := range m {
		out[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return out
}

// times returns the matrix that applies n first.
func (m matrix) times(n matrix) matrix {
	columns := n.transposed()
	for i, column := range columns {
		columns[i] = m.apply(column)
	}
	return columns.transposed()
}

func (m matrix) transposed() (t matrix) {
	for i := range m {
		for j := range m {
			t[i][j] = m[j][i]
		}
	}
	return t
}

// inverse returns a matrix of which a number is not finite if there is no inverse.
func (m matrix) inverse() (inv matrix) {
	cofactor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	det := m[0][0]*cofactor(0, 0) + m[0][1]*cofactor(0, 1) + m[0][2]*cofactor(0, 2)
	for i := range m {
		for j := range m {
			inv[j][i] = cofactor(i, j) / det
		}
	}
	return inv
}

// isWithin reports whether no number is larger than limit, negative or not, or is not a number.
func (m matrix) isWithin(limit float64) bool {
	for _, row := range m {
		for _, v := range row {
			if !(math.Abs(v) <= limit) {
				return false
			}
		}
	}
	return true
}
