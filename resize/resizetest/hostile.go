package resizetest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"math/rand/v2"
	"strings"
	"sync"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize"
)

// A Specimen is a file that is damaged or hostile.
type Specimen struct {
	Name string
	Body []byte

	// Want is what the error of an engine matches. It is nil if the image decodes, and ErrAny if it may or may not.
	Want error
}

// ErrAny stands for any error about the image, or none: flipping a bit may have no effect.
var ErrAny = errors.New("any error about the image")

// Seeds returns small valid images by name: one or several in each format that the engine reads in plain Go.
func Seeds() map[string][]byte {
	photo := Photo(24, 18)
	var b, t bytes.Buffer
	if err := bmp.Encode(&b, photo); err != nil {
		panic(err)
	}
	if err := tiff.Encode(&t, photo, nil); err != nil {
		panic(err)
	}
	return map[string][]byte{
		"JPEG": WithEXIF(JPEG(photo, 80), 6, "somewhere"),
		"PNG":  PNG(photo),
		"APNG": AnimatedPNG(nil, 0, PNGFrame{Image: photo}, PNGFrame{Image: photo, Disposal: 2, Blend: 1}),
		"GIF":  gifOf(3, photo.Rect, 0, 1),
		"BMP":  b.Bytes(),
		"TIFF": t.Bytes(),
		"ICO":  icon(b.Bytes()),

		"BMP, run lengths": runsBMP(24, 18),
		// Photo(24, 18) as libwebp encodes it at quality 30, opaque and with alpha that rises from left to right.
		"WebP, lossy": unpacked(`
			UklGRrIAAABXRUJQVlA4IKYAAABwBgCdASoYABIAPxF6tlOsJ6UiqAqpgCIJagCdMtVER8WCEg2OSPdGFiC6lkDoIxKaF+Q8NaNd
			1gjRWmAA+M7ypA0l399nwMoBoHvQSPjkOlbJAKrAL08E4vFgjZHzvY/f9ZGMKGavynw08ZECyjprzXt46II0+dBCoHfD9cO4tR8K
			Hw5dnV67a6EH1nMjrRBOILUv7N7UlmajFyioJCbZb+cJAAAA`),
		"WebP, lossy with alpha": unpacked(`
			UklGRuAAAABXRUJQVlA4WAoAAAAQAAAAFwAAEQAAQUxQSBMAAAAVDzAKERFCIJD4Sx/AAhH9j1gAAFZQOCCmAAAAUAYAnQEqGAAS
			AD8RerZTrCelIqgKqYAiCWoAnTLT8LQpm/N7LaRZ3EINt2x7QmHCxddivHc5znbqdAAA/H9BlH/q/Zct4EB35BqllIaIwvTecJEq
			v7/0grkS2WbAym9asUzWsMe99VJnInHDpN39ADL/dcnAcJCWIAsAl5NMwhUt62sl6PiyXQeOszBPV8I+up/ZPG0AZKn19i1bGD4h
			yFGSeAAAAA==`),
		// One colour, 16 × 16 pixels (RFC 9649, 3).
		"WebP, lossless": []byte("RIFF\x1a\x00\x00\x00WEBP" +
			"VP8L\x0d\x00\x00\x00\x2f\x0f\xc0\x03\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"),
	}
}

// unpacked decodes base64 with spaces in it.
func unpacked(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		panic(err)
	}
	return b
}

// head returns the length of the beginning of an image that holds its sizes: the boxes before the data in HEIC and
// AVIF, else 64 bytes.
func head(seed []byte) int {
	n := 64
	if f := resize.Detect(seed); f == resize.HEIC || f == resize.AVIF {
		n = max(n, bytes.Index(seed, []byte("mdat"))+4)
	}
	return min(n, len(seed)-4)
}

// Damaged yields variations of a valid image: cut at 20 places, with one bit flipped at as many places as flips, and
// with senseless numbers at every step-th byte of its beginning, where its sizes are.
func Damaged(seed []byte, flips, step int) func(yield func(Specimen) bool) {
	return func(yield func(Specimen) bool) {
		for i := range 20 {
			n := len(seed) * i / 20
			if !yield(Specimen{fmt.Sprintf("cut at %d", n), seed[:n], ErrAny}) {
				return
			}
		}
		for i := range flips {
			at := i * len(seed) * 8 / flips
			bad := bytes.Clone(seed)
			bad[at/8] ^= 1 << (at % 8)
			if !yield(Specimen{fmt.Sprintf("bit %d", at), bad, ErrAny}) {
				return
			}
		}
		for at := 0; at < head(seed); at += step {
			for _, size := range []uint32{0, 1, 65535, 1 << 31, 1<<32 - 1} {
				for order, put := range map[string]func([]byte, uint32){
					"little": binary.LittleEndian.PutUint32, "big": binary.BigEndian.PutUint32,
					"short": func(b []byte, n uint32) { binary.BigEndian.PutUint16(b, uint16(n)) },
				} {
					bad := bytes.Clone(seed)
					put(bad[at:], size)
					if !yield(Specimen{fmt.Sprintf("%d at %d, %s", size, at, order), withSums(bad), ErrAny}) {
						return
					}
				}
			}
		}
	}
}

// withSums corrects the checksum of a PNG's header, without which a decoder would not look at the header.
func withSums(b []byte) []byte {
	if resize.Detect(b) == resize.PNG && len(b) >= 33 {
		binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	}
	return b
}

// Hostile returns files that attack an engine: images that claim large sizes or many frames, with offsets out of range
// or in a circle, with data that unpacks to a thousand times its size, and files of other types.
func Hostile() []Specimen { return hostile() }

var hostile = sync.OnceValue(func() []Specimen {
	photo := Photo(24, 18)
	plain := JPEG(photo, 80)
	all := []Specimen{
		{"indexes past the palette of a PNG", shortPalette(), ErrAny},
		{"indexes past the palette of a GIF", gifOf(1, photo.Rect, 200, 1), ErrAny},
		{"5,000 frames", gifOf(5000, image.Rect(0, 0, 8, 8), 0, 1), nil},
		{"more frames than are kept", gifOf(3, image.Rect(0, 0, 5000, 5000), 0, 1), nil},
		{"a PNG of 5,000 frames", smallFramesPNG(5000, 5000), nil},
		{"a PNG that claims more frames than are kept", smallFramesPNG(2, 1<<32-1), nil},
		{"a PNG that claims more frames than it has", smallFramesPNG(2, 3), resize.ErrCorrupt},
		{"a PNG of a million chunks", manyChunksPNG(1 << 20), nil},
		{"a PNG of a kilobyte that claims 6 gigabytes", claimingPNG(40_000, 40_000, 8), resize.ErrTooLarge},
		{"a PNG of a kilobyte that claims 760 megabytes", claimingPNG(9_990, 9_990, 16), resize.ErrCorrupt},
		{"a BMP of a hundred bytes that claims 400 megabytes", claimingBMP(9_990, 9_990), resize.ErrCorrupt},
		{"a BMP of run lengths that claims 100 megabytes", runsBMP(9_990, 9_990), resize.ErrCorrupt},
		{"a TIFF of a kilobyte that claims 300 megabytes", claimingTIFF(9_990, 9_990, 1), ErrAny},
		{"a TIFF whose strips are all the same bytes", claimingTIFF(10, 10_000, 10_000), ErrAny},
		{"a GIF of a kilobyte that claims 4 gigabytes", claimingGIF(65_535, 65_535), resize.ErrTooLarge},
		{"a GIF of a kilobyte that claims 100 megabytes", claimingGIF(9_990, 9_990), resize.ErrCorrupt},
		{"a JPEG that claims 100 megapixels", claimingJPEG(plain, 9_990, 9_990), resize.ErrCorrupt},
		{"a profile of a PNG that unpacks to 64 megabytes", withChunk(PNG(photo), "iCCP", "x\x00\x00"+bomb()), nil},
		{"a text of a PNG that unpacks to 64 megabytes", withChunk(PNG(photo), "zTXt", "x\x00\x00"+bomb()), nil},
		{"SVG", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
			resize.ErrUnsupported},
		{"SVG that calls itself an image", []byte("<svg><image href='http://169.254.169.254/'/></svg>"),
			resize.ErrUnsupported},
		{"PDF", []byte("%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj"), resize.ErrUnsupported},
		{"PostScript", []byte("%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file"), resize.ErrUnsupported},
		{"HTML", []byte("<!doctype html><script>alert(1)</script>"), resize.ErrUnsupported},
		{"MVG", []byte("push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/)'"), resize.ErrUnsupported},
		{"zip", []byte("PK\x03\x04 and so on, and so on, and so on, and so on"), resize.ErrUnsupported},
		{"a film", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom and so on"), resize.ErrUnsupported},
		{"nothing", nil, resize.ErrUnsupported},
	}
	for _, o := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255} {
		all = append(all, Specimen{fmt.Sprintf("orientation %d", o), WithEXIF(plain, o, ""), nil})
	}
	for name, tiff := range hostileEXIF() {
		all = append(all,
			Specimen{"EXIF of a JPEG: " + name, WithSegment(plain, 0xe1, "Exif\x00\x00"+tiff), nil},
			Specimen{"EXIF of a PNG: " + name, withChunk(PNG(photo), "eXIf", tiff), nil})
	}
	for name, icc := range garbageProfiles() {
		all = append(all,
			Specimen{"profile of a JPEG: " + name, WithSegment(plain, 0xe2, "ICC_PROFILE\x00\x01\x01"+icc), nil},
			Specimen{"profile of a PNG: " + name,
				withChunk(PNG(photo), "iCCP", "x\x00\x00"+deflated(strings.NewReader(icc))), nil})
	}
	return append(all, polyglots()...)
})

// Script is the HTML that polyglots carry.
const Script = "<html><script>alert(document.domain)</script></html>"

// polyglots are images that a browser might also take for a web page.
func polyglots() []Specimen {
	photo := Photo(24, 18)
	g := gifOf(1, photo.Rect, 0, 1)
	comment := append([]byte("\x21\xfe"), append(append([]byte{byte(len(Script))}, Script...), 0)...)
	return []Specimen{
		{"polyglot: comment of a JPEG", WithSegment(JPEG(photo, 80), 0xfe, Script), nil},
		{"polyglot: EXIF of a JPEG", WithEXIF(JPEG(photo, 80), 1, Script), nil},
		{"polyglot: behind a JPEG", append(JPEG(photo, 80), Script...), nil},
		{"polyglot: profile of a JPEG",
			WithSegment(JPEG(photo, 80), 0xe2, "ICC_PROFILE\x00\x01\x01"+strings.Repeat(Script, 9)), nil},
		{"polyglot: text of a PNG", withChunk(PNG(photo), "tEXt", "Comment\x00"+Script), nil},
		{"polyglot: comment of a GIF", bytes.Join([][]byte{g[:gifHead], comment, g[gifHead:]}, nil), nil},
	}
}

// hostileEXIF are TIFF structures with offsets out of range, or in a circle.
func hostileEXIF() map[string]string {
	entry := func(tag, kind uint16, count, value uint32) string {
		b := binary.BigEndian.AppendUint16(nil, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint32(b, count)
		return string(binary.BigEndian.AppendUint32(b, value))
	}
	const first, subIFD, gps, orientation = "MM\x00*\x00\x00\x00\x08", 0x8769, 0x8825, 0x0112
	return map[string]string{
		"a directory that is its own next":  first + "\x00\x01" + entry(orientation, 3, 1, 6<<16) + "\x00\x00\x00\x08",
		"a directory within itself":         first + "\x00\x02" + entry(subIFD, 4, 1, 8) + entry(gps, 4, 1, 8) + "\x00\x00\x00\x08",
		"a directory beyond the end":        "MM\x00*\xff\xff\xff\xff",
		"a directory at its own header":     "MM\x00*\x00\x00\x00\x00",
		"65,535 entries":                    first + "\xff\xff" + entry(1, 1, 1, 1),
		"4 billion values":                  first + "\x00\x01" + entry(orientation, 3, 1<<32-1, 1<<32-1),
		"values beyond the end":             first + "\x00\x01" + entry(0x010e, 2, 1<<31, 1<<32-16),
		"an orientation of an unknown kind": first + "\x00\x01" + entry(orientation, 65535, 1, 6<<16),
		"nothing":                           "",
		"a header alone":                    "II*\x00",
		"a thumbnail that is the file itself": first + "\x00\x02" + entry(0x0201, 4, 1, 0) +
			entry(0x0202, 4, 1, 1<<32-1) + "\x00\x00\x00\x08",
	}
}

// garbageProfiles are random bytes behind more and more of the header of an ICC profile.
func garbageProfiles() map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	half := bytes.Clone(noise)
	copy(half[12:], "mntrRGB XYZ ")
	copy(half[36:], "acsp")
	tags := bytes.Clone(half)
	binary.BigEndian.PutUint32(tags[128:], 1<<32-1)
	curves := bytes.Clone(half)
	binary.BigEndian.PutUint32(curves[128:], 6)
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"} {
		copy(curves[132+12*i:], name)
		binary.BigEndian.PutUint32(curves[136+12*i:], uint32(1<<32-1-i))
		binary.BigEndian.PutUint32(curves[140+12*i:], 1<<31)
	}
	return map[string]string{
		"noise": string(noise), "noise behind a header": string(half), "4 billion tags": string(tags),
		"curves beyond the end": string(curves), "one byte": "x",
	}
}
