package probe

import "fmt"

// JXL reads the headers of a JPEG XL, bare or in its container (ISO/IEC 18181-1, annex D, and 18181-2). Its decoder
// applies the orientation; so the size is the displayed one, and the orientation is 1.
func JXL(src []byte) (Header, error) {
	h := initial()
	err := h.jxl(src)
	return h, err
}

func (h *Header) jxl(src []byte) error {
	if !hasPrefix(src, "\xff\x0a") {
		stream, err := jxlStream(src)
		if err != nil {
			return err
		}
		src = stream
	}
	if len(src) < 2 {
		return ErrShort
	}
	if !hasPrefix(src, "\xff\x0a") {
		return fmt.Errorf("%w: jxl: no codestream", ErrCorrupt)
	}
	b := &jxlBits{src: src[2:]}
	h.Width, h.Height = b.size()
	h.Channels = 3
	if b.n(1) == 0 {
		h.jxlMetadata(b)
	}
	if b.short {
		return ErrShort
	}
	if h.Channels > 4 {
		return fmt.Errorf("%w: jxl: %d channels", ErrUnsupported, h.Channels)
	}
	return nil
}

// jxlMetadata reads the second part of the header, as far as the number of channels.
func (h *Header) jxlMetadata(b *jxlBits) {
	orientation := 1
	if b.n(1) == 1 {
		orientation = 1 + b.n(3)
		if b.n(1) == 1 {
			b.size() // at which it is meant to be displayed
		}
		if b.n(1) == 1 {
			b.preview()
		}
		if b.n(1) == 1 {
			b.animation()
		}
	}
	if b.n(1) == 0 {
		h.setDepth(b.u32([4]int{0, 0, 0, 6}, [4]int{8, 10, 12, 1}))
	} else {
		h.setDepth(b.u32([4]int{0, 0, 0, 6}, [4]int{32, 16, 24, 1}))
		b.n(4) // bits of the exponent
	}
	b.n(1) // whether 16 bits are enough for its buffers
	h.Channels = 3 + b.u32([4]int{0, 0, 4, 12}, [4]int{0, 1, 2, 1})
	if orientation >= 5 {
		h.Width, h.Height = h.Height, h.Width
	}
}

func (h *Header) setDepth(bits int) {
	if bits > 8 {
		h.Depth = 16
	}
}

// jxlStream returns the beginning of the codestream in a container.
func jxlStream(src []byte) ([]byte, error) {
	for rest := src; ; {
		if len(rest) < 8 {
			return nil, ErrShort
		}
		switch name, data := string(rest[4:8]), rest[8:]; name {
		case "jxlc": // which need not be whole
			return data, nil
		case "jxlp":
			if len(data) < 4 {
				return nil, ErrShort
			}
			return data[4:], nil
		}
		_, _, next, err := nextBox(rest)
		if err != nil {
			return nil, err
		}
		rest = next
	}
}

// jxlBits reads fields of bits, from the lowest bit of each byte on.
type jxlBits struct {
	src   []byte
	at    int  // in bits
	short bool // a field lies beyond the end, and was read as 0
}

// n returns a field of so many bits.
func (b *jxlBits) n(bits int) int {
	v := 0
	for i := range bits {
		if b.at/8 >= len(b.src) {
			b.short = true
			return 0
		}
		v |= int(b.src[b.at/8]>>(b.at%8)&1) << i
		b.at++
	}
	return v
}

// u32 returns a number of one of four lengths, to which an offset is added; two bits in front choose among them.
func (b *jxlBits) u32(bits, plus [4]int) int {
	which := b.n(2)
	return b.n(bits[which]) + plus[which]
}

// jxlRatios are the ratios of width to height that a header can have in place of the width.
var jxlRatios = [8][2]int{1: {1, 1}, 2: {12, 10}, 3: {4, 3}, 4: {3, 2}, 5: {16, 9}, 6: {5, 4}, 7: {2, 1}}

func (b *jxlBits) size() (w, h int) {
	div8 := b.n(1) == 1
	side := func() int {
		if div8 {
			return 8 * (b.n(5) + 1)
		}
		return b.u32([4]int{9, 13, 18, 30}, [4]int{1, 1, 1, 1})
	}
	h = side()
	if r := jxlRatios[b.n(3)]; r[0] != 0 {
		return int(min(int64(h)*int64(r[0])/int64(r[1]), 1<<31-1)), h
	}
	return side(), h
}

func (b *jxlBits) preview() {
	bits, plus := [4]int{6, 8, 10, 12}, [4]int{1, 65, 321, 1345}
	if b.n(1) == 1 {
		bits, plus = [4]int{0, 0, 5, 9}, [4]int{16, 32, 1, 33}
	}
	b.u32(bits, plus)
	if b.n(3) == 0 {
		b.u32(bits, plus)
	}
}

func (b *jxlBits) animation() {
	b.u32([4]int{0, 0, 10, 30}, [4]int{100, 1000, 1, 1})
	b.u32([4]int{0, 0, 8, 10}, [4]int{1, 1001, 1, 1})
	b.u32([4]int{0, 3, 16, 32}, [4]int{})
	b.n(1)
}
