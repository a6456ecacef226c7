package jpeg

import (
	"errors"
	"fmt"
	"math"
)

// A reference decodes a file straight from the text of T.81: bit by bit, in floating point, without any code of the
// decoder. It refuses the files that the decoder refuses, for the same reasons.
type reference struct {
	src         []byte
	at          int
	w, h        int
	progressive bool
	components  []*referenceComponent
	maxH, maxV  int
	quant       [4]*[64]int
	codes       [2][4]map[referenceCode]int // of the Huffman tables: symbols of DC and AC
	interval    int                         // restart interval
	scans       int

	data   []byte // entropy-coded data up to the next marker, without stuffing
	bits   int    // number of bits of data that were read
	eobRun int

	// In such files the decoder or image/jpeg may have other results than the reference.
	extreme       bool // there are coefficients beyond those of 8-bit samples
	requantised   bool // progressive: a quantisation table was defined again after a scan that uses it
	overrun       bool // a run of ended blocks is longer than its scan
	unlikeMCUs    bool // a scan of one component has other blocks, or other restarts, than its MCUs if interleaved
	partOfSegment bool // the file ends within a segment, perhaps after all of the image
}

type referenceComponent struct {
	id, h, v, tq int
	w, ht        int // samples
	across, down int // blocks, with those that only pad MCUs
	coefs        [][64]int
	quant        *[64]int
	decoded      bool
	alPlus1      [64]int // as component.alPlus1
}

type referenceCode struct{ length, bits int }

// A referenceScanComponent is a component of a scan.
type referenceScanComponent struct {
	*referenceComponent
	dc, ac    map[referenceCode]int
	predictor int
}

type referenceError string

// refuse makes decodeReference return an error.
func refuse(format string, args ...any) { panic(referenceError(fmt.Sprintf(format, args...))) }

// decodeReference decodes a file. With an error, r is what was read up to it.
func decodeReference(src []byte) (r *reference, err error) {
	r = &reference{src: src, at: 2}
	defer func() {
		if p := recover(); p != nil {
			refused, ok := p.(referenceError)
			if !ok {
				panic(p)
			}
			err = errors.New(string(refused))
		}
	}()
	if len(src) < 2 || src[0] != 0xff || src[1] != 0xd8 {
		refuse("no start of image")
	}
	for r.segment() {
	}
	if len(r.components) == 0 {
		refuse("no frame")
	}
	for i, c := range r.components {
		if !c.decoded {
			refuse("no scan of component %d", i)
		}
		for _, coefs := range c.coefs {
			for k, v := range coefs {
				r.extreme = r.extreme || abs(v) > math.MaxInt16 || abs(v*c.quant[k]) >= coefLimit
			}
		}
	}
	return r, nil
}

func abs(v int) int { return max(v, -v) }

// marker returns the index of the next marker, from at on, or the end of src.
func (r *reference) marker(at int) int {
	for ; at+1 < len(r.src); at++ {
		if r.src[at] == 0xff && r.src[at+1] != 0 && r.src[at+1] != 0xff {
			return at
		}
	}
	return len(r.src)
}

// segment reads a segment and returns false at the end of the file.
func (r *reference) segment() bool {
	r.at = r.marker(r.at)
	if len(r.src)-r.at < 2 {
		return r.ended()
	}
	m := int(r.src[r.at+1])
	r.at += 2
	switch {
	case m == 0xd9:
		return false
	case m >= 0xd0 && m <= 0xd7 || m == 1:
		return true
	case m == 0xd8:
		refuse("a second start of image")
	}
	if len(r.src)-r.at < 2 {
		return r.ended()
	}
	n := int(r.src[r.at])<<8 | int(r.src[r.at+1])
	if n < 2 {
		n = 2 // it is taken for an empty one
	}
	if r.at+n > len(r.src) {
		r.partOfSegment = true
		return r.ended()
	}
	b := r.src[r.at+2 : r.at+n]
	r.at += n
	r.parameters(m, b)
	return true
}

// parameters reads the parameters of the segment of a marker.
func (r *reference) parameters(m int, b []byte) {
	switch {
	case m == 0xc0 || m == 0xc1 || m == 0xc2:
		r.frame(m, b)
	case m == 0xc4:
		r.huffman(b)
	case m == 0xdb:
		r.quantisation(b)
	case m == 0xdd:
		if len(b) != 2 {
			refuse("a restart interval of %d bytes", len(b))
		}
		r.interval = int(b[0])<<8 | int(b[1])
	case m == 0xda:
		r.scan(b)
	case m < 0xe0 || m > 0xef && m != 0xfe:
		refuse("marker %#x", m)
	}
}

// ended refuses a file without EOI if bits of its coefficients are missing too. It returns false.
func (r *reference) ended() bool {
	for _, c := range r.components {
		for k, alPlus1 := range c.alPlus1 {
			if r.progressive && alPlus1 != 1 {
				refuse("it ends before all bits of coefficient %d", k)
			}
		}
	}
	return false
}

func (r *reference) frame(m int, b []byte) {
	if r.components != nil || len(b) < 6 || len(b) != 6+3*int(b[5]) || b[0] != 8 {
		refuse("frame")
	}
	r.progressive = m == 0xc2
	r.h, r.w = int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4])
	n := int(b[5])
	if r.h == 0 || r.w == 0 || n != 1 && n != 3 && n != 4 {
		refuse("a frame of %d × %d, %d components", r.w, r.h, n)
	}
	for b = b[6:]; len(b) > 0; b = b[3:] {
		c := r.frameComponent(b)
		if n == 1 {
			c.h, c.v = 1, 1
		}
		r.maxH, r.maxV = max(r.maxH, c.h), max(r.maxV, c.v)
		r.components = append(r.components, c)
	}
	for _, c := range r.components {
		c.w, c.ht = ceil(r.w*c.h, r.maxH), ceil(r.h*c.v, r.maxV)
		c.across, c.down = ceil(r.w, 8*r.maxH)*c.h, ceil(r.h, 8*r.maxV)*c.v
	}
}

// frameComponent returns the component that b begins with.
func (r *reference) frameComponent(b []byte) *referenceComponent {
	c := &referenceComponent{id: int(b[0]), h: int(b[1] >> 4), v: int(b[1] & 15), tq: int(b[2])}
	if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.tq > 3 {
		refuse("component %v", b[:3])
	}
	for _, earlier := range r.components {
		if earlier.id == c.id {
			refuse("two components %d", c.id)
		}
	}
	return c
}

func (r *reference) huffman(b []byte) {
	for len(b) > 0 {
		total := 0
		for i := 1; i < 17 && len(b) >= 17; i++ {
			total += int(b[i])
		}
		if len(b) < 17+total || b[0]>>4 > 1 || b[0]&15 > 3 || total > 256 {
			refuse("Huffman table")
		}
		codes, next, symbols := make(map[referenceCode]int), 0, b[17:]
		for length := 1; length <= 16; length++ {
			for range b[length] {
				if next == 1<<length {
					refuse("too many codes of %d bits", length)
				}
				codes[referenceCode{length, next}] = int(symbols[0])
				symbols = symbols[1:]
				next++
			}
			next *= 2
		}
		r.codes[b[0]>>4][b[0]&15] = codes
		b = symbols
	}
}

func (r *reference) quantisation(b []byte) {
	for len(b) > 0 {
		size := 1 + int(b[0]>>4)
		if size > 2 || b[0]&15 > 3 || len(b) < 1+64*size {
			refuse("quantisation table")
		}
		q := new([64]int)
		for k := range q {
			for _, v := range b[1+k*size : 1+(k+1)*size] {
				q[k] = q[k]<<8 | int(v)
			}
		}
		r.quant[b[0]&15] = q
		for _, c := range r.components {
			r.requantised = r.requantised || r.progressive && c.quant != nil && c.tq == int(b[0]&15)
		}
		b = b[1+64*size:]
	}
}

// plane returns the samples of a component.
func (r *reference) plane(c *referenceComponent) Plane {
	p := Plane{
		Pix: make([]uint8, 64*c.across*c.down), Stride: 8 * c.across, W: c.w, H: c.ht,
		StepX: float64(r.maxH) / float64(c.h), StepY: float64(r.maxV) / float64(c.v),
	}
	for i, coefs := range c.coefs {
		x, y := i%c.across*8, i/c.across*8
		for place, v := range referenceIDCT(coefs, c.quant) {
			p.Pix[(y+place/8)*p.Stride+x+place%8] = uint8(min(max(math.RoundToEven(v+128), 0), 255))
		}
	}
	return p
}

// referenceIDCT is the inverse DCT of T.81, A.3.3, in two passes.
func referenceIDCT(coefs [64]int, quant *[64]int) (out [64]float64) {
	var rows [64]float64
	for k, v := range coefs {
		if v == 0 {
			continue
		}
		u, y := int(zigzag[k])%8, int(zigzag[k])/8
		for x := range 8 {
			rows[8*y+x] += float64(v*quant[k]) * cosines[x][u]
		}
	}
	for x := range 8 {
		for v := range 8 {
			if f := rows[8*v+x]; f != 0 {
				for y := range 8 {
					out[8*y+x] += f * cosines[y][v]
				}
			}
		}
	}
	return out
}

// cosines[x][u] is C(u)/2 · cos((2x+1)uπ/16).
var cosines = func() (c [8][8]float64) {
	for x := range 8 {
		for u := range 8 {
			c[x][u] = math.Cos(float64((2*x+1)*u)*math.Pi/16) / 2
			if u == 0 {
				c[x][u] /= math.Sqrt2
			}
		}
	}
	return c
}()
