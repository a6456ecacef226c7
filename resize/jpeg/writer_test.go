package jpeg

import (
	"bytes"
	"math"
	"math/bits"
)

// An arrangement is one of the many ways to write a picture that T.81 has. The codes are of one length: it is not
// for small files.
type arrangement struct {
	w, h     int
	factors  [][2]int // of each component
	frame    byte     // marker of the frame
	apart    bool     // a scan for each component, in a sequential file; of their DC, in a progressive one
	interval int      // MCUs between restarts
	quant    int      // all of the quantisation table
	ids      string   // of the components; 1, 2, 3 and 4 if empty
	jfif     bool
	adobe    int // transform of its segment, or adobeNone
	fill     int // bytes before each marker

	restart func(n int) []byte // what stands for the nth restart; nil for the marker
}

func (a arrangement) most() (h, v int) {
	for _, f := range a.factors {
		h, v = max(h, f[0]), max(v, f[1])
	}
	return h, v
}

type arrangementWriter struct {
	arrangement
	bytes.Buffer
	components []*writtenComponent
	acc, n     int // bits that are no byte yet
	run        int // blocks that end
	pending    []int
}

type writtenComponent struct {
	index, h, v  int
	across, down int // blocks
	inX, inY     int // of them in a scan of its own
	coefs        [][64]int
	prediction   int
}

// write writes a picture: a function of a component and of a place in pixels.
func (a arrangement) write(sample func(component int, x, y float64) float64) []byte {
	w := arrangementWriter{arrangement: a}
	if len(a.factors) == 1 {
		w.factors = [][2]int{{1, 1}}
	}
	maxH, maxV := w.most()
	for i, f := range w.factors {
		c := &writtenComponent{index: i, h: f[0], v: f[1], across: ceil(a.w, 8*maxH) * f[0], down: ceil(a.h, 8*maxV) * f[1]}
		c.inX, c.inY = ceil(ceil(a.w*c.h, maxH), 8), ceil(ceil(a.h*c.v, maxV), 8)
		stepX, stepY := float64(maxH)/float64(c.h), float64(maxV)/float64(c.v)
		for b := range c.across * c.down {
			c.coefs = append(c.coefs, w.transform(func(x, y int) float64 {
				x, y = x+b%c.across*8, y+b/c.across*8
				return sample(i, (float64(x)+0.5)*stepX, (float64(y)+0.5)*stepY)
			}))
		}
		w.components = append(w.components, c)
	}
	w.header()
	if a.frame == mSOF2 {
		w.progressive()
	} else {
		w.scans(a.apart, 0, 63, 0, 0)
	}
	w.marker(mEOI)
	return w.Bytes()
}

func (w *arrangementWriter) transform(sample func(x, y int) float64) (coefs [64]int) {
	var rows [64]float64
	for i := range rows {
		v := sample(i%8, i/8) - 128
		for u := range 8 {
			rows[i/8*8+u] += v * cosines[i%8][u]
		}
	}
	for k, at := range zigzag {
		sum := 0.0
		for y := range 8 {
			sum += rows[8*y+int(at)%8] * cosines[y][at/8]
		}
		coefs[k] = int(math.Round(sum / float64(w.quant)))
	}
	return coefs
}

func (w *arrangementWriter) marker(m byte) {
	w.Write(bytes.Repeat([]byte{0xff}, 1+w.fill))
	w.WriteByte(m)
}

func (w *arrangementWriter) segment(m byte, b ...byte) {
	w.marker(m)
	w.Write([]byte{byte((len(b) + 2) >> 8), byte(len(b) + 2)})
	w.Write(b)
}

func (w *arrangementWriter) id(i int) byte {
	if w.ids != "" {
		return w.ids[i]
	}
	return byte(i + 1)
}

func (w *arrangementWriter) header() {
	w.Write([]byte{0xff, mSOI})
	if w.jfif {
		w.segment(mAPP0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	}
	if w.adobe != adobeNone {
		w.segment(mAPP14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(w.adobe))...)
	}
	w.segment(mDQT, append([]byte{0}, bytes.Repeat([]byte{byte(w.quant)}, 64)...)...)
	frame := []byte{8, byte(w.arrangement.h >> 8), byte(w.arrangement.h), byte(w.arrangement.w >> 8), byte(w.arrangement.w), byte(len(w.factors))}
	for i, f := range w.arrangement.factors {
		frame = append(frame, w.id(i), byte(f[0]<<4|f[1]), 0)
	}
	w.segment(w.frame, frame...)
	dc, ac := []byte{0, 0, 0, 0, 16: 0}, []byte{0x10, 8: 176, 16: 0}
	dc[4] = 12
	for i := range byte(12) {
		dc = append(dc, i)
	}
	for i := range byte(176) {
		ac = append(ac, i/11<<4|i%11)
	}
	w.segment(mDHT, append(dc, ac...)...)
	if w.interval > 0 {
		w.segment(mDRI, byte(w.interval>>8), byte(w.interval))
	}
}

// progressive writes the scans of two refinements of all.
func (w *arrangementWriter) progressive() {
	w.scans(w.apart, 0, 0, 0, 1)
	w.scans(true, 1, 5, 0, 2)
	w.scans(true, 6, 63, 0, 2)
	w.scans(true, 1, 63, 2, 1)
	w.scans(w.apart, 0, 0, 1, 0)
	w.scans(true, 1, 63, 1, 0)
}

// scans writes a scan of all components, or one of each where so many may not be in one.
func (w *arrangementWriter) scans(apart bool, from, to, high, low int) {
	blocks := 0
	for _, c := range w.components {
		blocks += c.h * c.v
	}
	if !apart && blocks <= 10 {
		w.scan(w.components, from, to, high, low)
		return
	}
	for i := range w.components {
		w.scan(w.components[i:i+1], from, to, high, low)
	}
}

func (w *arrangementWriter) scan(parts []*writtenComponent, from, to, high, low int) {
	head := []byte{byte(len(parts))}
	for _, c := range parts {
		head = append(head, w.id(c.index), 0)
		c.prediction = 0
	}
	w.segment(mSOS, append(head, byte(from), byte(to), byte(high<<4|low))...)
	maxH, maxV := w.most()
	across, down := ceil(w.w, 8*maxH), ceil(w.arrangement.h, 8*maxV)
	if len(parts) == 1 {
		across, down = parts[0].inX, parts[0].inY
	}
	for i := range across * down {
		if w.interval > 0 && i > 0 && i%w.interval == 0 {
			w.restarts(i/w.interval-1, parts)
		}
		for _, c := range parts {
			if len(parts) == 1 {
				w.block(c, &c.coefs[i/across*c.across+i%across], from, to, high, low)
				continue
			}
			for j := range c.h * c.v {
				w.block(c, &c.coefs[(i/across*c.v+j/c.h)*c.across+i%across*c.h+j%c.h], from, to, high, low)
			}
		}
	}
	w.flush()
}

func (w *arrangementWriter) restarts(n int, parts []*writtenComponent) {
	w.flush()
	if w.restart != nil {
		w.Write(w.restart(n))
	} else {
		w.marker(byte(0xd0 + n%8))
	}
	for _, c := range parts {
		c.prediction = 0
	}
}

func (w *arrangementWriter) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		w.acc, w.n = w.acc<<1|v>>i&1, w.n+1
		if w.n == 8 {
			w.WriteByte(byte(w.acc))
			if w.acc == 0xff {
				w.WriteByte(0)
			}
			w.acc, w.n = 0, 0
		}
	}
}

// flush ends a run of blocks and a byte.
func (w *arrangementWriter) flush() {
	w.endRun()
	w.put(127, (8-w.n)%8)
}

func (w *arrangementWriter) endRun() {
	if w.run > 0 {
		n := bits.Len(uint(w.run)) - 1
		w.symbol(n << 4)
		w.put(w.run, n)
		w.putAll(w.pending)
		w.run, w.pending = 0, nil
	}
}

func (w *arrangementWriter) putAll(bits []int) {
	for _, b := range bits {
		w.put(b, 1)
	}
}

func (w *arrangementWriter) symbol(s int) { w.put(s>>4*11+s&15, 8) }

func (w *arrangementWriter) value(v int) {
	size := bits.Len(uint(abs(v)))
	if v < 0 {
		v += 1<<size - 1
	}
	w.put(v, size)
}

func (w *arrangementWriter) block(c *writtenComponent, coefs *[64]int, from, to, high, low int) {
	switch {
	case from == 0 && high > 0:
		w.put(coefs[0]>>low&1, 1)
		return
	case from == 0:
		v := coefs[0] >> low
		w.put(bits.Len(uint(abs(v-c.prediction))), 4)
		w.value(v - c.prediction)
		c.prediction = v
	}
	if from = max(from, 1); high > 0 {
		w.refine(coefs, from, to, low)
		return
	}
	zeros := 0
	for k := from; k <= to; k++ {
		v := abs(coefs[k]) >> low
		if v == 0 {
			zeros++
			continue
		}
		w.endRun()
		for ; zeros > 15; zeros -= 16 {
			w.symbol(zeroRun)
		}
		w.symbol(zeros<<4 | bits.Len(uint(v)))
		if coefs[k] < 0 {
			v = -v
		}
		w.value(v)
		zeros = 0
	}
	if zeros > 0 {
		if w.run++; w.frame != mSOF2 || w.run == 1<<15-1 {
			w.endRun()
		}
	}
}

// refine writes one more bit (G.1.2.3).
func (w *arrangementWriter) refine(coefs *[64]int, from, to, low int) {
	last, zeros := 0, 0
	for k := from; k <= to; k++ {
		if abs(coefs[k])>>low == 1 {
			last = k
		}
	}
	var corrections []int
	for k := from; k <= to; k++ {
		v := abs(coefs[k]) >> low
		if v == 0 {
			zeros++
			continue
		}
		for ; zeros > 15 && k <= last; zeros -= 16 {
			w.endRun()
			w.symbol(zeroRun)
			w.putAll(corrections)
			corrections = nil
		}
		if v > 1 {
			corrections = append(corrections, v&1)
			continue
		}
		w.endRun()
		w.symbol(zeros<<4 | 1)
		if coefs[k] > 0 {
			w.put(1, 1)
		} else {
			w.put(0, 1)
		}
		w.putAll(corrections)
		corrections, zeros = nil, 0
	}
	if zeros > 0 || len(corrections) > 0 {
		w.pending = append(w.pending, corrections...)
		if w.run++; w.run == 1<<15-1 {
			w.endRun()
		}
	}
}
