package resizetest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// gifOf returns an animation of frames of one size, with a delay in hundredths of a second. If last is not 0, pixels
// have indexes up to last, and a palette of two colours.
func gifOf(frames int, r image.Rectangle, last uint8, delay int) []byte {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.Gray{uint8(i)}
	}
	const mostEncoded = 64 // of frames: encoding thousands takes longer than an engine takes for them
	distinct := min(frames, mostEncoded, r.Dx()*r.Dy())
	if r.Dx()*r.Dy() > 1<<20 {
		distinct = 1
	}
	var out []byte
	var blocks [][]byte // of a frame each
	for i := range distinct {
		m := image.NewPaletted(r, palette)
		m.Pix[i] = 1
		if last > 0 {
			for j := range m.Pix {
				m.Pix[j] = uint8(j) % (last + 1)
			}
		}
		var b bytes.Buffer
		g := gif.GIF{
			Image: []*image.Paletted{m}, Delay: []int{delay},
			Config: image.Config{ColorModel: palette, Width: r.Dx(), Height: r.Dy()},
		}
		if err := gif.EncodeAll(&b, &g); err != nil {
			panic(err)
		}
		out = b.Bytes()[:gifHead]
		blocks = append(blocks, b.Bytes()[gifHead:b.Len()-1])
	}
	out = slices.Clip(out)
	if last > 0 { // the codes of the pixels keep their width
		out[10] &^= 7
		out = out[: 13+3*2 : 13+3*2]
	}
	if frames > 1 {
		out = append(out, "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"...) // loops for ever
	}
	for i := range frames {
		out = append(out, blocks[i%distinct]...)
	}
	return append(out, 0x3b)
}

// gifHead is the length of a GIF's header with a palette of 256 colours.
const gifHead = 13 + 3*256

// shortPalette returns a PNG whose pixels have 256 indexes and whose palette has two colours.
func shortPalette() []byte {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i), 0, 0, 255}
	}
	m := image.NewPaletted(image.Rect(0, 0, 16, 16), palette)
	for i := range m.Pix {
		m.Pix[i] = uint8(i)
	}
	src := PNG(m)
	at := bytes.Index(src, []byte("PLTE")) - 4
	return append(append(bytes.Clone(src[:at]), pngChunk("PLTE", "\x00\x00\x00\xff\xff\xff")...), src[at+12+3*256:]...)
}

func pngChunk(name, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// withChunk inserts a chunk after the header of a PNG.
func withChunk(png []byte, name, data string) []byte {
	const afterIHDR = 8 + 25
	return append(append(bytes.Clone(png[:afterIHDR]), pngChunk(name, data)...), png[afterIHDR:]...)
}

// claimingPNG returns a PNG of a kilobyte that claims a size, with as many pixels as a kilobyte can unpack to.
func claimingPNG(w, h uint32, depth byte) []byte {
	header := binary.BigEndian.AppendUint32(nil, w)
	header = binary.BigEndian.AppendUint32(header, h)
	header = append(header, depth, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(header))...)
	out = append(out, pngChunk("IDAT", deflated(io.LimitReader(zeros{}, 1<<20)))...)
	return append(out, pngChunk("IEND", "")...)
}

// claimingTIFF returns an RGB image that claims a size, in strips that are all the same bytes of Deflate.
func claimingTIFF(w, h, strips uint32) []byte {
	order := binary.LittleEndian
	out := []byte("II*\x00....")
	pixels := deflated(io.LimitReader(zeros{}, 1<<20))
	out = append(out, pixels...)
	offsets := uint32(len(out))
	for range strips {
		out = order.AppendUint32(out, 8)
	}
	counts := uint32(len(out))
	for range strips {
		out = order.AppendUint32(out, uint32(len(pixels)))
	}
	if strips == 1 {
		offsets, counts = 8, uint32(len(pixels))
	}
	order.PutUint32(out[4:], uint32(len(out)))
	tags := [][3]uint32{
		{256, 1, w}, {257, 1, h}, {258, 1, 8}, {259, 1, 8}, {262, 1, 2}, {273, strips, offsets}, {277, 1, 3},
		{278, 1, h / strips}, {279, strips, counts},
	}
	out = order.AppendUint16(out, uint16(len(tags)))
	for _, tag := range tags {
		out = order.AppendUint16(order.AppendUint16(out, uint16(tag[0])), 4)
		out = order.AppendUint32(order.AppendUint32(out, tag[1]), tag[2])
	}
	return append(out, 0, 0, 0, 0)
}

// claimingGIF returns a GIF that claims a size and whose pixels end long before.
func claimingGIF(w, h uint16) []byte {
	out := gifOf(1, image.Rect(0, 0, 1000, 1000), 0, 1)
	frame := bytes.LastIndex(out[:gifHead+32], []byte{0x2c, 0, 0, 0, 0})
	for _, at := range []int{6, frame + 5} {
		binary.LittleEndian.PutUint16(out[at:], w)
		binary.LittleEndian.PutUint16(out[at+2:], h)
	}
	return out
}

// claimingBMP returns a BMP of 24 bits per pixel that claims a size and has a few pixels.
func claimingBMP(w, h uint32) []byte {
	out := append([]byte("BM"), make([]byte, 98)...)
	out[10], out[14], out[26], out[28] = 54, 40, 1, 24
	binary.LittleEndian.PutUint32(out[18:], w)
	binary.LittleEndian.PutUint32(out[22:], h)
	return out
}

// runsBMP returns a BMP of a few runs, in 8 bits, which claims a size of at least 24 × 18.
func runsBMP(w, h uint32) []byte {
	out := append([]byte("BM"), make([]byte, 52)...)
	out[10], out[14], out[26], out[28], out[30], out[46] = 54+3*4, 40, 1, 8, 1, 3
	binary.LittleEndian.PutUint32(out[18:], w)
	binary.LittleEndian.PutUint32(out[22:], h)
	out = append(out, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0)
	for range 18 {
		out = append(out, 8, 0, 0, 3, 1, 2, 1, 0, 0, 2, 3, 0, 10, 2, 0, 0)
	}
	return append(out, 0, 1)
}

// icon returns an icon of a small PNG and of a BMP of 24 × 18 pixels without a mask.
func icon(bmp []byte) []byte {
	small, large := PNG(image.NewNRGBA(image.Rect(0, 0, 2, 2))), bytes.Clone(bmp[14:])
	large[8] *= 2 // the height counts the mask, too
	out := []byte{0, 0, 1, 0, 2, 0}
	at := 6 + 2*16
	for _, entry := range []struct {
		w, h byte
		data []byte
	}{{2, 2, small}, {24, 18, large}} {
		out = append(out, entry.w, entry.h, 0, 0, 1, 0, 32, 0)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(entry.data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		at += len(entry.data)
	}
	return append(append(out, small...), large...)
}

// claimingJPEG returns a baseline JPEG that claims another size than its own.
func claimingJPEG(jpeg []byte, w, h uint16) []byte {
	out := bytes.Clone(jpeg)
	at := bytes.Index(out, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

// bomb returns 64 kilobytes that unpack to a thousand times as much, which is the most in zlib.
var bomb = sync.OnceValue(func() string { return deflated(io.LimitReader(zeros{}, 64<<20)) })

func deflated(r io.Reader) string {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, 5) // a higher level takes eight times as long for zeros
	if err != nil {
		panic(err)
	}
	if _, err := io.Copy(z, r); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// smallFramesPNG returns an animation of frames of 8 × 8 pixels, all alike, which claims a number of them.
func smallFramesPNG(frames int, claimed uint32) []byte {
	all := slices.Repeat([]PNGFrame{{Image: Plain(8, 8, [4]uint8{255, 0, 0, 255})}}, frames)
	src := AnimatedPNG(nil, 0, all...)
	at := bytes.Index(src, []byte("acTL"))
	binary.BigEndian.PutUint32(src[at+4:], claimed)
	binary.BigEndian.PutUint32(src[at+12:], crc32.ChecksumIEEE(src[at:at+12]))
	return src
}

// manyChunksPNG returns a PNG with so many chunks of pixels, all but one of them empty.
func manyChunksPNG(chunks int) []byte {
	src := PNG(Photo(24, 18))
	at := bytes.Index(src, []byte("IDAT")) - 4
	return slices.Concat(src[:at], bytes.Repeat(pngChunk("IDAT", ""), chunks-1), src[at:])
}
