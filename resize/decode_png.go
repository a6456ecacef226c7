package resize

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"hash/crc32"
	"image/png"
	"io"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// decodePNG refuses an image whose file can't hold its pixels, before memory is taken for them: zlib packs no more than
// 1,032 bytes into one, a match of 258 bytes in two bits, while a file of a hundred bytes can claim any size.
func decodePNG(src []byte, h Header) (*raster, error) {
	depth, samples := int64(src[24]), map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[src[25]]
	if probe.Pixels(h.Width, h.Height)/8*depth*samples/1032 > int64(len(src)) {
		return nil, errFewBytes(src, h)
	}
	r, err := decodeImage(png.Decode, src)
	if _, isUnsupported := errors.AsType[png.UnsupportedError](err); err != nil && !isUnsupported {
		r, err = decodeDamagedPNG(src, err)
	}
	if err != nil {
		return nil, err
	}
	r.icc = probe.PNGProfile(src)
	return r, nil
}

// decodeDamagedPNG decodes a PNG that image/png refuses with an error, if all of its pixels are there, as browsers do. Else
// it returns that error.
func decodeDamagedPNG(src []byte, refused error) (*raster, error) {
	r, w := io.Pipe()
	defer r.Close()
	go func() { w.CloseWithError(mendPNG(w, src)) }()
	m, err := png.Decode(r)
	if err != nil {
		return nil, refused
	}
	return fromImage(m), nil
}

var errNoPixels = errors.New("the pixels are not whole")

// mendPNG writes the chunks of a PNG that its pixels need, with new checksums, and with an end. Pixels count as whole if
// their own checksum, that of zlib, is right, or if it is cut off behind them and no checksum of a chunk is wrong.
func mendPNG(w io.Writer, src []byte) error {
	if _, err := w.Write(src[:8]); err != nil {
		return err
	}
	var pixels []byte
	isWrong := false // the checksum of some chunk of pixels
	for at := 8; at+8 <= len(src); {
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
			pixels = append(pixels, data...)
			isWrong = isWrong || isWhole && !isRight
		case isRight && pixels == nil && (name == "IHDR" || name == "PLTE" || name == "tRNS"):
			if err := writeChunk(w, name, data); err != nil {
				return err
			}
		}
	}
	if err := mendPixels(w, pixels, isWrong); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

// mendPixels inflates the pixels, and writes them without compression, so that a checksum that is cut off can be written.
// needsSum refuses pixels without their checksum.
func mendPixels(w io.Writer, pixels []byte, needsSum bool) error {
	if len(pixels) < 2 {
		return errNoPixels
	}
	rest := bytes.NewReader(pixels[2:]) // behind the header of zlib
	inflated, sum := flate.NewReader(rest), adler32.New()
	if err := writeChunk(w, "IDAT", []byte{0x78, 0x01}); err != nil {
		return err
	}
	const most = 1 << 15 // bytes of a block, which has 16 bits for them
	block := make([]byte, 5+most)
	for {
		n, err := io.ReadFull(inflated, block[5:])
		sum.Write(block[5 : 5+n])
		isLast := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && hasEnded(inflated)
		if err != nil && !isLast {
			return err
		}
		block[0] = 0
		if isLast {
			block[0] = 1
		}
		binary.LittleEndian.PutUint16(block[1:], uint16(n))
		binary.LittleEndian.PutUint16(block[3:], ^uint16(n))
		if err := writeChunk(w, "IDAT", block[:5+n]); err != nil {
			return err
		}
		if isLast {
			break
		}
	}
	var stored [4]byte
	n, _ := io.ReadFull(rest, stored[:])
	if n == 4 && binary.BigEndian.Uint32(stored[:]) != sum.Sum32() || n < 4 && needsSum {
		return errNoPixels
	}
	return writeChunk(w, "IDAT", sum.Sum(nil))
}

// hasEnded reports whether a reader that returned fewer bytes than were asked for did so at its end.
func hasEnded(r io.Reader) bool {
	_, err := r.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// writeChunk writes a chunk of a PNG (PNG, 5.3).
func writeChunk(w io.Writer, name string, data []byte) error {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, name...), data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	_, err := w.Write(chunk)
	return err
}
