package png

// A stream is the compressed pixels of an image: the chunks of a name in a part of a file.
type stream struct {
	part part
	name string // IDAT, or fdAT, whose data begin with a number of four bytes
}

// pieces returns a function that returns the data of the chunks one after another. A file can have so many, even without data,
// that a list of them would take more memory than the image.
func (s stream) pieces() func() (piece []byte, ok bool) {
	part := s.part
	return func() ([]byte, bool) {
		for {
			var c chunk
			var ok bool
			if c, part, ok = part.next(); !ok {
				return nil, false
			}
			if c.name() == s.name {
				return s.data(c), true
			}
		}
	}
}

// data returns what a chunk has of the stream.
func (s stream) data(c chunk) []byte {
	data := c.data()
	if s.name == "fdAT" {
		return data[min(4, len(data)):]
	}
	return data
}

// size returns how many bytes the stream has.
func (s stream) size() (n int) {
	next := s.pieces()
	for piece, ok := next(); ok; piece, ok = next() {
		n += len(piece)
	}
	return n
}

// isRight reports whether no chunk has a wrong checksum.
func (s stream) isRight() bool {
	for c := range s.part.chunks() {
		if c.name() == s.name && c.sum != nil && !c.isRight() {
			return false
		}
	}
	return true
}
