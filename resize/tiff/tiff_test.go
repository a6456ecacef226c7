package tiff_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"maps"
	"reflect"
	"slices"
	"testing"

	reference "golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// tagsOf returns the tags of an image of width × height pixels without compression, and further ones.
func tagsOf(width, height uint32, photometric uint32, bits []uint32, more map[uint16][]uint32) map[uint16][]uint32 {
	tags := map[uint16][]uint32{
		256: {width}, 257: {height}, 258: bits, 259: {1}, 262: {photometric}, 277: {uint32(len(bits))},
	}
	maps.Copy(tags, more)
	return tags
}

var (
	rgb8   = []uint32{8, 8, 8}
	rgba8  = []uint32{8, 8, 8, 8}
	colors = []byte{250, 20, 30, 90, 200, 40, 60, 50, 180, 9, 8, 7, 99, 98, 97, 1, 2, 3} // 3 × 2 pixels
	planes = []string{"\xfa\x5a\x3c\x09\x63\x01", "\x14\xc8\x32\x08\x62\x02", "\x1e\x28\xb4\x07\x61\x03"}
)

// TestKinds reads images of every kind.
func TestKinds(t *testing.T) {
	differences := []byte{250, 20, 30, 96, 180, 10, 226, 106, 140, 9, 8, 7, 90, 90, 90, 158, 160, 162}
	for name, test := range map[string]struct {
		file file
		want []string // planes
	}{
		"RGB":            {file{tags: tagsOf(3, 2, 2, rgb8, nil), blocks: [][]byte{colors}}, planes},
		"strips":         {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{278: {1}}), blocks: [][]byte{colors[:9], colors[9:]}}, planes},
		"big endian":     {file{order: binary.BigEndian, tags: tagsOf(3, 2, 2, rgb8, nil), blocks: [][]byte{colors}}, planes},
		"Deflate":        {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {8}}), blocks: [][]byte{deflated(colors)}}, planes},
		"cut Deflate":    {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {8}}), blocks: [][]byte{deflated(colors)[:len(deflated(colors))-4]}}, planes},
		"LZW":            {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {5}}), blocks: [][]byte{lzw(colors)}}, planes},
		"PackBits":       {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {32773}}), blocks: [][]byte{packed(colors)}}, planes},
		"differences":    {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {8}, 317: {2}}), blocks: [][]byte{deflated(differences)}}, planes},
		"reversed bits":  {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{266: {2}}), blocks: [][]byte{reversed(colors)}}, planes},
		"samples apart":  {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{284: {2}}), blocks: [][]byte{[]byte(planes[0]), []byte(planes[1]), []byte(planes[2])}}, planes},
		"reversed LZW":   {file{tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{259: {5}, 266: {2}}), blocks: [][]byte{reversed(lzw(colors))}}, planes},
		"white is zero":  {file{tags: tagsOf(2, 1, 0, []uint32{8}, nil), blocks: [][]byte{{0, 200}}}, []string{"\xff\x37"}},
		"1 bit":          {file{tags: tagsOf(9, 2, 1, []uint32{1}, nil), blocks: [][]byte{{0b10100000, 0x80, 0x01, 0}}}, []string{"\xff\x00\xff\x00\x00\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00\xff\x00"}},
		"2 bits":         {file{tags: tagsOf(4, 1, 1, []uint32{2}, nil), blocks: [][]byte{{0b00011011}}}, []string{"\x00\x55\xaa\xff"}},
		"4 bits":         {file{tags: tagsOf(3, 1, 0, []uint32{4}, nil), blocks: [][]byte{{0x0f, 0x30}}}, []string{"\xff\x00\xcc"}},
		"16 bits":        {file{tags: tagsOf(2, 1, 1, []uint32{16}, nil), blocks: [][]byte{{1, 2, 3, 4}}}, []string{"\x02\x04"}},
		"big 16 bits":    {file{order: binary.BigEndian, tags: tagsOf(2, 1, 1, []uint32{16}, map[uint16][]uint32{259: {8}, 317: {2}}), blocks: [][]byte{deflated([]byte{1, 200, 3, 100})}}, []string{"\x01\x05"}},
		"palette":        {file{tags: tagsOf(2, 1, 3, []uint32{1}, map[uint16][]uint32{320: {0x1234, 0x5678, 0x9abc, 0xdef0, 0xff00, 0xff}}), blocks: [][]byte{{0b01000000}}}, []string{"\x12\x56", "\x9a\xde", "\xff\x00"}},
		"8-bit palette":  {file{tags: tagsOf(2, 1, 3, []uint32{1}, map[uint16][]uint32{320: {0x12, 0x56, 0x9a, 0xde, 0xff, 0}}), blocks: [][]byte{{0b01000000}}}, []string{"\x12\x56", "\x9a\xde", "\xff\x00"}},
		"alpha":          {file{tags: tagsOf(1, 1, 2, rgba8, map[uint16][]uint32{338: {2}}), blocks: [][]byte{{9, 8, 7, 6}}}, []string{"\x09", "\x08", "\x07", "\x06"}},
		"grey alpha":     {file{tags: tagsOf(1, 2, 1, []uint32{8, 8}, map[uint16][]uint32{338: {2}}), blocks: [][]byte{{9, 8, 7, 6}}}, []string{"\x09\x07", "\x09\x07", "\x09\x07", "\x08\x06"}},
		"another sample": {file{tags: tagsOf(1, 1, 2, rgba8, map[uint16][]uint32{338: {0}}), blocks: [][]byte{{9, 8, 7, 6}}}, []string{"\x09", "\x08", "\x07"}},
		"inks":           {file{tags: tagsOf(1, 2, 5, rgba8, nil), blocks: [][]byte{{9, 8, 7, 6, 5, 4, 3, 2}}}, []string{"\x09\x05", "\x08\x04", "\x07\x03", "\x06\x02"}},
		"a spot ink":     {file{tags: tagsOf(1, 1, 5, []uint32{8, 8, 8, 8, 8}, nil), blocks: [][]byte{{9, 8, 7, 6, 5}}}, []string{"\x09", "\x08", "\x07", "\x06"}},
		// Three white pixels and five black ones in each of two rows.
		"fax, group 4":           {file{tags: tagsOf(8, 2, 0, []uint32{1}, map[uint16][]uint32{259: {4}}), blocks: [][]byte{{0b00110000, 0b01111000, 0b00000001, 0, 16}}}, []string{"\xff\xff\xff\x00\x00\x00\x00\x00\xff\xff\xff\x00\x00\x00\x00\x00"}},
		"fax that is a negative": {file{tags: tagsOf(8, 2, 1, []uint32{1}, map[uint16][]uint32{259: {4}}), blocks: [][]byte{{0b00110000, 0b01111000, 0b00000001, 0, 16}}}, []string{"\x00\x00\x00\xff\xff\xff\xff\xff\x00\x00\x00\xff\xff\xff\xff\xff"}},
	} {
		r, err := tiff.Decode(test.file.body(), 1e8)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(r.Planes) != len(test.want) {
			t.Errorf("%s: got %d planes, want %d", name, len(r.Planes), len(test.want))
			continue
		}
		for i, want := range test.want {
			if string(r.Planes[i]) != want {
				t.Errorf("%s, plane %d: got %x, want %x", name, i, r.Planes[i], want)
			}
		}
	}
}

// TestTiles reads tiles that reach beyond the image.
func TestTiles(t *testing.T) {
	f := file{tags: tagsOf(20, 17, 1, []uint32{8}, map[uint16][]uint32{259: {8}, 322: {16}, 323: {16}}), tiled: true}
	for i := range 4 {
		tile := make([]byte, 256)
		for j := range tile {
			tile[j] = uint8(i/2*16*20 + j/16*20 + i%2*16 + j%16)
		}
		f.blocks = append(f.blocks, deflated(tile))
	}
	r, err := tiff.Decode(f.body(), 1e8)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range r.Planes[0] {
		if v != uint8(i) {
			t.Fatalf("pixel %d: got %d, want %d", i, v, uint8(i))
		}
	}
}

func TestAlphaAndProfile(t *testing.T) {
	f := file{
		tags:  tagsOf(1, 1, 2, rgba8, map[uint16][]uint32{338: {1}}),
		bytes: map[uint16][]byte{34675: []byte("a profile")}, blocks: [][]byte{{9, 8, 7, 60}},
	}
	if r, err := tiff.Decode(f.body(), 1e8); err != nil || !r.Premultiplied || string(r.ICC) != "a profile" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestReference compares with images that golang.org/x/image/tiff writes.
func TestReference(t *testing.T) {
	photo := resizetest.Photo(50, 31)
	grey, deep := image.NewGray(photo.Rect), image.NewNRGBA64(photo.Rect)
	for y := range 31 {
		for x := range 50 {
			grey.Set(x, y, photo.At(x, y))
			c := photo.NRGBAAt(x, y)
			c.A = uint8(x * 5)
			deep.Set(x, y, c)
			photo.SetNRGBA(x, y, c)
		}
	}
	for name, m := range map[string]image.Image{"alpha": photo, "grey": grey, "16 bits": deep} {
		for _, o := range []reference.Options{{}, {Compression: reference.Deflate}, {Compression: reference.Deflate, Predictor: true}} {
			var b bytes.Buffer
			if err := reference.Encode(&b, m, &o); err != nil {
				t.Fatal(err)
			}
			r, err := tiff.Decode(b.Bytes(), 50*31)
			if err != nil {
				t.Fatalf("%s, %v: %v", name, o, err)
			}
			for i := range r.Planes[0] {
				want := color.NRGBAModel.Convert(m.At(i%50, i/50)).(color.NRGBA)
				got := color.NRGBA{r.Planes[0][i], r.Planes[0][i], r.Planes[0][i], 255}
				if len(r.Planes) == 4 {
					got = color.NRGBA{r.Planes[0][i], r.Planes[1][i], r.Planes[2][i], r.Planes[3][i]}
				}
				if got != want {
					t.Fatalf("%s, %v, pixel %d: got %v, want %v", name, o, i, got, want)
				}
			}
		}
	}
}

// narrowInWideTiles is a column of pixels in tiles of 1024 columns, all of which would be expanded.
func narrowInWideTiles() file {
	const tiles = 25_000
	return file{tags: tagsOf(1, 8*tiles, 2, []uint32{16, 16, 16}, map[uint16][]uint32{
		259: {8}, 322: {1024}, 323: {8}, 324: slices.Repeat([]uint32{8}, tiles), 325: slices.Repeat([]uint32{1}, tiles),
	})}
}

// TestRefused checks that what is not read is refused as that, and what is damaged as that.
func TestRefused(t *testing.T) {
	with := func(bits []uint32, photometric uint32, more map[uint16][]uint32, blocks ...[]byte) file {
		return file{tags: tagsOf(3, 2, photometric, bits, more), blocks: blocks}
	}
	wrongSum := deflated(colors)
	wrongSum[len(wrongSum)-1]++
	for name, test := range map[string]struct {
		file file
		want error
	}{
		"other inks":                {with(rgba8, 5, map[uint16][]uint32{332: {2}}, colors), tiff.ErrUnsupported},
		"inks with alpha":           {with([]uint32{8, 8, 8, 8, 8}, 5, map[uint16][]uint32{338: {2}}, colors), tiff.ErrUnsupported},
		"two inks":                  {with([]uint32{8, 8}, 5, nil, colors), tiff.ErrCorrupt},
		"CIELab":                    {with(rgb8, 8, nil, colors), tiff.ErrUnsupported},
		"YCbCr":                     {with(rgb8, 6, nil, colors), tiff.ErrUnsupported},
		"JPEG":                      {with(rgb8, 2, map[uint16][]uint32{259: {7}}, colors), tiff.ErrUnsupported},
		"32 bits":                   {with([]uint32{32}, 1, nil, colors), tiff.ErrUnsupported},
		"different bits":            {with([]uint32{8, 8, 16}, 2, nil, colors), tiff.ErrUnsupported},
		"RGB of 4 bits":             {with([]uint32{4, 4, 4}, 2, nil, colors), tiff.ErrUnsupported},
		"floating point":            {with([]uint32{16}, 1, map[uint16][]uint32{339: {3}}, colors), tiff.ErrUnsupported},
		"predictor 3":               {with(rgb8, 2, map[uint16][]uint32{259: {8}, 317: {3}}, colors), tiff.ErrUnsupported},
		"six samples":               {with([]uint32{8, 8, 8, 8, 8, 8}, 2, nil, colors), tiff.ErrUnsupported},
		"a palette of 16 bits":      {with([]uint32{16}, 3, nil, colors), tiff.ErrUnsupported},
		"fax of two dimensions":     {with([]uint32{1}, 0, map[uint16][]uint32{259: {3}, 292: {1}}, colors), tiff.ErrUnsupported},
		"huge tiles":                {with(rgb8, 2, map[uint16][]uint32{322: {1 << 20}, 323: {16}}, colors), tiff.ErrUnsupported},
		"wide tiles":                {narrowInWideTiles(), tiff.ErrUnsupported},
		"tiny tiles":                {with(rgb8, 2, map[uint16][]uint32{322: {1}, 323: {1}}, colors), tiff.ErrUnsupported},
		"very many strips":          {with([]uint32{1}, 1, map[uint16][]uint32{256: {1}, 257: {1 << 20}, 278: {1}}, colors), tiff.ErrUnsupported},
		"no pixels":                 {with(rgb8, 2, map[uint16][]uint32{256: {0}}, colors), tiff.ErrCorrupt},
		"a short block":             {with(rgb8, 2, nil, colors[:17]), tiff.ErrCorrupt},
		"one block of two":          {with(rgb8, 2, map[uint16][]uint32{278: {1}}, colors), tiff.ErrCorrupt},
		"no rows in a strip":        {with(rgb8, 2, map[uint16][]uint32{278: {0}}, colors), tiff.ErrCorrupt},
		"a wrong checksum":          {with(rgb8, 2, map[uint16][]uint32{259: {8}}, wrongSum), tiff.ErrCorrupt},
		"no palette":                {with([]uint32{8}, 3, nil, colors), tiff.ErrCorrupt},
		"fax of colours":            {with(rgb8, 2, map[uint16][]uint32{259: {4}}, colors), tiff.ErrCorrupt},
		"one sample of three":       {with([]uint32{8}, 2, nil, colors), tiff.ErrCorrupt},
		"a claim of 100 megapixels": {with(rgb8, 2, map[uint16][]uint32{256: {10_000}, 257: {10_000}, 259: {5}}, colors), tiff.ErrCorrupt},
	} {
		if _, err := tiff.Decode(test.file.body(), 1e8); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := tiff.Decode([]byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), 1e8); !errors.Is(err, tiff.ErrUnsupported) {
		t.Errorf("BigTIFF: got %v", err)
	}
	body := with(rgb8, 2, map[uint16][]uint32{278: {1}}, colors[:9], colors[9:]).body()
	if _, err := tiff.Decode(body, 5); !errors.Is(err, tiff.ErrCorrupt) {
		t.Errorf("six pixels where there are at most five: got %v", err)
	}
	for n := range body {
		if _, err := tiff.Decode(body[:n], 1e8); n < len(body)-4 && !errors.Is(err, tiff.ErrCorrupt) {
			t.Errorf("%d bytes of %d: got %v", n, len(body), err)
		}
	}
}

// TestOverlap refuses a file whose strips are all the same bytes, which would be read over and over.
func TestOverlap(t *testing.T) {
	f := file{tags: tagsOf(1, 40, 1, []uint32{8}, map[uint16][]uint32{278: {1}}), blocks: [][]byte{make([]byte, 1000)}}
	f.tags[273], f.tags[279] = make([]uint32, 39), make([]uint32, 39)
	for i := range f.tags[273] {
		f.tags[273][i], f.tags[279][i] = 8, 1000
	}
	if _, err := tiff.Decode(f.body(), 1e8); !errors.Is(err, tiff.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// TestNoCounts reads files that do not say how long their strips are.
func TestNoCounts(t *testing.T) {
	for name, f := range map[string]file{
		"strips":  {tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{278: {1}}), blocks: [][]byte{colors[:9], colors[9:]}},
		"deflate": {tags: tagsOf(3, 2, 2, rgb8, map[uint16][]uint32{278: {1}, 259: {8}}), blocks: [][]byte{deflated(colors[:9]), deflated(colors[9:])}},
	} {
		body := f.body()
		want, err := tiff.Decode(body, 1e8)
		if err != nil {
			t.Fatal(err)
		}
		counts := bytes.LastIndex(body, []byte{279 & 255, 279 >> 8, 4, 0})
		body[counts]++ // the tag is another now
		got, err := tiff.Decode(body, 1e8)
		if err != nil || !reflect.DeepEqual(got.Planes, want.Planes) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want.Planes)
		}
	}
}

// FuzzDecode checks that every file is an image of the size that it claims, or has one of the two errors.
func FuzzDecode(f *testing.F) {
	for _, compression := range []uint32{1, 3, 4, 5, 8, 32773} {
		bits, photometric := rgb8, uint32(2)
		if compression == 3 || compression == 4 {
			bits, photometric = []uint32{1}, 0
		}
		block := map[uint32][]byte{5: lzw(colors), 8: deflated(colors), 32773: packed(colors)}[compression]
		if block == nil {
			block = colors
		}
		f.Add(file{tags: tagsOf(3, 2, photometric, bits, map[uint16][]uint32{259: {compression}}), blocks: [][]byte{block}}.body())
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := tiff.Decode(src, 1<<16)
		switch {
		case errors.Is(err, tiff.ErrCorrupt), errors.Is(err, tiff.ErrUnsupported):
		case err != nil:
			t.Error(err)
		default:
			for _, p := range r.Planes {
				if len(p) != r.Width*r.Height {
					t.Errorf("%d × %d pixels: got %d samples", r.Width, r.Height, len(p))
				}
			}
		}
	})
}
