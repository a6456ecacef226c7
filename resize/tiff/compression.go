package tiff

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/bits"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// Ways of compression.
const (
	uncompressed = 1
	group3       = 3
	group4       = 4
	lzwCodes     = 5
	deflate      = 8
	packBits     = 32773
	oldDeflate   = 32946
)

func (l layout) checkCompression(d *directory) error {
	switch l.compression {
	case uncompressed, lzwCodes, deflate, packBits, oldDeflate:
		return nil
	case group3, group4:
		if l.samples != 1 || l.bits != 1 {
			return corrupt("fax of %d samples of %d bits", l.samples, l.bits)
		}
		if l.compression == group3 && d.value(tagGroup3Options, 0)&1 == 1 {
			return unsupported("fax of group 3 in two dimensions")
		}
		return nil
	}
	return unsupported("compression %d", l.compression)
}

// An expander reads the rows of one block after another.
type expander struct {
	compression uint32
	reversed    bool
	zlib        io.ReadCloser // for reuse; nil before the first block
}

// open returns a reader of the rows of a block of some size.
func (e *expander) open(block []byte, width, height int) (io.Reader, error) {
	var r io.Reader = bytes.NewReader(block)
	if e.reversed {
		r = &reversedReader{r}
	}
	switch e.compression {
	case group3, group4:
		kind := map[uint32]ccitt.SubFormat{group3: ccitt.Group3, group4: ccitt.Group4}[e.compression]
		return ccitt.NewReader(r, ccitt.MSB, kind, width, height, &ccitt.Options{Invert: true}), nil // white is 0
	case lzwCodes:
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case deflate, oldDeflate:
		if e.zlib != nil {
			return e.zlib, e.zlib.(zlib.Resetter).Reset(r, nil)
		}
		var err error
		e.zlib, err = zlib.NewReader(r)
		return e.zlib, err
	case packBits:
		return &packBitsReader{src: r}, nil
	}
	return r, nil
}

// end reads on to the end of a block of Deflate, whose checksum lies there. If it is missing, the pixels may still be whole.
func (e *expander) end(r io.Reader) error {
	if e.compression != deflate && e.compression != oldDeflate {
		return nil
	}
	if _, err := r.Read(make([]byte, 1)); errors.Is(err, zlib.ErrChecksum) {
		return err
	}
	return nil
}

// A reversedReader reverses the bits of each byte.
type reversedReader struct{ io.Reader }

func (r *reversedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i, b := range p[:n] {
		p[i] = bits.Reverse8(b)
	}
	return n, err
}

// A packBitsReader reads runs of PackBits (TIFF 6.0, section 9).
type packBitsReader struct {
	src  io.Reader
	run  [128]byte
	left []byte // of run
}

func (r *packBitsReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// next reads a run: the bytes of a length that is not negative, or so many copies of the next byte. The length -128 is none.
func (r *packBitsReader) next() error {
	var b [1]byte
	if _, err := io.ReadFull(r.src, b[:]); err != nil {
		return err
	}
	switch length := int(int8(b[0])); {
	case length >= 0:
		r.left = r.run[:length+1]
		_, err := io.ReadFull(r.src, r.left)
		return err
	case length > -128:
		if _, err := io.ReadFull(r.src, b[:]); err != nil {
			return err
		}
		r.left = r.run[:1-length]
		for i := range r.left {
			r.left[i] = b[0]
		}
	}
	return nil
}
