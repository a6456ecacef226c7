package resize

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
)

// encodePNG writes grey images in one channel, and opaque images without alpha.
func encodePNG(m *image.NRGBA, isGrey bool, icc []byte) ([]byte, error) {
	var out image.Image = m
	if isGrey && m.Opaque() {
		g := image.NewGray(m.Rect)
		for i := range g.Pix {
			g.Pix[i] = m.Pix[4*i]
		}
		out = g
	}
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := e.Encode(&b, out); err != nil {
		return nil, err
	}
	if icc == nil {
		return b.Bytes(), nil
	}
	return withPNGProfile(b.Bytes(), icc)
}

// withPNGProfile inserts an iCCP chunk after IHDR.
func withPNGProfile(src, icc []byte) ([]byte, error) {
	data := bytes.NewBufferString("iCCPICC profile\x00\x00")
	z := zlib.NewWriter(data)
	if _, err := z.Write(icc); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	const afterIHDR = 8 + 25
	out := append([]byte(nil), src[:afterIHDR]...)
	out = binary.BigEndian.AppendUint32(out, uint32(data.Len()-4))
	out = append(out, data.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data.Bytes()))
	return append(out, src[afterIHDR:]...), nil
}
