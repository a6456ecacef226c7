package jpeg

import (
	"bytes"
	"math"
	"math/bits"
)

// A layout is one of the many ways that T.81 has to write an image into a file. All DC symbols get codes of 4 bits
// and all AC symbols codes of 8, so that files are not small.
type layout struct {
	w, h            int
	factors         [][2]int // sampling factors, horizontal and vertical, of each component
	frame           byte     // marker of the frame
	nonInterleaved  bool     // a scan for each component, where a scan could have several
	restartInterval int      // MCUs
	quant           int      // all elements of the quantisation table
	ids             string   // identifiers of the components; 1, 2, 3 and 4 if empty
	jfif            bool     // with a JFIF segment
	adobe           int      // transform of the Adobe segment, or adobeNone
	fill            int      // fill bytes before each marker

	restart func(n int) []byte // what to write for restart n instead of its marker; nil for the marker
}

func (l layout) maxFactors() (h, v int) {
	for _, f := range l.factors {
		h, v = max(h, f[0]), max(v, f[1])
	}
	return h, v
}

// A layoutWriter writes a file. The methods of its buffer write bytes, its own write markers, segments and bits.
type layoutWriter struct {
	layout
	bytes.Buffer
	components  []*writtenComponent
	acc, n      int   // n bits that do not fill a byte yet
	eobRun      int   // blocks that have ended, not written yet
	corrections []int // correction bits of these blocks
}

type writtenComponent struct {
	index, h, v  int
	across, down int // blocks, with those that only pad MCUs
	ownX, ownY   int // blocks of a scan that has this component alone
	coefs        [][64]int
	predictor    int
}

// write writes an image whose sample of a component at a place in pixels is a function of them.
func (l layout) write(sample func(component int, x, y float64) float64) []byte {
	w := layoutWriter{layout: l}
	if len(l.factors) == 1 {
		w.factors = [][2]int{{1, 1}}
	}
	maxH, maxV := w.maxFactors()
	for i, f := range w.factors {
		c := &writtenComponent{
			index: i, h: f[0], v: f[1], across: ceil(l.w, 8*maxH) * f[0], down: ceil(l.h, 8*maxV) * f[1],
		}
		c.ownX, c.ownY = ceil(ceil(l.w*c.h, maxH), 8), ceil(ceil(l.h*c.v, maxV), 8)
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
	if l.frame == mSOF2 {
		w.progressiveScans()
	} else {
		w.scans(l.nonInterleaved, band{se: 63})
	}
	w.marker(mEOI)
	return w.Bytes()
}

// transform returns the quantised coefficients of a block, in zigzag order (T.81, A.3.3 and A.3.4).
func (w *layoutWriter) transform(sample func(x, y int) float64) (coefs [64]int) {
	var rows [64]float64
	for i := range rows {
		v := sample(i%8, i/8) - 128
		for u := range 8 {
			rows[i/8*8+u] += v * cosines[i%8][u]
		}
	}
	for k, place := range zigzag {
		sum := 0.0
		for y := range 8 {
			sum += rows[8*y+int(place)%8] * cosines[y][place/8]
		}
		coefs[k] = int(math.Round(sum / float64(w.quant)))
	}
	return coefs
}

func (w *layoutWriter) marker(m byte) {
	w.Write(bytes.Repeat([]byte{0xff}, 1+w.fill))
	w.WriteByte(m)
}

func (w *layoutWriter) segment(m byte, b ...byte) {
	w.marker(m)
	w.Write([]byte{byte((len(b) + 2) >> 8), byte(len(b) + 2)})
	w.Write(b)
}

// id returns the identifier of component i.
func (w *layoutWriter) id(i int) byte {
	if w.ids != "" {
		return w.ids[i]
	}
	return byte(i + 1)
}

// header writes everything before the first scan.
func (w *layoutWriter) header() {
	w.Write([]byte{0xff, mSOI})
	if w.jfif {
		w.segment(mAPP0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	}
	if w.adobe != adobeNone {
		w.segment(mAPP14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(w.adobe))...)
	}
	w.segment(mDQT, append([]byte{0}, bytes.Repeat([]byte{byte(w.quant)}, 64)...)...)
	l := &w.layout
	frame := []byte{8, byte(l.h >> 8), byte(l.h), byte(l.w >> 8), byte(l.w), byte(len(w.factors))}
	for i, f := range l.factors {
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
	if w.restartInterval > 0 {
		w.segment(mDRI, byte(w.restartInterval>>8), byte(w.restartInterval))
	}
}

// progressiveScans writes all coefficients with spectral selection and up to two refinements.
func (w *layoutWriter) progressiveScans() {
	w.scans(w.nonInterleaved, band{al: 1})
	w.scans(true, band{ss: 1, se: 5, al: 2})
	w.scans(true, band{ss: 6, se: 63, al: 2})
	w.scans(true, band{ss: 1, se: 63, ah: 2, al: 1})
	w.scans(w.nonInterleaved, band{ah: 1, al: 0})
	w.scans(true, band{ss: 1, se: 63, ah: 1, al: 0})
}

// scans writes a scan of all components, or a scan of each if an MCU of all would have too many blocks.
func (w *layoutWriter) scans(nonInterleaved bool, b band) {
	blocks := 0
	for _, c := range w.components {
		blocks += c.h * c.v
	}
	if !nonInterleaved && blocks <= 10 {
		w.scan(w.components, b)
		return
	}
	for i := range w.components {
		w.scan(w.components[i:i+1], b)
	}
}

func (w *layoutWriter) scan(components []*writtenComponent, b band) {
	header := []byte{byte(len(components))}
	for _, c := range components {
		header = append(header, w.id(c.index), 0)
		c.predictor = 0
	}
	w.segment(mSOS, append(header, byte(b.ss), byte(b.se), byte(b.ah<<4|b.al))...)
	maxH, maxV := w.maxFactors()
	across, down := ceil(w.w, 8*maxH), ceil(w.layout.h, 8*maxV)
	if len(components) == 1 {
		across, down = components[0].ownX, components[0].ownY
	}
	for i := range across * down {
		if w.restartInterval > 0 && i > 0 && i%w.restartInterval == 0 {
			w.restartMarker(i/w.restartInterval-1, components)
		}
		for _, c := range components {
			if len(components) == 1 {
				w.block(c, &c.coefs[i/across*c.across+i%across], b)
				continue
			}
			for j := range c.h * c.v {
				w.block(c, &c.coefs[(i/across*c.v+j/c.h)*c.across+i%across*c.h+j%c.h], b)
			}
		}
	}
	w.flush()
}

// restartMarker ends a restart interval and writes restart n.
func (w *layoutWriter) restartMarker(n int, components []*writtenComponent) {
	w.flush()
	if w.restart != nil {
		w.Write(w.restart(n))
	} else {
		w.marker(byte(mRST0 + n%8))
	}
	for _, c := range components {
		c.predictor = 0
	}
}

// put writes the lowest n bits of v.
func (w *layoutWriter) put(v, n int) {
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

// flush writes the run of ended blocks and fills the last byte with ones.
func (w *layoutWriter) flush() {
	w.endRun()
	w.put(127, (8-w.n)%8)
}

func (w *layoutWriter) endRun() {
	if w.eobRun > 0 {
		n := bits.Len(uint(w.eobRun)) - 1
		w.symbol(n << 4)
		w.put(w.eobRun, n)
		w.putAll(w.corrections)
		w.eobRun, w.corrections = 0, nil
	}
}

func (w *layoutWriter) putAll(bits []int) {
	for _, b := range bits {
		w.put(b, 1)
	}
}

// symbol writes the code of a symbol of AC coefficients.
func (w *layoutWriter) symbol(s int) { w.put(s>>4*11+s&15, 8) }

// value writes the bits of a value (T.81, F.1.2.1).
func (w *layoutWriter) value(v int) {
	size := bits.Len(uint(abs(v)))
	if v < 0 {
		v += 1<<size - 1
	}
	w.put(v, size)
}

func (w *layoutWriter) block(c *writtenComponent, coefs *[64]int, b band) {
	switch {
	case b.ss == 0 && b.ah > 0:
		w.put(coefs[0]>>b.al&1, 1)
		return
	case b.ss == 0:
		v := coefs[0] >> b.al
		w.put(bits.Len(uint(abs(v-c.predictor))), 4)
		w.value(v - c.predictor)
		c.predictor = v
	}
	if b.ss = max(b.ss, 1); b.ah > 0 {
		w.refine(coefs, b)
		return
	}
	zeros := 0
	for k := b.ss; k <= b.se; k++ {
		v := abs(coefs[k]) >> b.al
		if v == 0 {
			zeros++
			continue
		}
		w.endRun()
		for ; zeros > 15; zeros -= 16 {
			w.symbol(symbolZRL)
		}
		w.symbol(zeros<<4 | bits.Len(uint(v)))
		if coefs[k] < 0 {
			v = -v
		}
		w.value(v)
		zeros = 0
	}
	if zeros > 0 {
		if w.eobRun++; w.frame != mSOF2 || w.eobRun == maxEOBRun {
			w.endRun()
		}
	}
}

// refine writes bit al of a block (T.81, G.1.2.3).
func (w *layoutWriter) refine(coefs *[64]int, b band) {
	last, zeros := 0, 0 // last coefficient that this scan makes other than 0
	for k := b.ss; k <= b.se; k++ {
		if abs(coefs[k])>>b.al == 1 {
			last = k
		}
	}
	var corrections []int
	for k := b.ss; k <= b.se; k++ {
		v := abs(coefs[k]) >> b.al
		if v == 0 {
			zeros++
			continue
		}
		for ; zeros > 15 && k <= last; zeros -= 16 {
			w.endRun()
			w.symbol(symbolZRL)
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
		w.corrections = append(w.corrections, corrections...)
		if w.eobRun++; w.eobRun == maxEOBRun {
			w.endRun()
		}
	}
}
