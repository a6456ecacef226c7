package quality

import "math"

// channelNorms are the norms of the error maps at a scale, by channel: the means of the maps of structure, of artefacts and of
// lost detail, and then their 4-norms.
type channelNorms [3][6]float64

// normsOf returns the norms of the error maps of two pictures.
func normsOf(a, b [3]Plane) (norms channelNorms) {
	w, h := a[0].W, a[0].H
	sums := make([]channelNorms, h) // by row, so that they are added in the same order on any number of processors
	bands(h, func(first, end int) {
		newMapper(w).rows(a, b, first, end, sums)
	})
	for _, row := range sums {
		for c := range row {
			for i, sum := range row[c] {
				norms[c][i] += sum
			}
		}
	}
	for c := range norms {
		for i := range norms[c] {
			norms[c][i] /= float64(w * h)
			if i >= 3 {
				norms[c][i] = math.Sqrt(math.Sqrt(norms[c][i]))
			}
		}
	}
	return norms
}

// The kernel is a Gaussian with a standard deviation of 1.5 as three truncated cosines (Charalampidis, "Recursive
// implementation of the Gaussian filter using truncated cosine functions", IEEE Transactions on Signal Processing 64, 2016),
// with a radius of 5, at which it is 0. Samples beyond the edges are 0.
const (
	kernelReach = 4
	kernel0     = 0.26462110548819856
	kernel1     = 0.21292859201042222
	kernel2     = 0.1093353727774603
	kernel3     = 0.03601111465836436
	kernel4     = 0.009414367809653691
)

// A mapper goes down the rows of two pictures, and keeps those that the kernel covers.
type mapper struct {
	w       int
	window  [2*kernelReach + 1]mapperRow // the row y is at y modulo its length
	product []float32                    // of rows, with margins

	// These are blurred in both directions.
	meanA, meanB, squares, products []float32
}

// A mapperRow is a row of two pictures in XYB, by channel.
type mapperRow struct {
	a, b [3][]float32 // with margins of kernelReach samples

	// These are blurred along the row: both pictures, the sum of their squares, and their products.
	meanA, meanB, squares, products [3][]float32
}

func newMapper(w int) *mapper {
	row := func() []float32 { return make([]float32, w) }
	wide := func() []float32 { return make([]float32, w+2*kernelReach) }
	m := &mapper{w: w, product: wide(), meanA: row(), meanB: row(), squares: row(), products: row()}
	for i := range m.window {
		r := &m.window[i]
		for c := range 3 {
			r.a[c], r.b[c] = wide(), wide()
			r.meanA[c], r.meanB[c], r.squares[c], r.products[c] = row(), row(), row(), row()
		}
	}
	return m
}

// rows sums the error maps of some rows.
func (m *mapper) rows(a, b [3]Plane, first, end int, sums []channelNorms) {
	for y := first - kernelReach; y < end+kernelReach; y++ {
		r := m.at(y)
		if y < 0 || y >= a[0].H {
			m.clear(r)
		} else {
			m.read(r, a, b, y)
		}
		if y-kernelReach < first {
			continue
		}
		for c := range 3 {
			m.sum(c, y-kernelReach, &sums[y-kernelReach][c])
		}
	}
}

// at returns the place of a row, which may lie beyond the edges.
func (m *mapper) at(y int) *mapperRow { return &m.window[(y+len(m.window))%len(m.window)] }

// clear makes r a row beyond the edges.
func (m *mapper) clear(r *mapperRow) {
	for c := range 3 {
		clear(r.meanA[c])
		clear(r.meanB[c])
		clear(r.squares[c])
		clear(r.products[c])
	}
}

// read converts a row of both pictures, and blurs it along the row.
func (m *mapper) read(r *mapperRow, a, b [3]Plane, y int) {
	inner := func(row []float32) []float32 { return row[kernelReach : kernelReach+m.w] }
	toXYB(inner(r.a[0]), inner(r.a[1]), inner(r.a[2]), a[0].row(y), a[1].row(y), a[2].row(y))
	toXYB(inner(r.b[0]), inner(r.b[1]), inner(r.b[2]), b[0].row(y), b[1].row(y), b[2].row(y))
	for c := range 3 {
		blurRow(r.meanA[c], r.a[c])
		blurRow(r.meanB[c], r.b[c])
		rowB := r.b[c]
		for x, v := range r.a[c] {
			m.product[x] = v*v + rowB[x]*rowB[x]
		}
		blurRow(r.squares[c], m.product)
		for x, v := range r.a[c] {
			m.product[x] = v * rowB[x]
		}
		blurRow(r.products[c], m.product)
	}
}

// blurRow convolves a row with the kernel. There are kernelReach more samples on either side of it.
func blurRow(to, from []float32) {
	for x := range to {
		s := (*[2*kernelReach + 1]float32)(from[x:])
		to[x] = kernel0*s[4] + kernel1*(s[3]+s[5]) + kernel2*(s[2]+s[6]) + kernel3*(s[1]+s[7]) + kernel4*(s[0]+s[8])
	}
}

// blurColumns convolves nine rows, of which y is in the middle, with the kernel.
func (m *mapper) blurColumns(to []float32, y int, row func(*mapperRow) []float32) {
	n := len(to)
	r0, r1, r2 := row(m.at(y - 4))[:n], row(m.at(y - 3))[:n], row(m.at(y - 2))[:n]
	r3, r4, r5 := row(m.at(y - 1))[:n], row(m.at(y))[:n], row(m.at(y + 1))[:n]
	r6, r7, r8 := row(m.at(y + 2))[:n], row(m.at(y + 3))[:n], row(m.at(y + 4))[:n]
	for x := range to {
		to[x] = kernel0*r4[x] + kernel1*(r3[x]+r5[x]) + kernel2*(r2[x]+r6[x]) + kernel3*(r1[x]+r7[x]) + kernel4*(r0[x]+r8[x])
	}
}

// sum adds up the error maps of a channel in a row, and their fourth powers.
func (m *mapper) sum(c, y int, sums *[6]float64) {
	m.blurColumns(m.meanA, y, func(r *mapperRow) []float32 { return r.meanA[c] })
	m.blurColumns(m.meanB, y, func(r *mapperRow) []float32 { return r.meanB[c] })
	m.blurColumns(m.squares, y, func(r *mapperRow) []float32 { return r.squares[c] })
	m.blurColumns(m.products, y, func(r *mapperRow) []float32 { return r.products[c] })
	a, b := m.at(y).a[c][kernelReach:], m.at(y).b[c][kernelReach:]
	for x, meanA := range m.meanA {
		meanB := m.meanB[x]
		structure := structureError(meanA, meanB, m.squares[x], m.products[x])
		sums[0] += structure
		sums[3] += structure * structure * structure * structure
		edge := float64(1+abs(b[x]-meanB))/float64(1+abs(a[x]-meanA)) - 1
		if fourth := edge * edge * edge * edge; edge > 0 {
			sums[1] += edge // the distorted picture has an edge here: ringing, blocks, banding
			sums[4] += fourth
		} else {
			sums[2] -= edge // it has lost one
			sums[5] += fourth
		}
	}
}

// structureError returns 1 - SSIM of a window, 0 if it would be less. The term of SSIM for luminance has no denominator,
// since XYB is as even for the eye in dark as in light colours.
func structureError(meanA, meanB, squares, product float32) float64 {
	const c2 = 0.0009
	luminance := 1 - (meanA-meanB)*(meanA-meanB)
	covariance := 2*(product-meanA*meanB) + c2
	variances := squares - (meanA*meanA + meanB*meanB) + c2
	return max(1-float64(luminance*covariance/variances), 0)
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }
