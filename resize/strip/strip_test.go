package strip_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize/strip"
)

const secret = "N 47.3 E 8.5"

func picture() *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, 9, 5), color.Palette{color.White, color.Black})
	m.SetColorIndex(3, 2, 1)
	return m
}

func jpegFile(segments ...string) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		panic(err)
	}
	out := []byte("\xff\xd8")
	for _, s := range segments {
		out = append(out, 0xff, s[0], 0, byte(len(s)+1))
		out = append(out, s[1:]...)
	}
	return append(out, b.Bytes()[2:]...)
}

func chunk(name, data string) string {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(c, name+data...)
	return string(binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:])))
}

// pngFile returns a PNG with chunks between the header and the palette.
func pngFile(chunks string) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		panic(err)
	}
	return []byte(b.String()[:33] + chunks + b.String()[33:])
}

// gifFile returns a GIF with extensions before its image.
func gifFile(extensions string) []byte {
	var b bytes.Buffer
	if err := gif.Encode(&b, picture(), nil); err != nil {
		panic(err)
	}
	at := bytes.IndexByte(b.Bytes()[13:], 0x21) + 13
	if at < 13 {
		at = bytes.IndexByte(b.Bytes()[13:], 0x2c) + 13
	}
	return []byte(b.String()[:at] + extensions + b.String()[at:])
}

func webpFile(chunks ...string) []byte {
	body := "WEBP"
	for _, c := range chunks {
		body += c[:4] + string(binary.LittleEndian.AppendUint32(nil, uint32(len(c)-4))) + c[4:]
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// Metadata go, and nothing else does: what is left is the file that never had them.
func TestMetadataAreDropped(t *testing.T) {
	pngStrip := func(b []byte) (strip.File, bool) { return strip.PNG(b, false) }
	jpegStrip := func(b []byte) (strip.File, bool) { return strip.JPEG(b, false) }
	webpStrip := func(b []byte) (strip.File, bool) { return strip.WebP(b, false) }
	const loop = "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
	tests := []struct {
		name      string
		strip     func([]byte) (strip.File, bool)
		src, want []byte
	}{
		{"JPEG", jpegStrip, append(jpegFile("\xe1Exif\x00\x00"+secret, "\xfe"+secret, "\xedPhotoshop 3.0"+secret, "\xe2ICC_PROFILE\x00"), secret...),
			jpegFile()},
		{"JPEG of Adobe", jpegStrip, jpegFile("\xeeAdobe\x00\x64\x00\x00\x00\x00\x01"), jpegFile("\xeeAdobe\x00\x64\x00\x00\x00\x00\x01")},
		{"JFIF with a thumbnail", jpegStrip, jpegFile("\xe0JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01abc"), jpegFile()},
		{"PNG", pngStrip, append(pngFile(chunk("tEXt", secret)+chunk("eXIf", secret)+chunk("tIME", "1234567")+chunk("iCCP", secret)), secret...),
			pngFile("")},
		{"GIF", strip.GIF, append(gifFile("\x21\xfe\x0c"+secret+"\x00\x21\xff\x0bXMP DataXMP\x0c"+secret+"\x00"+loop), secret...), gifFile(loop)},
		{"WebP", webpStrip, append(webpFile("VP8X\x2c\x00\x00\x00\x08\x00\x00\x04\x00\x00", "ICCP"+secret, "VP8Lxx", "EXIF"+secret, "XMP "+secret), secret...),
			webpFile("VP8X\x00\x00\x00\x00\x08\x00\x00\x04\x00\x00", "VP8Lxx")},
	}
	for _, test := range tests {
		file, ok := test.strip(test.src)
		if got := file.Bytes(); !ok || !bytes.Equal(got, test.want) || file.Len() != len(got) {
			t.Errorf("%s: got %v, %q, want %q", test.name, ok, got, test.want)
		}
	}
}

func TestProfilesAreKept(t *testing.T) {
	for name, ok := range map[string]func() bool{
		"JPEG": func() bool {
			f, ok := strip.JPEG(jpegFile("\xe2ICC_PROFILE\x00\x01\x01x"), true)
			return ok && f.Len() > len(jpegFile())
		},
		"PNG": func() bool {
			f, ok := strip.PNG(pngFile(chunk("iCCP", "x")), true)
			return ok && f.Len() > len(pngFile(""))
		},
		"WebP": func() bool {
			f, ok := strip.WebP(webpFile("VP8X\x20\x00", "ICCPxx", "VP8Lxx"), true)
			return ok && f.Bytes()[20] == 0x20
		},
	} {
		if !ok() {
			t.Errorf("%s: its profile is gone", name)
		}
	}
}

// idat returns the chunk with the pixels of a PNG.
func idat(t *testing.T, src []byte) []byte {
	t.Helper()
	at := bytes.Index(src, []byte("IDAT")) - 4
	return src[at : at+12+int(binary.BigEndian.Uint32(src[at:]))]
}

// zeros returns a stream of zlib.
func zeros(n int) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(make([]byte, n))
	_ = z.Close()
	return b.String()
}

// A file that is damaged, or that some readers take for another image, is not to be passed on.
func TestRefused(t *testing.T) {
	whole := jpegFile()
	frame := bytes.Index(whole, []byte("\xff\xc0"))
	edit := func(b []byte, at int, v byte) []byte { b = bytes.Clone(b); b[at] = v; return b }
	jpegs := map[string][]byte{
		"without its end":  whole[:len(whole)-2],
		"stray bytes":      append([]byte("\xff\xd8xyz"), whole[2:]...),
		"12 bits":          edit(whole, frame+4, 12),
		"four components":  edit(whole, frame+9, 4),
		"arithmetic codes": edit(whole, frame+1, 0xc9),
		"no tables":        bytes.ReplaceAll(whole, []byte("\xff\xc4"), []byte("\xff\xfe")),
		"short segment":    append([]byte("\xff\xd8\xff\xfe\x00\x01"), whole[2:]...),
	}
	for name, src := range jpegs {
		if _, ok := strip.JPEG(src, false); ok {
			t.Errorf("JPEG, %s: passed on", name)
		}
	}
	p := pngFile("")
	colors := func(chunks string) []byte { return []byte(string(p[:33]) + chunks + string(p[33+12+6:])) } // in place of the palette
	if _, ok := strip.PNG(colors(chunk("PLTE", "redgre")+chunk("tRNS", "ab")), false); !ok {
		t.Error("PNG of a palette with alpha: not passed on")
	}
	for name, src := range map[string][]byte{
		"without its end":     p[:len(p)-12],
		"wrong checksum":      edit(p, 30, p[30]+1),
		"animation":           pngFile(chunk("acTL", "12345678")),
		"unknown, critical":   pngFile(chunk("ABCD", "")),
		"two headers":         pngFile(string(p[8:33])),
		"two palettes":        pngFile(chunk("PLTE", "redgre")),
		"alpha before colour": pngFile(chunk("tRNS", "a")),
		"alpha of no colour":  colors(chunk("PLTE", "redgre") + chunk("tRNS", "abc")),
		"too many colours":    colors(chunk("PLTE", "redgreenb")),
		"pixels cut":          []byte(string(p[:len(p)-12-20]) + string(p[len(p)-12:])),
		"claims more to come": edit(p, 8, 0x7f),
		"endless pixels":      bytes.Replace(p, idat(t, p), []byte(chunk("IDAT", zeros(100_000))), 1),
	} {
		if _, ok := strip.PNG(src, false); ok {
			t.Errorf("PNG, %s: passed on", name)
		}
	}
	g := gifFile("")
	image := bytes.LastIndexByte(g, 0x2c)
	for name, src := range map[string][]byte{
		"without its trailer": g[:len(g)-1], "leaves the canvas": edit(g, image+1, 200), "stray": edit(g, image, 7), "short": g[:12],
	} {
		if _, ok := strip.GIF(src); ok {
			t.Errorf("GIF, %s: passed on", name)
		}
	}
	w := webpFile("VP8Lxx")
	for name, src := range map[string][]byte{"cut": w[:len(w)-1], "long chunk": edit(w, 16, 99), "empty": webpFile()} {
		if _, ok := strip.WebP(src, false); ok {
			t.Errorf("WebP, %s: passed on", name)
		}
	}
}
