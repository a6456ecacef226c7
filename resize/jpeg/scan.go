package jpeg

import "encoding/binary"

// maxScans bounds the scans of a file: the most that an encoder makes sense of, and far less than a file can have
// that wants to keep a decoder busy.
const maxScans = 400

// scan decodes the scan behind a header, or passes it over, and returns where the next segment is.
func (d *decoder) scan(b []byte, at int) (int, error) {
	if d.components == nil {
		return 0, corrupt("a scan before the frame")
	}
	if len(b) < 4 || len(b) != 4+2*int(b[0]) || b[0] < 1 || b[0] > 4 {
		return 0, corrupt("a scan header of %d bytes", len(b))
	}
	if d.scans++; d.scans > maxScans {
		return 0, unsupported("more than %d scans", maxScans)
	}
	parts := make([]*component, b[0])
	for i := range parts {
		if err := d.choose(parts, i, b[1+2*i], b[2+2*i]); err != nil {
			return 0, err
		}
	}
	tail := b[1+2*len(parts):]
	band := band{from: int(tail[0]), to: int(tail[1]), high: uint(tail[2] >> 4), low: uint(tail[2] & 15)}
	if d.components[0].pix == nil {
		d.allocate()
	}
	if d.progressive {
		return d.progressiveScan(parts, band, at)
	}
	for _, c := range parts {
		if d.dc[c.dcTab] == nil || d.ac[c.acTab] == nil {
			return 0, corrupt("a scan without its Huffman tables")
		}
		if c.seen {
			return 0, corrupt("two scans of one component")
		}
		c.seen = true
	}
	return d.walk(parts, at, func(bits *bitReader, c *component, x, y int) bool {
		var coefs [64]int32
		last, ok := d.block(bits, c, &coefs)
		if ok {
			transform(c.pix[y*d.scale*c.stride+x*d.scale:], c.stride, &coefs, d.scale, last)
		}
		return ok
	})
}

// choose takes the i-th component of a scan, by its name.
func (d *decoder) choose(parts []*component, i int, id, tables uint8) error {
	for j := range d.components {
		c := &d.components[j]
		if c.id != id {
			continue
		}
		for _, other := range parts[:i] {
			if other == c {
				return corrupt("a scan with component %d twice", id)
			}
		}
		c.dcTab, c.acTab = int(tables>>4), int(tables&15)
		if c.dcTab > 3 || c.acTab > 3 {
			return corrupt("a scan with table %#x", tables)
		}
		if !c.hasTable {
			if !d.quants[c.quant] {
				return corrupt("a scan without quantisation table %d", c.quant)
			}
			c.table, c.hasTable = d.quant[c.quant], true
		}
		parts[i] = c
		return nil
	}
	return corrupt("a scan of component %d, which there isn't", id)
}

// walk goes through the blocks of a scan in the order of the file, restarting where the file does, and returns
// where the data ends. A scan whose data ends before its blocks do is corrupt.
func (d *decoder) walk(parts []*component, at int, block func(b *bitReader, c *component, x, y int) bool) (int, error) {
	mcusX, mcusY := ceil(d.width, 8*d.maxH), ceil(d.height, 8*d.maxV)
	if len(parts) == 1 { // one block each, and none that is only padding
		mcusX, mcusY = ceil(parts[0].w, 8), ceil(parts[0].ht, 8)
	}
	data, next := d.entropy(at)
	total := mcusX * mcusY
	interval := d.interval
	if interval == 0 {
		interval = total
	}
	for from := 0; from < total; from += interval {
		if len(data) == 0 {
			return next, d.short(next)
		}
		bits := newBitReader(data[0])
		data = data[1:]
		for _, c := range parts {
			c.prediction = 0
		}
		d.run = 0
		for mcu := from; mcu < min(from+interval, total); mcu++ {
			x, y := mcu%mcusX, mcu/mcusX
			if !walkMCU(&bits, parts, x, y, block) {
				return next, d.lenientOr(corrupt("a code that there isn't"))
			}
			if x == mcusX-1 && bits.overrun() {
				return next, d.short(next)
			}
		}
		if bits.overrun() {
			return next, d.short(next)
		}
	}
	return next, nil
}

func walkMCU(b *bitReader, parts []*component, x, y int, block func(b *bitReader, c *component, x, y int) bool) bool {
	if len(parts) == 1 {
		return block(b, parts[0], x, y)
	}
	for _, c := range parts {
		for v := range c.v {
			for h := range c.h {
				if !block(b, c, x*c.h+h, y*c.v+v) {
					return false
				}
			}
		}
	}
	return true
}

// short is the error of a scan that has too little data.
func (d *decoder) short(next int) error {
	if next == len(d.src) {
		return d.lenientOr(corrupt("it ends early"))
	}
	return d.lenientOr(corrupt("a scan ends early"))
}

func (d *decoder) lenientOr(err error) error {
	if d.lenient {
		return nil
	}
	return err
}

// block decodes the wanted coefficients of a block of a sequential scan, dequantised and in their places, and
// passes over the others. It returns the last that is not zero.
//
// This is where the time goes: the reader's fields are kept in variables, and refills are written out.
func (d *decoder) block(b *bitReader, c *component, coefs *[64]int32) (last int, ok bool) {
	ac, table := d.ac[c.acTab], &c.table
	if b.n < 32 {
		b.refill()
	}
	difference, ok := readDC(b, d.dc[c.dcTab])
	if !ok {
		return 0, false
	}
	c.prediction += difference
	coefs[0] = c.prediction * table[0]

	buf, pos, acc, n := b.buf, b.pos, b.acc, b.n
	wanted := d.last
	k := 1
	for k <= wanted {
		if n < 32 {
			if pos+8 <= len(buf) {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> n
				pos += int(63-n) >> 3
				n |= 56
			} else {
				pos, n = pos+7, 56
			}
		}
		e := ac.values[acc>>(64-lookBits)]
		if e&hasValue != 0 {
			acc <<= e & (valueBits &^ hasValue)
			n -= uint(e & (valueBits &^ hasValue))
			if k += int(e >> 8 & 0xff); k > 63 {
				return 0, false // a run beyond the block
			}
			coefs[zigzag[k]] = int32(e) >> 16 * table[k]
			last = k
			k++
			continue
		}
		symbol := uint8(e >> 8)
		if e != 0 {
			acc <<= e & valueBits
			n -= uint(e & valueBits)
		} else {
			slow := bitReader{acc: acc, n: n}
			if symbol, ok = ac.slow(&slow); !ok {
				return 0, false
			}
			acc, n = slow.acc, slow.n
		}
		size := uint(symbol & 15)
		if size == 0 {
			if symbol != zeroRun {
				b.pos, b.acc, b.n = pos, acc, n
				return last, true
			}
			k += 16
			continue
		}
		k += int(symbol >> 4)
		if k > 63 {
			return 0, false
		}
		if n < 16 {
			if pos+8 <= len(buf) {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> n
				pos += int(63-n) >> 3
				n |= 56
			} else {
				pos, n = pos+7, 56
			}
		}
		coefs[zigzag[k]] = extend(int32(acc>>(64-size)), size) * table[k]
		last = k
		acc <<= size
		n -= size
		k++
	}
	b.pos, b.acc, b.n = pos, acc, n
	if k > 63 {
		return last, k == 64
	}
	return last, passOver(b, ac, k)
}

// passOver goes from coefficient k to the end of the block without a look at values.
func passOver(b *bitReader, ac *huffman, k int) bool {
	buf, pos, acc, n := b.buf, b.pos, b.acc, b.n
	for k < 64 {
		if n < 32 {
			if pos+8 <= len(buf) {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> n
				pos += int(63-n) >> 3
				n |= 56
			} else {
				pos, n = pos+7, 56
			}
		}
		s := ac.skips[acc>>(64-lookBits)]
		if s.bits != 0 && k+int(s.coefficients) < 64 {
			acc <<= s.bits
			n -= uint(s.bits)
			k += int(s.coefficients)
			if s.end {
				break
			}
			continue
		}
		one := bitReader{acc: acc, n: n}
		symbol, ok := ac.symbol(&one)
		if !ok {
			return false
		}
		acc, n = one.acc, one.n
		size := uint(symbol & 15)
		if size == 0 && symbol != zeroRun {
			break
		}
		acc <<= size
		n -= size
		k += int(symbol>>4) + 1
	}
	b.pos, b.acc, b.n = pos, acc, n
	return k <= 64
}

// readDC decodes the difference of a DC coefficient.
func readDC(b *bitReader, dc *huffman) (int32, bool) {
	e := dc.values[b.acc>>(64-lookBits)]
	if e&hasValue != 0 {
		b.skip(uint(e & (valueBits &^ hasValue)))
		return int32(e) >> 16, true
	}
	size, ok := dc.symbol(b)
	if !ok || size > 15 {
		return 0, false
	}
	if size == 0 {
		return 0, true
	}
	if b.n < 16 {
		b.refill()
	}
	return extend(b.bits(uint(size)), uint(size)), true
}
