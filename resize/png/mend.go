package png

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"hash/crc32"
	"io"
)

var errNoPixels = errors.New("png: the pixels are not whole")

// Mend writes the chunks of a PNG that its pixels need, with new checksums, and with an end. Pixels count as whole if
// their own checksum, that of zlib, is right, or if it is cut off behind them and no checksum of a chunk is wrong. It
// takes little memory.
func Mend(w io.Writer, src []byte) error {
	if _, err := io.WriteString(w, signature); err != nil {
		return err
	}
	var pixels pieces
	isWrong := false // the checksum of some chunk of pixels
	for at := len(signature); at+8 <= len(src); {
		name, data := string(src[at+4:at+8]), src[at+8:]
		n := int64(binary.BigEndian.Uint32(src[at:]))
		isWhole, isRight := n+4 <= int64(len(data)), false
		if isWhole {
			isRight = crc32.ChecksumIEEE(src[at+4:at+8+int(n)]) == binary.BigEndian.Uint32(data[n:])
			data = data[:n]
		}
		at += 12 + int(min(n, int64(len(src))))
		switch {
		case name == "IDAT":
			pixels = append(pixels, data)
			isWrong = isWrong || isWhole && !isRight
		case isRight && pixels == nil && (name == "IHDR" || name == "PLTE" || name == "tRNS"):
			if err := sendChunk(w, name, data); err != nil {
				return err
			}
		}
	}
	if err := mendPixels(w, &pixels, isWrong); err != nil {
		return err
	}
	return sendChunk(w, "IEND", nil)
}

// mendPixels inflates the pixels, and writes them without compression, so that a checksum that is cut off can be written.
// needsSum refuses pixels without their checksum.
func mendPixels(w io.Writer, pixels *pieces, needsSum bool) error {
	var header [2]byte // of zlib
	if _, err := io.ReadFull(pixels, header[:]); err != nil {
		return errNoPixels
	}
	inflated, sum := flate.NewReader(pixels), adler32.New()
	if err := sendChunk(w, "IDAT", []byte{0x78, 0x01}); err != nil {
		return err
	}
	const most = 1 << 15 // bytes of a block, which has 16 bits for them
	block := make([]byte, 5+most)
	for isLast := false; !isLast; {
		n, err := io.ReadFull(inflated, block[5:])
		sum.Write(block[5 : 5+n])
		isLast = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && hasEnded(inflated)
		if err != nil && !isLast {
			return err
		}
		if err := sendChunk(w, "IDAT", storedBlock(block, n, isLast)); err != nil {
			return err
		}
	}
	var stored [4]byte
	n, _ := io.ReadFull(pixels, stored[:])
	if n == 4 && binary.BigEndian.Uint32(stored[:]) != sum.Sum32() || n < 4 && needsSum {
		return errNoPixels
	}
	return sendChunk(w, "IDAT", sum.Sum(nil))
}

// storedBlock writes the header of a block of n bytes that are not compressed before them (RFC 1951, 3.2.4).
func storedBlock(block []byte, n int, isLast bool) []byte {
	block[0] = 0
	if isLast {
		block[0] = 1
	}
	binary.LittleEndian.PutUint16(block[1:], uint16(n))
	binary.LittleEndian.PutUint16(block[3:], ^uint16(n))
	return block[:5+n]
}

// hasEnded reports whether a reader that returned fewer bytes than were asked for did so at its end.
func hasEnded(r io.Reader) bool {
	_, err := r.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// pieces are bytes that are read one piece after another. Package flate reads no byte more than it needs from an
// [io.ByteReader].
type pieces [][]byte

// Read implements [io.Reader].
func (p *pieces) Read(to []byte) (n int, err error) {
	for len(*p) > 0 && n < len(to) {
		copied := copy(to[n:], (*p)[0])
		n += copied
		p.skip(copied)
	}
	if n == 0 && len(to) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// ReadByte implements [io.ByteReader].
func (p *pieces) ReadByte() (byte, error) {
	p.skip(0)
	if len(*p) == 0 {
		return 0, io.EOF
	}
	b := (*p)[0][0]
	p.skip(1)
	return b, nil
}

// skip passes over n bytes of the first piece, and over empty pieces.
func (p *pieces) skip(n int) {
	if n > 0 {
		(*p)[0] = (*p)[0][n:]
	}
	for len(*p) > 0 && len((*p)[0]) == 0 {
		*p = (*p)[1:]
	}
}

// sendChunk writes a chunk to what may fail.
func sendChunk(w io.Writer, name string, data []byte) error {
	var chunk bytes.Buffer
	writeChunk(&chunk, name, data)
	_, err := w.Write(chunk.Bytes())
	return err
}
