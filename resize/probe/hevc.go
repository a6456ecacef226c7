package probe

// hevcColours reads the matrix and the range of the samples from the parameters of a sequence in an hvcC box (ISO/IEC
// 14496-15, 8.3.3.1). It reports false if they say nothing of that, or are beyond what is read here.
func hevcColours(hvcC []byte) (matrix uint8, full, ok bool) {
	const head, spsType = 23, 33
	if len(hvcC) < head {
		return 0, false, false
	}
	arrays := int(hvcC[head-1])
	b := hvcC[head:]
	for ; arrays > 0 && len(b) >= 3; arrays-- {
		kind, units := b[0]&0x3f, int(b[1])<<8|int(b[2])
		for b = b[3:]; units > 0 && len(b) >= 2; units-- {
			n := int(b[0])<<8 | int(b[1])
			if b = b[2:]; n > len(b) {
				return 0, false, false
			}
			if kind == spsType && n > 2 {
				r := &bitReader{data: unescaped(b[2:n])}
				matrix, full, ok = r.spsColours()
				return matrix, full, ok && !r.ended
			}
			b = b[n:]
		}
	}
	return 0, false, false
}

// unescaped returns a unit of a stream without its emulation prevention bytes (ITU-T H.265, 7.3.1.1).
func unescaped(b []byte) []byte {
	out := make([]byte, 0, len(b))
	zeros := 0
	for _, v := range b {
		if zeros >= 2 && v == 3 {
			zeros = 0
			continue
		}
		if zeros++; v != 0 {
			zeros = 0
		}
		out = append(out, v)
	}
	return out
}

// A bitReader reads numbers of a stream from the first bit on. Beyond the end it reads zeros, and notes that.
type bitReader struct {
	data  []byte
	at    int // bits
	ended bool
}

// bits reads a number of up to 32 bits.
func (r *bitReader) bits(n int) (v uint32) {
	for range n {
		v <<= 1
		if r.at>>3 >= len(r.data) {
			r.ended = true
			continue
		}
		v |= uint32(r.data[r.at>>3]>>(7-r.at&7)) & 1
		r.at++
	}
	return v
}

// number reads a number of up to 31 bits.
func (r *bitReader) number(n int) int { return int(r.bits(n)) }

func (r *bitReader) flag() bool { return r.bits(1) == 1 }

// ue reads an Exp-Golomb code (9.2).
func (r *bitReader) ue() int {
	zeros := 0
	for !r.flag() {
		if zeros++; zeros > 31 || r.ended {
			r.ended = true
			return 0
		}
	}
	return int(r.bits(zeros)) + 1<<zeros - 1
}

func (r *bitReader) skip(n int) {
	if r.at += n; r.at > 8*len(r.data) {
		r.ended = true
	}
}

// spsColours reads parameters of a sequence up to the colours in their VUI (7.3.2.2.1, E.2.1).
func (r *bitReader) spsColours() (matrix uint8, full, ok bool) {
	r.skip(4)
	layers := int(r.bits(3))
	r.skip(1)
	r.skipLevels(layers)
	r.ue() // sps_seq_parameter_set_id
	if r.ue() == 3 {
		r.skip(1) // separate_colour_plane_flag
	}
	r.ue() // pic_width_in_luma_samples
	r.ue() // pic_height_in_luma_samples
	if r.flag() {
		r.codes(4) // conformance_window
	}
	r.codes(2) // bit_depth_luma_minus8, bit_depth_chroma_minus8
	pocBits := min(max(r.ue(), 0), 12) + 4
	sub := layers
	if r.flag() {
		sub = 0
	}
	r.codes(3 * (layers - sub + 1))
	r.codes(6)    // sizes of coding blocks and transform blocks
	if r.flag() { // scaling_list_enabled_flag
		if areTheirOwn := r.flag(); areTheirOwn {
			r.skipScalingLists()
		}
	}
	r.skip(2) // amp_enabled_flag, sample_adaptive_offset_enabled_flag
	if r.flag() {
		r.skip(8) // PCM sample depths
		r.codes(2)
		r.skip(1)
	}
	if !r.skipReferences(pocBits) {
		return 0, false, false
	}
	r.skip(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
	if !r.flag() {
		return 0, false, false // no VUI
	}
	return r.vuiColours()
}

func (r *bitReader) codes(n int) {
	for range n {
		r.ue()
	}
}

// skipLevels skips the profiles, tiers and levels of a sequence (7.3.3).
func (r *bitReader) skipLevels(layers int) {
	r.skip(88 + 8)
	var profiles, levels int
	for range layers {
		profiles += int(r.bits(1))
		levels += int(r.bits(1))
	}
	if layers > 0 {
		r.skip(2 * (8 - layers))
	}
	r.skip(88*profiles + 8*levels)
}

// skipScalingLists skips lists of quantisers (7.3.4).
func (r *bitReader) skipScalingLists() {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for range 6 / step {
			if !r.flag() {
				r.ue()
				continue
			}
			if size > 1 {
				r.ue()
			}
			r.codes(min(64, 1<<(4+size<<1)))
		}
	}
}

// skipReferences skips the sets of reference pictures (7.3.7), which a still image has none of. It reports false for
// sets that are predicted from others.
func (r *bitReader) skipReferences(pocBits int) bool {
	sets := r.ue()
	for i := range min(sets, 64) {
		if i > 0 && r.flag() {
			return false
		}
		pictures := min(max(r.ue(), 0), 16) + min(max(r.ue(), 0), 16)
		for range min(pictures, 32) {
			r.ue()
			r.skip(1)
		}
		if r.ended {
			return false
		}
	}
	if r.flag() { // long_term_ref_pics_present_flag
		r.skip(min(r.ue(), 32) * (pocBits + 1))
	}
	return !r.ended
}

// vuiColours reads the video signal type.
func (r *bitReader) vuiColours() (matrix uint8, full, ok bool) {
	const extendedSAR = 255
	if r.flag() && r.bits(8) == extendedSAR {
		r.skip(32)
	}
	if r.flag() {
		r.skip(1) // overscan_appropriate_flag
	}
	if !r.flag() {
		return 0, false, false
	}
	r.skip(3) // video_format
	full, matrix = r.flag(), unknownMatrix
	if r.flag() {
		r.skip(16) // colour_primaries, transfer_characteristics
		matrix = uint8(r.bits(8))
	}
	return matrix, full, true
}
