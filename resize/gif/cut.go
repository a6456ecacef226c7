package gif

// A moment is what is known of a set of colours.
type moment struct {
	n   int
	sum [3]int // of each channel
}

func (m *moment) add(c rgb) {
	m.n++
	for i, v := range c {
		m.sum[i] += int(v)
	}
}

// explained returns the part of the weighted sum of squares that the mean stands for. The rest is the error of the mean.
func (m *moment) explained() float64 {
	if m.n == 0 {
		return 0
	}
	red, green, blue := float64(m.sum[0]), float64(m.sum[1]), float64(m.sum[2])
	// The conversions forbid fused operations, so that all processors choose the same palette.
	sum := float64(redWeight*red*red) + float64(greenWeight*green*green) + float64(blueWeight*blue*blue)
	return sum / float64(m.n)
}

func (m *moment) mean() (c rgb) {
	for i, sum := range m.sum {
		c[i] = uint8((sum + m.n/2) / m.n)
	}
	return c
}

// A box is a set of colours that is stood for by its mean.
type box struct {
	colors  []rgb
	moment  moment
	channel int     // in which the colours differ most
	error   float64 // sum of the squares of the distances from the mean; 0 if all colours are equal
}

func newBox(colors []rgb) box {
	b := box{colors: colors}
	var squares [3]int
	for _, c := range colors {
		b.moment.add(c)
		for i, v := range c {
			squares[i] += int(v) * int(v)
		}
	}
	most := 0.0
	for i, weight := range [3]float64{redWeight, greenWeight, blueWeight} {
		sum := float64(b.moment.sum[i])
		e := weight * (float64(squares[i]) - float64(sum*sum)/float64(b.moment.n))
		if e > most {
			b.channel, most = i, e
		}
		b.error += max(e, 0)
	}
	return b
}

// cutColors returns the means of at most n boxes of colours, which it reorders. Of the boxes that there are, it cuts the
// one with the largest error, as Xiaolin Wu does ("Efficient statistical computations for optimal color quantization",
// Graphics Gems II, 1991).
func cutColors(colors []rgb, n int) []rgb {
	boxes := []box{newBox(colors)}
	for len(boxes) < n {
		worst := &boxes[0]
		for i := range boxes {
			if boxes[i].error > worst.error {
				worst = &boxes[i]
			}
		}
		at := worst.cut()
		if at == 0 {
			break
		}
		low, high := newBox(worst.colors[:at]), newBox(worst.colors[at:])
		*worst = low
		boxes = append(boxes, high)
	}
	means := make([]rgb, len(boxes))
	for i := range boxes {
		means[i] = boxes[i].moment.mean()
	}
	return means
}

// cut moves the colours of a box below some level of its channel to the front, and returns how many there are. The level
// is the one for which the errors of both parts are least. It returns 0 if all colours are equal.
func (b *box) cut() int {
	var levels [256]moment
	for _, c := range b.colors {
		levels[c[b.channel]].add(c)
	}
	var low moment
	high, most, level := b.moment, b.moment.explained(), 0
	for v := range 255 {
		low.n, high.n = low.n+levels[v].n, high.n-levels[v].n
		for i, sum := range levels[v].sum {
			low.sum[i], high.sum[i] = low.sum[i]+sum, high.sum[i]-sum
		}
		if low.n == 0 || high.n == 0 {
			continue
		}
		if e := low.explained() + high.explained(); e > most {
			most, level = e, v+1
		}
	}
	at := 0
	for i, c := range b.colors {
		if int(c[b.channel]) < level {
			b.colors[at], b.colors[i] = c, b.colors[at]
			at++
		}
	}
	return at
}
