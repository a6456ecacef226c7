package png_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A kind is a way to store pixels.
type kind struct{ color, depth int }

func (k kind) bits() int { return k.depth * map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[k.color] }

var kinds = []kind{
	{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16},
}

// passes are the columns, rows and steps of Adam7.
var passes = [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

func chunk(name string, data []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(append(c, name...), data...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// file returns a PNG of random bytes, of few values so that filters, keys and palettes meet. Rows have the filter of a number,
// or all of them in turn for 5.
func (k kind) file(w, h, filter int, interlaced bool, transparency []byte) []byte {
	r := rand.New(rand.NewPCG(uint64(w), uint64(filter)))
	var data []byte
	rows := func(w, h int) {
		for y := range h {
			if w == 0 {
				return
			}
			number := filter
			if filter == 5 {
				number = y % 5
			}
			row := []byte{byte(number)}
			for range (w*k.bits() + 7) / 8 {
				row = append(row, byte(r.Uint32()%4*85+r.Uint32()%2))
			}
			data = append(data, row...)
		}
	}
	if interlaced {
		for _, p := range passes {
			rows((w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3])
		}
	} else {
		rows(w, h)
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	header = append(header, byte(k.depth), byte(k.color), 0, 0, 0)
	if interlaced {
		header[12] = 1
	}
	file := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
	if k.color == 3 {
		colors := []byte("redgreenblueblackwhite")
		file = append(file, chunk("PLTE", colors[:3*min(1<<k.depth, 7)])...)
	}
	if transparency != nil {
		file = append(file, chunk("tRNS", transparency)...)
	}
	file = append(file, chunk("IDAT", compress(data))...)
	return append(file, chunk("IEND", nil)...)
}

// transparencies returns what tRNS may be.
func (k kind) transparencies() [][]byte {
	switch k.color {
	case 0:
		return [][]byte{nil, {0, 1}, {85, 85}, {0, 0}, {1, 0}}
	case 2:
		return [][]byte{nil, {0, 0, 0, 85, 0, 1}, {0, 0, 0, 0, 0, 0}, {85, 85, 85, 85, 85, 85}}
	case 3:
		return [][]byte{nil, {}, {0}, {255, 255}, {7, 0, 1, 255, 9, 9, 9, 9, 200}}
	}
	return [][]byte{nil}
}

func TestDecode(t *testing.T) {
	for _, k := range kinds {
		for _, transparency := range k.transparencies() {
			for _, interlaced := range []bool{false, true} {
				for filter := range 6 {
					for _, w := range []int{1, 3, 19} {
						src := k.file(w, 6, filter, interlaced, transparency)
						name := fmt.Sprintf("type %d, %d bits, tRNS %v, interlaced %t, filter %d, %d wide",
							k.color, k.depth, transparency, interlaced, filter, w)
						got, err := png.Decode(src)
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						if err := sameAsStandard(got, src); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
					}
				}
			}
		}
	}
}

// sameAsStandard compares an image with what image/png decodes of a file.
func sameAsStandard(r *png.Raster, src []byte) error {
	m, err := stdpng.Decode(bytes.NewReader(src))
	if err != nil {
		return err
	}
	if got, want := (image.Pt(r.Width, r.Height)), m.Bounds().Size(); got != want {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	for y := range r.Height {
		for x := range r.Width {
			if got, want := pixel(r, y*r.Width+x), upper8(m.At(x, y)); got != want {
				return fmt.Errorf("pixel %d,%d: got %v, want %v", x, y, got, want)
			}
		}
	}
	return nil
}

func pixel(r *png.Raster, i int) color.NRGBA {
	switch len(r.Planes) {
	case 1:
		v := r.Planes[0][i]
		return color.NRGBA{v, v, v, 255}
	case 3:
		return color.NRGBA{r.Planes[0][i], r.Planes[1][i], r.Planes[2][i], 255}
	}
	return color.NRGBA{r.Planes[0][i], r.Planes[1][i], r.Planes[2][i], r.Planes[3][i]}
}

// upper8 returns the upper 8 bits of the channels of a color of image/png, which its own conversion multiplies with alpha and
// divides again.
func upper8(c color.Color) color.NRGBA {
	switch c := c.(type) {
	case color.NRGBA64:
		return color.NRGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	case color.NRGBA:
		return c
	}
	r, g, b, a := c.RGBA() // of opaque colours
	return color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
}

// change returns a file with another byte in its header, whose checksum is right.
func change(k kind, at int, to byte) []byte {
	src := k.file(5, 5, 0, false, nil)
	src[at] = to
	binary.BigEndian.PutUint32(src[29:], crc32.ChecksumIEEE(src[12:29]))
	return src
}

// TestDecodeErrors changes bytes of a file, with its checksums right again.
func TestDecodeErrors(t *testing.T) {
	plain, colors := kind{2, 8}, kind{3, 2}
	few := chunk("IDAT", nil)
	without := bytes.Replace(colors.file(5, 5, 0, false, nil), []byte("PLTE"), []byte("pLTE"), 1)
	second := bytes.Clone(plain.file(5, 5, 0, false, nil))
	second[32] ^= 1 // the checksum of the header
	second = append(second[:33:33], plain.file(5, 5, 0, false, nil)[8:]...)
	for name, test := range map[string]struct {
		src  []byte
		want error
	}{
		"no width":                    {change(plain, 19, 0), png.ErrCorrupt},
		"a negative height":           {change(plain, 20, 0x80), png.ErrCorrupt},
		"too many pixels":             {change(plain, 20, 0x7f), png.ErrCorrupt},
		"another depth":               {change(plain, 24, 4), png.ErrUnsupported},
		"another colour type":         {change(plain, 25, 5), png.ErrUnsupported},
		"another compression":         {change(plain, 26, 1), png.ErrUnsupported},
		"another kind of filter":      {change(plain, 27, 1), png.ErrUnsupported},
		"another way to interlace":    {change(plain, 28, 2), png.ErrCorrupt},
		"more rows than pixels":       {change(plain, 23, 6), png.ErrCorrupt},
		"more pixels than rows":       {change(plain, 23, 4), png.ErrCorrupt},
		"an unknown filter":           {plain.file(5, 5, 7, false, nil), png.ErrCorrupt},
		"two headers":                 {slices.Insert(plain.file(5, 5, 0, false, nil), 33, plain.file(5, 5, 0, false, nil)[8:33]...), png.ErrCorrupt},
		"without its palette":         {without, png.ErrCorrupt},
		"a palette of five bytes":     {slices.Insert(without, 33, chunk("PLTE", []byte("reds?"))...), png.ErrCorrupt},
		"no pixels":                   {append(plain.file(5, 5, 0, false, nil)[:33], few...), png.ErrCorrupt},
		"nothing":                     {nil, png.ErrCorrupt},
		"a header behind a wrong one": {second, png.ErrCorrupt},
	} {
		if _, err := png.Decode(test.src); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestChunks decodes files with chunks of colours that break a rule, but which say what the pixels are.
func TestChunks(t *testing.T) {
	insert := func(k kind, at int, transparency []byte, chunks ...[]byte) []byte {
		return slices.Insert(k.file(5, 5, 0, false, transparency), at, slices.Concat(chunks...)...)
	}
	const palette = 33 // where it is, or the pixels are
	plain, grey, alpha, colors := kind{2, 8}, kind{0, 8}, kind{6, 8}, kind{3, 2}
	behind := palette + 12 + 3*4
	key, more := chunk("tRNS", []byte{85, 85, 85, 85, 85, 85}), chunk("PLTE", []byte("redgreen!"))
	without := bytes.Replace(colors.file(5, 5, 0, false, nil), []byte("PLTE"), []byte("pLTE"), 1)
	for name, test := range map[string]struct{ src, same []byte }{
		"a key of another length":           {plain.file(5, 5, 0, false, []byte{1, 2}), plain.file(5, 5, 0, false, nil)},
		"a key beside alpha":                {alpha.file(5, 5, 0, false, []byte{1, 2}), alpha.file(5, 5, 0, false, nil)},
		"two keys":                          {insert(plain, palette, []byte{0, 0, 0, 85, 0, 1}, key), insert(plain, palette, nil, key)},
		"the alpha of 257 colours":          {colors.file(5, 5, 0, false, make([]byte, 257)), colors.file(5, 5, 0, false, nil)},
		"alpha before the palette":          {insert(colors, palette, nil, chunk("tRNS", []byte{9, 0})), colors.file(5, 5, 0, false, []byte{9, 0})},
		"two palettes":                      {insert(colors, behind, nil, more), colors.file(5, 5, 0, false, nil)},
		"a palette of grey":                 {insert(grey, palette, nil, more), grey.file(5, 5, 0, false, nil)},
		"suggested colours of a wrong size": {insert(plain, palette, nil, chunk("PLTE", []byte("reds?"))), plain.file(5, 5, 0, false, nil)},
		"more colours than pixels can name": {
			slices.Insert(without, palette, chunk("PLTE", []byte("redgreenblueblack"[:15]))...), colors.file(5, 5, 0, false, nil),
		},
	} {
		got, err := png.Decode(test.src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := sameAsStandard(got, test.same); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode compares with image/png: what that decodes, of a file or of its repair, and nothing else, is decoded to the same
// pixels.
func FuzzDecode(f *testing.F) {
	for i, k := range kinds {
		for _, transparency := range k.transparencies() {
			f.Add(k.file(9, 9, 5, i%2 == 0, transparency))
		}
	}
	whole := resizetest.PNG(resizetest.Photo(40, 30))
	for _, n := range []int{0, 1, 11, 12, 16, 17} {
		f.Add(whole[:len(whole)-n])
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		config, _ := stdpng.DecodeConfig(bytes.NewReader(src))
		if len(src) < 33 || string(src[:16]) != "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" || config.Width*config.Height > 1<<16 {
			return // probe.PNG does not take it for a PNG, or it takes long
		}
		got, gotErr := png.Decode(src)
		_, err := stdpng.Decode(bytes.NewReader(src))
		if err != nil {
			_, isUnsupported := errors.AsType[stdpng.UnsupportedError](err)
			if errors.Is(gotErr, png.ErrUnsupported) && !isUnsupported {
				t.Errorf("got %v, want %v", gotErr, err)
			}
			src = repaired(src)
			_, err = stdpng.Decode(bytes.NewReader(src))
		}
		if (gotErr == nil) != (err == nil) {
			t.Errorf("got %v, want %v", gotErr, err)
		} else if err == nil {
			if err := sameAsStandard(got, src); err != nil {
				t.Error(err)
			}
		}
	})
}

// repaired returns a PNG of the chunks before IEND that pixels need, with right checksums, or nothing if the pixels are not
// whole.
func repaired(src []byte) []byte {
	var header, palette, transparency, packed []byte
	isWrong := false
	for at := 8; at+8 <= len(src) && string(src[at+4:at+8]) != "IEND"; {
		n := int(min(int64(binary.BigEndian.Uint32(src[at:])), int64(len(src))))
		data := src[at+8 : min(at+8+n, len(src))]
		c := chunk(string(src[at+4:at+8]), data)
		isWhole := at+8+n+4 <= len(src)
		isRight := isWhole && bytes.Equal(c, src[at:at+len(c)])
		if at == 8 && !isRight {
			return nil
		}
		at += 12 + n
		switch name := string(c[4:8]); {
		case name == "IDAT":
			packed = append(packed, data...)
			isWrong = isWrong || isWhole && !isRight
		case !isRight || packed != nil:
		case name == "IHDR" && (header != nil || len(data) != 13):
			return nil
		case name == "IHDR":
			header = c
		case name == "PLTE" && palette == nil && header[17] == 3:
			if palette = chunk(name, data[:min(n, 3<<header[16])]); n%3 != 0 || n < 3 || n > 768 {
				return nil
			}
		case name == "tRNS" && transparency == nil:
			transparency = data
		}
	}
	if header == nil {
		return nil
	}
	out := slices.Concat(src[:8], header, palette)
	if want := map[byte]int{0: 2, 2: 6}[header[17]]; len(transparency) == want && want > 0 || header[17] == 3 && len(transparency) <= 256 {
		out = append(out, chunk("tRNS", transparency)...)
	}
	rest := bytes.NewReader(packed[min(2, len(packed)):])
	pixels, err := io.ReadAll(io.LimitReader(flate.NewReader(rest), 1<<20))
	sum, _ := io.ReadAll(rest)
	want := binary.BigEndian.AppendUint32(nil, adler32.Checksum(pixels))
	if err != nil || len(sum) >= 4 && !bytes.Equal(sum[:4], want) || len(sum) < 4 && isWrong {
		return nil
	}
	return append(append(out, chunk("IDAT", compress(pixels))...), chunk("IEND", nil)...)
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}
