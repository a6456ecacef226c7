package bmp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize/bmp"
)

var little = binary.LittleEndian

// A bitmap is a file that a test writes.
type bitmap struct {
	header      int // bytes
	w, h        int
	bits        int
	compression uint32
	masks       []uint32
	palette     []color.RGBA
	data        []byte
}

// dib returns the bitmap without the header of a file.
func (b bitmap) dib() []byte {
	head := make([]byte, max(b.header, 40))
	little.PutUint32(head, uint32(b.header))
	if b.header == 12 {
		little.PutUint16(head[4:], uint16(b.w))
		little.PutUint16(head[6:], uint16(b.h))
		little.PutUint16(head[8:], 1)
		little.PutUint16(head[10:], uint16(b.bits))
	} else {
		little.PutUint32(head[4:], uint32(b.w))
		little.PutUint32(head[8:], uint32(b.h))
		little.PutUint16(head[12:], 1)
		little.PutUint16(head[14:], uint16(b.bits))
		little.PutUint32(head[16:], b.compression)
		little.PutUint32(head[32:], uint32(len(b.palette)))
	}
	head = head[:b.header]
	for i, mask := range b.masks {
		if b.header >= 52 {
			little.PutUint32(head[40+4*i:], mask)
		} else {
			head = little.AppendUint32(head, mask)
		}
	}
	for _, c := range b.palette {
		head = append(head, c.B, c.G, c.R)
		if b.header != 12 {
			head = append(head, 0)
		}
	}
	return append(head, b.data...)
}

func (b bitmap) file() []byte {
	dib := b.dib()
	file := append([]byte("BM"), make([]byte, 12)...)
	little.PutUint32(file[2:], uint32(14+len(dib)))
	little.PutUint32(file[10:], uint32(14+len(dib)-len(b.data)))
	return append(file, dib...)
}

// words returns pixels of 16 bits, in rows of two, from the bottom up.
func words(pixels ...uint16) (data []byte) {
	for _, p := range pixels {
		data = little.AppendUint16(data, p)
	}
	return data
}

func longs(pixels ...uint32) (data []byte) {
	for _, p := range pixels {
		data = little.AppendUint32(data, p)
	}
	return data
}

var (
	red, green, blue, white = color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}
	half, none              = color.NRGBA{255, 0, 0, 128}, color.NRGBA{}

	four = []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}
)

// kinds are bitmaps of the pixels that follow each, row by row from the top.
func kinds() map[string]struct {
	bitmap
	want []color.NRGBA
} {
	all := []color.NRGBA{red, green, blue, white} // of 2 × 2 pixels; the file has the last two first
	type kind = struct {
		bitmap
		want []color.NRGBA
	}
	quarters := longs(0xff0000ff, 0xffffffff, 0x80ff0000, 0xff00ff00)
	return map[string]kind{
		"OS/2, 24 bits":     {bitmap{header: 12, w: 2, h: 2, bits: 24, data: []byte{255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0}}, all},
		"OS/2, 8 bits":      {bitmap{header: 12, w: 2, h: 2, bits: 8, palette: append(four, make([]color.RGBA, 252)...), data: []byte{2, 3, 0, 0, 0, 1, 0, 0}}, all},
		"OS/2 2.x of 16":    {bitmap{header: 16, w: 2, h: 2, bits: 24, data: []byte{255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0}}, all},
		"OS/2 2.x of 64":    {bitmap{header: 64, w: 2, h: 2, bits: 4, palette: four, data: []byte{0x23, 0, 0, 0, 0x01, 0, 0, 0}}, all},
		"OS/2 2.x, RLE24":   {bitmap{header: 64, w: 2, h: 2, bits: 24, compression: 4, data: []byte{1, 255, 0, 0, 1, 255, 255, 255, 0, 0, 0, 3, 0, 0, 255, 0, 255, 0, 9, 9, 9, 0, 0, 1}}, all},
		"1 bit":             {bitmap{header: 40, w: 2, h: 2, bits: 1, palette: four[:2], data: []byte{0x40, 0, 0, 0, 0x80, 0, 0, 0}}, []color.NRGBA{green, red, red, green}},
		"2 bits":            {bitmap{header: 40, w: 2, h: 2, bits: 2, palette: four, data: []byte{0xb0, 0, 0, 0, 0x10, 0, 0, 0}}, all},
		"4 bits":            {bitmap{header: 40, w: 2, h: 2, bits: 4, palette: four, data: []byte{0x23, 0, 0, 0, 0x01, 0, 0, 0}}, all},
		"4 bits, too few":   {bitmap{header: 40, w: 2, h: 1, bits: 4, palette: four, data: []byte{0x0f, 0, 0, 0}}, []color.NRGBA{red, {0, 0, 0, 255}}},
		"8 bits":            {bitmap{header: 40, w: 2, h: 2, bits: 8, palette: four, data: []byte{2, 3, 0, 0, 0, 1}}, all},
		"8 bits, top down":  {bitmap{header: 40, w: 2, h: -2, bits: 8, palette: four, data: []byte{0, 1, 0, 0, 2, 3, 0, 0}}, all},
		"16 bits":           {bitmap{header: 40, w: 2, h: 2, bits: 16, data: words(0x1f, 0x7fff, 0x7c00, 0x83e0)}, all},
		"16 bits, 565":      {bitmap{header: 40, w: 2, h: 2, bits: 16, compression: 3, masks: []uint32{0xf800, 0x7e0, 0x1f}, data: words(0x1f, 0xffff, 0xf800, 0x7e0)}, all},
		"16 bits, 4444":     {bitmap{header: 108, w: 2, h: 2, bits: 16, compression: 3, masks: []uint32{0xf00, 0xf0, 0xf, 0xf000}, data: words(0xf00f, 0xffff, 0x0f00, 0xf0f0)}, []color.NRGBA{{255, 0, 0, 0}, green, blue, white}},
		"masks of 10 bits":  {bitmap{header: 40, w: 2, h: 2, bits: 32, compression: 3, masks: []uint32{0x3ff << 20, 0x3ff << 10, 0x3ff}, data: longs(0x3ff, 0x3fffffff, 0x3ff<<20, 0xc00ffc00)}, all},
		"masks in a header": {bitmap{header: 52, w: 2, h: 2, bits: 32, compression: 3, masks: []uint32{0xff, 0xff00, 0xff0000}, data: longs(0xff0000, 0xffffff, 0xff, 0xff00)}, all},
		"32 bits":           {bitmap{header: 40, w: 2, h: 2, bits: 32, data: quarters}, all},
		"no alpha in a header": {bitmap{
			header: 52, w: 2, h: 2, bits: 32, compression: 6, masks: []uint32{0xff, 0xff00, 0xff0000}, data: longs(0xff0000, 0xffffff, 0xff, 0xff00),
		}, all},
		"alpha of V3":         {bitmap{header: 56, w: 2, h: 2, bits: 32, compression: 3, masks: []uint32{0xff0000, 0xff00, 0xff, 0xff << 24}, data: quarters}, []color.NRGBA{half, green, blue, white}},
		"alpha of V5":         {bitmap{header: 124, w: 2, h: 2, bits: 32, masks: []uint32{0, 0, 0, 0xff << 24}, data: quarters}, []color.NRGBA{half, green, blue, white}},
		"alpha behind V3":     {bitmap{header: 40, w: 2, h: 2, bits: 32, compression: 6, masks: []uint32{0xff0000, 0xff00, 0xff, 0xff << 24}, data: quarters}, []color.NRGBA{half, green, blue, white}},
		"alpha of nothing":    {bitmap{header: 124, w: 2, h: 2, bits: 32, masks: []uint32{0, 0, 0, 0xff << 24}, data: longs(0xff, 0xffffff, 0xff0000, 0xff00)}, all},
		"RLE8":                {bitmap{header: 40, w: 2, h: 2, bits: 8, compression: 1, palette: four, data: []byte{1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1}}, all},
		"RLE8, without end":   {bitmap{header: 40, w: 2, h: 2, bits: 8, compression: 1, palette: four, data: []byte{2, 2, 0, 0, 2, 1}}, []color.NRGBA{green, green, blue, blue}},
		"RLE8, beyond a row":  {bitmap{header: 40, w: 2, h: 2, bits: 8, compression: 1, palette: four, data: []byte{9, 2, 0, 0, 9, 1, 0, 1}}, []color.NRGBA{green, green, blue, blue}},
		"RLE8, beyond all":    {bitmap{header: 40, w: 2, h: 1, bits: 8, compression: 1, palette: four, data: []byte{2, 1, 0, 2, 255, 255, 9, 9}}, []color.NRGBA{green, green}},
		"RLE8, left out":      {bitmap{header: 40, w: 2, h: 2, bits: 8, compression: 1, palette: four, data: []byte{1, 2, 0, 2, 0, 1, 1, 1, 0, 1}}, []color.NRGBA{none, green, blue, none}},
		"RLE4":                {bitmap{header: 40, w: 3, h: 2, bits: 4, compression: 2, palette: four, data: []byte{3, 0x23, 0, 0, 0, 3, 0x01, 0x20, 0, 1}}, []color.NRGBA{red, green, blue, blue, white, blue}},
		"pixels at no offset": {bitmap{header: 40, w: 2, h: 2, bits: 16, data: words(0x1f, 0x7fff, 0x7c00, 0x83e0)}, all},
	}
}

func TestDecode(t *testing.T) {
	for name, kind := range kinds() {
		file := kind.file()
		if name == "pixels at no offset" {
			little.PutUint32(file[10:], 0)
		}
		m, err := bmp.Decode(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := pixels(m); !slices.Equal(got, kind.want) {
			t.Errorf("%s: got %v, want %v", name, got, kind.want)
		}
		if w, h, err := bmp.DecodeConfig(file); w != m.Bounds().Dx() || h != m.Bounds().Dy() || err != nil {
			t.Errorf("%s: got a size of %d × %d, %v", name, w, h, err)
		}
	}
}

// pixels returns the colours of an image, row by row.
func pixels(m image.Image) (all []color.NRGBA) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			if n, ok := m.(*image.NRGBA); ok {
				c = n.NRGBAAt(x, y)
			}
			all = append(all, c)
		}
	}
	return all
}

// TestDecodeRefuses checks that a cut file is short, and that kinds which are not read are named.
func TestDecodeRefuses(t *testing.T) {
	for name, kind := range kinds() {
		file := kind.file()
		last := len(file)
		if kind.compression != 0 && kind.compression != 3 && kind.compression != 6 {
			last -= 4 // the end of runs may be missing, and what they leave out
		}
		for n := range last {
			whole := kind.w*kind.bits/8*(max(kind.h, -kind.h)-1) + (kind.w*kind.bits+7)/8
			if n >= len(file)-len(kind.data)+whole {
				break // only padding is missing
			}
			if _, err := bmp.Decode(file[:n]); err == nil {
				t.Errorf("%s, cut to %d of %d bytes: got no error", name, n, len(file))
			}
		}
	}
	base := bitmap{header: 40, w: 2, h: 2, bits: 32, data: make([]byte, 16)}
	for name, change := range map[string]func(*bitmap){
		"a JPEG within":          func(b *bitmap) { b.compression = 4 },
		"Huffman coding":         func(b *bitmap) { b.header, b.bits, b.compression = 64, 1, 3 },
		"a mask with gaps":       func(b *bitmap) { b.compression, b.masks = 3, []uint32{0xf0f0, 0xf, 0xf00} },
		"masks that overlap":     func(b *bitmap) { b.compression, b.masks = 3, []uint32{0xff, 0xff, 0xff00} },
		"3 bits":                 func(b *bitmap) { b.bits = 3 },
		"8 bits of RLE4":         func(b *bitmap) { b.bits, b.compression = 8, 2 },
		"an unknown header":      func(b *bitmap) { b.header = 200 },
		"an unknown compression": func(b *bitmap) { b.compression = 99 },
	} {
		b := base
		change(&b)
		if _, err := bmp.Decode(b.file()); !errors.Is(err, bmp.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
	claims := bitmap{header: 40, w: 30000, h: 3000, bits: 8, compression: 1, data: []byte{0, 1}}.file()
	if _, err := bmp.Decode(claims); !errors.Is(err, bmp.ErrShort) {
		t.Errorf("runs of two bytes for 90 million pixels: got %v", err)
	}
}

// TestDecodeIcon checks the mask behind the colours, and what stands in its place.
func TestDecodeIcon(t *testing.T) {
	colours := []byte{2, 3, 0, 0, 0, 1, 0, 0}
	holes := []byte{0x80, 0, 0, 0, 0x40, 0, 0, 0}
	base := bitmap{header: 40, w: 2, h: 4, bits: 8, palette: four}
	for name, test := range map[string]struct {
		bits int
		data []byte
		want []color.NRGBA
	}{
		"a mask":             {8, slices.Concat(colours, holes), []color.NRGBA{red, none, none, white}},
		"no mask":            {8, colours, []color.NRGBA{red, green, blue, white}},
		"alpha and a mask":   {32, append(longs(0xff0000ff, 0xffffffff, 0x80ff0000, 0xff00ff00), holes...), []color.NRGBA{half, green, blue, white}},
		"no alpha, a mask":   {32, append(longs(0xff, 0xffffff, 0xff0000, 0xff00), holes...), []color.NRGBA{red, none, none, white}},
		"24 bits and a mask": {24, append([]byte{255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0}, holes...), []color.NRGBA{red, none, none, white}},
	} {
		b := base
		if b.bits, b.data = test.bits, test.data; b.bits > 8 {
			b.palette = nil
		}
		m, err := bmp.DecodeIcon(b.dib())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := pixels(m); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// TestProfile checks that the profile of a header of Windows 5 is found, and none beyond the end.
func TestProfile(t *testing.T) {
	b := bitmap{header: 124, w: 1, h: 1, bits: 32, data: []byte{0, 0, 0, 0, 'i', 'c', 'c'}}
	file := b.file()
	copy(file[14+56:], "DEBM")
	little.PutUint32(file[14+112:], 128)
	little.PutUint32(file[14+116:], 3)
	if got := bmp.Profile(file); string(got) != "icc" {
		t.Errorf("got %q", got)
	}
	if got := bmp.Profile(bytes.Clone(file[:len(file)-1])); got != nil {
		t.Errorf("cut: got %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, kind := range kinds() {
		f.Add(kind.file())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		w, h, err := bmp.DecodeConfig(file)
		if err != nil || w < 1 || h < 1 || w > 1<<20/h {
			return
		}
		m, err := bmp.Decode(file)
		if err == nil && m.Bounds() != image.Rect(0, 0, w, h) {
			t.Errorf("got %v, want %d × %d", m.Bounds(), w, h)
		}
		bmp.DecodeIcon(file[14:]) // which may not panic
	})
}
