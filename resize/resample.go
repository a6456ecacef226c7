package resize

// resample filters a plane, and mirrors the result on its diagonal if it is to be turned. Nothing is done with
// samples that no sample of the result needs.
//
// All filtering goes along the columns, so that the inner loop goes along rows of memory. The rows are the columns
// of the transposed plane.
func resample(p plane, x, y filter, turned bool) plane {
	p = plane{pix: p.pix[y.from*p.stride+x.from:], stride: p.stride, w: x.to - x.from, h: y.to - y.from}
	switch {
	case x.keeps && y.keeps && !turned:
	case x.keeps && y.keeps:
		p = transpose(p)
	case x.keeps:
		p = filterColumns(p, y, turned)
	case y.keeps:
		p = filterColumns(transpose(p), x, !turned)
	default:
		p = filterColumns(filterColumns(p, y, true), x, !turned)
	}
	p.stepX, p.stepY = 1, 1
	return p
}

const (
	// stripWidth is how many columns are filtered at a time, so that the rows that a filter reaches stay in the
	// processor's first cache. It is a multiple of what any of the ways takes at once.
	stripWidth = 384

	// bandHeight is how many rows are transposed at a time.
	bandHeight = 8
)

// filterColumns filters along the columns, and mirrors the result on its diagonal if it is to be turned.
func filterColumns(p plane, f filter, turned bool) plane {
	n := len(f.first)
	if !turned {
		out := newPlane(p.w, n)
		for x := 0; x < p.w; x += stripWidth {
			s := newStrip(p, f, x)
			for i := range n {
				s.filter(out.row(i)[x:x+s.w], i)
			}
		}
		return out
	}
	out := newPlane(n, p.w)
	band := newPlane(min(stripWidth, p.w), bandHeight)
	for x := 0; x < p.w; x += stripWidth {
		s := newStrip(p, f, x)
		band.w = s.w
		for i := 0; i < n; i += bandHeight {
			band.h = min(bandHeight, n-i)
			for k := range band.h {
				s.filter(band.row(k), i+k)
			}
			transposeBand(out, band, x, i)
		}
	}
	return out
}

// A strip is some columns of a plane, being filtered.
type strip struct {
	plane
	kernel filter
	rows   packedRows
}

func newStrip(p plane, f filter, x int) *strip {
	s := &strip{plane: p, kernel: f}
	s.pix, s.w = p.pix[x:], min(stripWidth, p.w-x)
	return s
}

// filter makes row i of the result.
func (s *strip) filter(out []uint8, i int) {
	taps := s.kernel.taps
	weights := s.kernel.weights[i*taps : (i+1)*taps]
	if hasVectors && s.w >= vectorWidth {
		filterVectors(out, s.plane, s.kernel.first[i], weights)
		return
	}
	s.rows.filter(out, s.plane, s.kernel.first[i], weights)
}
