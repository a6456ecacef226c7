package resizetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/png"
	"math"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// testDamagedWhole tests that files with faults that browsers don't mind are read: all of their pixels are there. Where
// pixels are missing or wrong, the error matches [resize.ErrCorrupt].
func testDamagedWhole(t *testing.T, e resize.Engine) {
	t.Run("JPEG", func(t *testing.T) { damagedJPEGs().test(t, e, resize.Transform{Format: resize.PNG}) })
	t.Run("PNG", func(t *testing.T) { damagedPNGs().test(t, e, resize.Transform{Format: resize.PNG}) })
	t.Run("GIF", func(t *testing.T) { damagedGIFs().test(t, e, resize.Transform{Format: resize.GIF}) })
}

// damaged are variations of an image.
type damaged struct {
	whole           []byte
	shown, withheld map[string][]byte
}

func (d damaged) test(t *testing.T, e resize.Engine, full resize.Transform) {
	want, err := e.Resize(t.Context(), d.whole, full)
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range d.shown {
		got, err := e.Resize(t.Context(), src, full)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(got[0], want[0]) && !math.IsInf(PSNR(Decode(got[0]), Decode(want[0])), 1) {
			t.Errorf("%s: got other pixels", name)
		}
	}
	for name, src := range d.withheld {
		if _, err := e.Resize(t.Context(), src, full, resize.Transform{Width: 20}); !errors.Is(err, resize.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		} else {
			ReadsWell(t, err)
		}
	}
}

func damagedJPEGs() damaged {
	src := JPEG(Photo(80, 60), 80)
	scan := bytes.Index(src, []byte{0xff, 0xda})
	return damaged{src,
		map[string][]byte{
			"stray bytes after a segment":       slices.Insert(bytes.Clone(src), 4+int(binary.BigEndian.Uint16(src[4:])), 1, 2, 3),
			"stray bytes between segments":      slices.Insert(bytes.Clone(src), scan, 0, 0xff, 0, 7),
			"fill bytes":                        slices.Insert(bytes.Clone(src), scan, 0xff, 0xff, 0xff),
			"a segment shorter than its length": slices.Insert(bytes.Clone(src), scan, 0xff, 0xfe, 0, 1),
			"a restart marker before the scan":  slices.Insert(bytes.Clone(src), scan, 0xff, 0xd0),
			"without the end":                   src[:len(src)-2],
			"more after the end":                append(bytes.Clone(src), "more"...),
		},
		map[string][]byte{"cut off": src[:len(src)*3/4], "without its scan": src[:scan]},
	}
}

// chunk returns a chunk of a PNG.
func chunk(name, data string) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(append(c, name...), data...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

func damagedPNGs() damaged {
	var b bytes.Buffer
	if err := png.Encode(&b, Photo(80, 60)); err != nil {
		panic(err)
	}
	src := b.Bytes()
	idat, end := bytes.Index(src, []byte("IDAT"))-4, len(src)-12 // the pixels, and the chunk IEND
	flip := func(at int) []byte {
		flipped := bytes.Clone(src)
		flipped[at] ^= 1
		return flipped
	}
	text := chunk("tEXt", "Comment\x00a cat")
	text[len(text)-1] ^= 1
	spread := manyChunks(src, idat, end)
	return damaged{src,
		map[string][]byte{
			"a transparency of a wrong length":    slices.Insert(bytes.Clone(src), idat, chunk("tRNS", "abc")...),
			"suggested colours of a wrong length": slices.Insert(bytes.Clone(src), idat, chunk("PLTE", "abcde")...),
			"without IEND":                        src[:end],
			"cut off in IEND":                     src[:len(src)-3],
			"a wrong checksum of a text":          slices.Insert(bytes.Clone(src), idat, text...),
			"a wrong checksum behind the pixels":  slices.Insert(bytes.Clone(src), end, text...),
			"a wrong checksum of IEND":            flip(len(src) - 1),
			"a wrong checksum of the pixels":      flip(end - 1), // those of zlib are right
			"cut off in the checksum":             src[:end-2],
			"cut off in the checksum of zlib":     src[:end-6],
			"cut off behind the pixels":           src[:end-8],
			"an unknown chunk that is not whole":  append(bytes.Clone(src[:end]), 0, 0, 1, 0, 'a', 'b', 'C', 'd'),
			"many chunks of pixels, cut off":      spread[:len(spread)-14],
			"more after the end":                  append(bytes.Clone(src), "more"...),
			"a chunk that claims 4 GB at the end": append(bytes.Clone(src[:end]), "\xff\xff\xff\xffteXt"...),
		},
		map[string][]byte{
			"cut off in the pixels":                   src[:end-12],
			"half of the pixels":                      src[:idat+(end-idat)/2],
			"without pixels":                          append(bytes.Clone(src[:idat]), src[end:]...),
			"a wrong bit of the pixels":               flip(idat + (end-idat)/2),
			"a wrong checksum of zlib and its chunk":  flip(end - 5),
			"a wrong checksum of the pixels, cut off": flipCut(src, end),
		},
	}
}

// manyChunks spreads the chunk of pixels of a PNG over many, some of them empty.
func manyChunks(src []byte, idat, end int) []byte {
	spread := bytes.Clone(src[:idat])
	for i, piece := range slices.Collect(slices.Chunk(src[idat+8:end-4], 7)) {
		if spread = append(spread, chunk("IDAT", string(piece))...); i%5 == 0 {
			spread = append(spread, chunk("IDAT", "")...)
		}
	}
	return append(spread, src[end:]...)
}

// flipCut removes the checksum of zlib from a PNG whose only chunk of pixels ends at end, and has a wrong checksum then.
func flipCut(src []byte, end int) []byte {
	idat := bytes.Index(src, []byte("IDAT")) - 4
	cut := slices.Delete(bytes.Clone(src), end-8, end-4)
	binary.BigEndian.PutUint32(cut[idat:], binary.BigEndian.Uint32(cut[idat:])-4)
	return cut
}

func damagedGIFs() damaged {
	src := encodeGIF(image.Rect(0, 0, 60, 40), image.Rect(0, 0, 60, 40), image.Rect(10, 10, 60, 40))
	at := bytes.Index(src, []byte{0x21, 0xf9}) // the first extension
	sized := func(src []byte, w, h byte) []byte {
		src = bytes.Clone(src)
		src[6], src[8] = w, h // of the canvas
		return src
	}
	beyond := encodeGIF(image.Rect(0, 0, 80, 60), image.Rect(0, 0, 60, 40), image.Rect(10, 10, 80, 60))
	second := encodeGIF(image.Rect(0, 0, 60, 40), image.Rect(0, 0, 60, 40))
	far := encodeGIF(image.Rect(0, 0, 200, 200), image.Rect(0, 0, 1, 1), image.Rect(0, 0, 200, 200))
	return damaged{src,
		map[string][]byte{
			"an extension that is not known": slices.Insert(bytes.Clone(src), at, 0x21, 0x2a, 3, 'a', 'b', 'c', 1, 0x2c, 0),
			"without the trailer":            src[:len(src)-1],
			"without the end of the pixels":  src[:len(src)-2],
			"another byte in the trailer":    append(bytes.Clone(src[:len(src)-1]), 0, 0, 0),
			"more after the trailer":         append(bytes.Clone(src), "more"...),
			"a frame that leaves the canvas": sized(beyond, 60, 40),
			"a first frame that leaves it":   sized(src, 30, 40),
			"without the size of the canvas": sized(src, 0, 0),
		},
		map[string][]byte{
			"cut off in the second frame":        src[:len(src)-20],
			"cut off in the second frame's head": src[:len(second)-1+5],
			"a frame far beyond the canvas":      sized(far, 1, 1),
			"without frames":                     append(bytes.Clone(src[:13]), 0x3b),
		},
	}
}

// encodeGIF returns a GIF whose frames show parts of a photograph.
func encodeGIF(canvas image.Rectangle, frames ...image.Rectangle) []byte {
	g := gif.GIF{Config: image.Config{Width: canvas.Dx(), Height: canvas.Dy()}}
	photo := Photo(80, 60)
	for i, r := range frames {
		m := image.NewPaletted(r, palette.Plan9)
		draw.Draw(m, r, photo, r.Min.Add(image.Pt(i, 0)), draw.Src)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		panic(err)
	}
	return b.Bytes()
}
