package plane

import "sync"

// A Resampler resamples the planes of an image. It keeps the filters that it has made, because the planes of an image
// mostly have the same. The zero value is ready to use; it is not safe for concurrent use.
type Resampler struct{ filters map[filterKey]filter }

type filterKey struct {
	grid Grid
	size int
}

func (r *Resampler) filter(g Grid, size int) filter {
	key := filterKey{g, size}
	f, ok := r.filters[key]
	if !ok {
		f = newFilter(g, size)
		if r.filters == nil {
			r.filters = make(map[filterKey]filter)
		}
		r.filters[key] = f
	}
	return f
}

// Resample returns the samples of p on the grids x and y, which are in pixels of the image from the first sample of p
// on, with rows and columns exchanged if transposed is true. Samples of p that no sample of the result needs cost
// nothing.
func (r *Resampler) Resample(p Plane, x, y Grid, transposed bool) Plane {
	return resample(p, r.filter(x.inSamples(p.StepX), p.W), r.filter(y.inSamples(p.StepY), p.H), transposed)
}

func resample(p Plane, x, y filter, transposed bool) Plane {
	p = Plane{Pix: p.Pix[y.from*p.Stride+x.from:], Stride: p.Stride, W: x.to - x.from, H: y.to - y.from}
	switch {
	case x.keeps && y.keeps && !transposed:
	case x.keeps && y.keeps:
		p = transpose(p)
	case x.keeps:
		p = filterColumns(p, y, transposed)
	case y.keeps:
		p = filterColumns(transpose(p), x, !transposed)
	default:
		halfway := newHalfway(len(y.first), p.W)
		filterColumnsInto(halfway, p, y, true)
		p = filterColumns(halfway, x, !transposed)
		if len(halfway.Pix) <= maxHalfway {
			halfways.Put(&halfway.Pix)
		}
	}
	p.StepX, p.StepY = 1, 1
	return p
}

const (
	// stripWidth is how many columns are filtered at a time, so that the rows that a filter reaches stay in the
	// processor's first cache. It is a multiple of the samples that a word or a vector holds.
	stripWidth = 384

	// bandHeight is how many rows are transposed at a time: as many as a word has bytes.
	bandHeight = 8
)

// halfways holds the samples, as *[]uint8, of planes between the two passes of resample, which nothing else refers to: a
// third of what making a variant of a JPEG takes.
var halfways sync.Pool

// maxHalfway keeps a rare huge plane from being held for many small ones.
const maxHalfway = 16 << 20

// newHalfway returns a plane with any samples.
func newHalfway(w, h int) Plane {
	if pix, ok := halfways.Get().(*[]uint8); ok && cap(*pix) >= w*h {
		return Plane{Pix: (*pix)[:w*h], Stride: w, W: w, H: h, StepX: 1, StepY: 1}
	}
	return New(w, h)
}

// filterColumns filters along the columns, and exchanges the rows and columns of the result if transposed is true.
func filterColumns(p Plane, f filter, transposed bool) Plane {
	w, h := p.W, len(f.first)
	if transposed {
		w, h = h, w
	}
	out := New(w, h)
	filterColumnsInto(out, p, f, transposed)
	return out
}

// filterColumnsInto writes every sample of out.
func filterColumnsInto(out, p Plane, f filter, transposed bool) {
	n := len(f.first)
	if !transposed {
		for x := 0; x < p.W; x += stripWidth {
			s := newStrip(p, f, x)
			for i := range n {
				s.filter(out.Row(i)[x:x+s.W], i)
			}
		}
		return
	}
	band := New(min(stripWidth, p.W), bandHeight)
	for x := 0; x < p.W; x += stripWidth {
		s := newStrip(p, f, x)
		band.W = s.W
		for i := 0; i < n; i += bandHeight {
			band.H = min(bandHeight, n-i)
			for k := range band.H {
				s.filter(band.Row(k), i+k)
			}
			transposeBand(out, band, x, i)
		}
	}
}

// A strip is some columns of a plane that are filtered together.
type strip struct {
	Plane
	kernel filter
	rows   packedRows
}

func newStrip(p Plane, f filter, x int) *strip {
	s := &strip{Plane: p, kernel: f}
	s.Pix, s.W = p.Pix[x:], min(stripWidth, p.W-x)
	return s
}

// filter writes row i of the result to out.
func (s *strip) filter(out []uint8, i int) {
	taps := s.kernel.taps
	weights := s.kernel.weights[i*taps : (i+1)*taps]
	if hasVectors && s.W >= vectorWidth {
		filterVectors(out, s.Plane, s.kernel.first[i], weights)
		return
	}
	s.rows.filter(out, s.Plane, s.kernel.first[i], weights)
}
