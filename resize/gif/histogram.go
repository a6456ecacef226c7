package gif

// cells is the number of cells of a histogram along each channel. Arrays have one more, of which the first stays empty.
const cells = 32

// A histogram counts colours in cells of 8 levels in each channel. It chooses palettes by the algorithm of Xiaolin Wu,
// "Efficient statistical computations for optimal color quantization" (Graphics Gems II, 1991): of the boxes of cells
// that there are, it cuts the one with the largest error in two, where the errors that remain are least.
type histogram struct {
	total   int // colours
	moments [cells + 1][cells + 1][cells + 1]moment
}

// A moment is what is known of the colours of a cell, or of a box of cells.
type moment struct {
	n       int64    // colours
	sum     [3]int64 // of each channel
	squares int64    // sum of the weighted squares of all channels
}

func (h *histogram) add(c rgb) {
	h.total++
	m := &h.moments[c[0]>>3+1][c[1]>>3+1][c[2]>>3+1]
	m.n++
	for i, v := range c {
		m.sum[i] += int64(v)
	}
	m.squares += int64(distance(c, rgb{}))
}

// add adds a moment as often as times says, which may be negative.
func (m *moment) add(o *moment, times int64) {
	m.n += times * o.n
	m.squares += times * o.squares
	for i := range m.sum {
		m.sum[i] += times * o.sum[i]
	}
}

// explained returns the part of the sum of squares that the mean stands for. The rest is the error of the mean.
func (m *moment) explained() float64 {
	if m.n == 0 {
		return 0
	}
	red, green, blue := float64(m.sum[0]), float64(m.sum[1]), float64(m.sum[2])
	// The conversions forbid fused operations, so that all processors choose the same palette.
	sum := float64(redWeight*red*red) + float64(greenWeight*green*green) + float64(blueWeight*blue*blue)
	return sum / float64(m.n)
}

func (m *moment) error() float64 { return float64(m.squares) - m.explained() }

func (m *moment) mean() (c rgb) {
	for i, sum := range m.sum {
		c[i] = uint8((sum + m.n/2) / m.n)
	}
	return c
}

// A box is a box of cells: those beyond from, up to and with to.
type box struct {
	from, to [3]int
	moment   moment
	error    float64 // 0 if the box can't be cut
}

// palette returns at most n colours. Nothing can be added to the histogram after that.
func (h *histogram) palette(n int) []rgb {
	h.accumulate()
	boxes := []box{h.newBox([3]int{}, [3]int{cells, cells, cells})}
	for len(boxes) < n {
		worst := &boxes[0]
		for i := range boxes {
			if boxes[i].error > worst.error {
				worst = &boxes[i]
			}
		}
		if worst.error <= 0 {
			break
		}
		low, high, ok := h.cut(*worst)
		if !ok {
			worst.error = 0
			continue
		}
		*worst = low
		boxes = append(boxes, high)
	}
	colors := make([]rgb, len(boxes))
	for i := range boxes {
		colors[i] = boxes[i].moment.mean()
	}
	return colors
}

// accumulate makes each moment that of all cells up to its own in every channel.
func (h *histogram) accumulate() {
	for r := 1; r <= cells; r++ {
		var area [cells + 1]moment
		for g := 1; g <= cells; g++ {
			var line moment
			for b := 1; b <= cells; b++ {
				m := &h.moments[r][g][b]
				line.add(m, 1)
				area[b].add(&line, 1)
				*m = area[b]
				m.add(&h.moments[r-1][g][b], 1)
			}
		}
	}
}

// newBox returns a box, whose moment is a sum over its eight corners.
func (h *histogram) newBox(from, to [3]int) box {
	b := box{from: from, to: to}
	for corner := range 8 {
		at, times := to, int64(1)
		for i := range at {
			if corner>>i&1 == 1 {
				at[i], times = from[i], -times
			}
		}
		b.moment.add(&h.moments[at[0]][at[1]][at[2]], times)
	}
	b.error = b.moment.error()
	return b
}

// cut cuts a box where the means of both parts stand for the most. It reports false if there is nothing to cut.
func (h *histogram) cut(whole box) (low, high box, ok bool) {
	most := 0.0
	for channel := range whole.from {
		for at := whole.from[channel] + 1; at < whole.to[channel]; at++ {
			to := whole.to
			to[channel] = at
			a := h.newBox(whole.from, to)
			b := box{from: whole.from, to: whole.to, moment: whole.moment}
			b.from[channel] = at
			b.moment.add(&a.moment, -1)
			if a.moment.n == 0 || b.moment.n == 0 {
				continue
			}
			if e := a.moment.explained() + b.moment.explained(); e > most {
				b.error = b.moment.error()
				most, low, high, ok = e, a, b, true
			}
		}
	}
	return low, high, ok
}
