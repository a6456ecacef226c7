package probe

// An av1Sequence is what a sequence header of AV1 says that the header of a frame depends on (AV1 Bitstream Specification, 5.5). The zero
// value is that of headers that are not read.
type av1Sequence struct {
	isRead        bool
	isStill       bool // reduced_still_picture_header
	width, height int  // the most of a frame
	sizeBits      [2]int
	idBits        int  // of a frame, 0 if they are not numbered
	isLarge       bool // superblocks of 128 × 128
	superres      bool
	screenContent int // seq_force_screen_content_tools
	integerMV     int // seq_force_integer_mv
	orderBits     int
}

const av1Selected = 2 // by each frame

func readAV1Sequence(r *bitReader) (s av1Sequence) {
	s.screenContent, s.integerMV = av1Selected, av1Selected
	r.skip(3 + 1) // profile, still_picture
	s.isStill = r.flag()
	if s.isStill {
		r.skip(5) // level
	} else if !s.points(r) {
		return av1Sequence{}
	}
	s.sizeBits = [2]int{r.number(4) + 1, r.number(4) + 1}
	s.width, s.height = r.number(s.sizeBits[0])+1, r.number(s.sizeBits[1])+1
	if !s.isStill && r.flag() {
		delta := r.number(4) + 2
		s.idBits = delta + r.number(3) + 1
	}
	s.isLarge = r.flag()
	r.skip(2) // filters
	if !s.isStill {
		s.tools(r)
	}
	s.superres = r.flag()
	s.isRead = !r.ended
	return s
}

// points reads the operating points, and reports whether there is no model of a decoder, with which frames would have more fields.
func (s *av1Sequence) points(r *bitReader) bool {
	if hasTiming := r.flag(); hasTiming {
		return false // of sequences
	}
	hasDelay := r.flag()
	for range r.number(5) + 1 {
		r.skip(12)
		if level := r.number(5); level > 7 {
			r.skip(1) // tier
		}
		if hasDelay && r.flag() {
			r.skip(4)
		}
	}
	return true
}

// tools reads which tools frames may use.
func (s *av1Sequence) tools(r *bitReader) {
	r.skip(4) // compound, warped motion, dual filter
	hasOrder := r.flag()
	if hasOrder {
		r.skip(2)
	}
	if isChosen := r.flag(); !isChosen {
		s.screenContent = r.number(1)
	}
	if s.screenContent > 0 {
		if isChosen := r.flag(); !isChosen {
			s.integerMV = r.number(1)
		}
	}
	if hasOrder {
		s.orderBits = r.number(3) + 1
	}
}

// quantiser reads the header of a key frame as far as base_q_idx (5.9.2), 0 if it is another frame.
func (s av1Sequence) quantiser(r *bitReader) int {
	if !s.isRead {
		return 0
	}
	if !s.isStill {
		if isShown := r.number(4); isShown != 0b0001 { // show_existing_frame, a key frame, show_frame
			return 0
		}
	}
	isFixed := r.flag() // disable_cdf_update
	hasScreenTools := s.screenContent == 1 || s.screenContent == av1Selected && r.flag()
	if hasScreenTools && s.integerMV == av1Selected {
		r.skip(1)
	}
	r.skip(s.idBits)
	width, height := s.width, s.height
	if !s.isStill {
		hasSize := r.flag()
		r.skip(s.orderBits)
		if hasSize {
			width, height = r.number(s.sizeBits[0])+1, r.number(s.sizeBits[1])+1
		}
	}
	isScaled := s.superres && r.flag()
	if isScaled {
		return 0
	}
	if hasRenderSize := r.flag(); hasRenderSize {
		r.skip(16 + 16)
	}
	if hasScreenTools {
		r.skip(1) // allow_intrabc
	}
	if !s.isStill && !isFixed {
		r.skip(1) // disable_frame_end_update_cdf
	}
	if !s.tiles(r, width, height) {
		return 0
	}
	q := r.number(8)
	if r.ended {
		return 0
	}
	return q
}

// tiles reads how a frame is divided (5.9.15), and reports whether it is by tiles of one size.
func (s av1Sequence) tiles(r *bitReader, width, height int) bool {
	if isUniform := r.flag(); !isUniform {
		return false
	}
	side, most := 64, 4096*2304
	if s.isLarge {
		side = 128
	}
	columns, rows := (width+side-1)/side, (height+side-1)/side
	log2 := func(unit, target int) (k int) { // tile_log2
		for unit<<k < target {
			k++
		}
		return k
	}
	least := log2(4096/side, columns)
	leastTiles := max(least, log2(most/(side*side), columns*rows))
	increments := func(k, limit int) int {
		for k < limit && r.flag() {
			k++
		}
		return k
	}
	columnsLog2 := increments(least, log2(1, min(columns, 64)))
	rowsLog2 := increments(max(leastTiles-columnsLog2, 0), log2(1, min(rows, 64)))
	if columnsLog2+rowsLog2 > 0 {
		r.skip(columnsLog2 + rowsLog2 + 2)
	}
	return true
}
