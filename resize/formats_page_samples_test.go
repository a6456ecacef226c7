package resize_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A pageSample is an original of a kind that resize/FORMATS.md has a row for.
type pageSample struct {
	file []byte

	// want is what the original displays, at its first frame, and decibels how near to it a variant must come.
	want     image.Image
	decibels float64

	animationPixels int64 // the limit; 0 means the default
	draws           bool  // SVG
}

const (
	lossy = 25. // decibels of JPEG and of colours at half the size
	exact = 50. // of what is rounded at most
)

// pageSamples returns an original of each kind.
func pageSamples(t *testing.T) map[string]pageSample {
	m := resizetest.Photo(48, 32)
	all := make(map[string]pageSample)
	for _, part := range []map[string]pageSample{
		jpegSamples(m), pngSamples(m), gifSamples(m), webpSamples(m), bitmapSamples(m), tiffSamples(t, m), foreignSamples(t),
	} {
		for name, s := range part {
			all[name] = s
		}
	}
	return all
}

// refusedFile is a sample that displays nothing.
func refusedFile(file []byte) pageSample { return pageSample{file: file} }

func jpegSamples(m *image.NRGBA) map[string]pageSample {
	plain := resizetest.JPEG(m, 95)
	header := bytes.Index(plain, []byte{0xff, 0xc0})
	with := func(at int, b byte) []byte {
		changed := bytes.Clone(plain)
		changed[header+at] = b
		return changed
	}
	inks := image.NewNRGBA(m.Rect)
	for i, v := range grey(m).Pix {
		light := uint8(int(v) * int(v) / 255) // of which as much is left by the ink as by black
		copy(inks.Pix[4*i:], []uint8{light, light, light, 255})
	}
	return map[string]pageSample{
		"JPEG":                      {file: plain, want: m, decibels: lossy},
		"JPEG, progressive":         {file: progressive(m), want: m, decibels: lossy},
		"JPEG, grey":                {file: resizetest.JPEG(grey(m), 95), want: grey(m), decibels: lossy},
		"JPEG, CMYK":                {file: cmykOf(grey(m)), want: inks, decibels: lossy},
		"JPEG, stray bytes between": {file: slices.Insert(bytes.Clone(plain), header, 0, 7), want: m, decibels: lossy},
		"JPEG, cut off":             refusedFile(plain[:len(plain)/2]),
		"JPEG, lossless":            refusedFile(with(1, 0xc3)),
		"JPEG, arithmetic coding":   refusedFile(with(1, 0xc9)),
		"JPEG, 12 bits":             refusedFile(with(4, 12)),
	}
}

func pngSamples(m *image.NRGBA) map[string]pageSample {
	plain := resizetest.PNG(m)
	wrong := withChunk(plain, "tEXt", 1, 2, 3, 4, 5)
	wrong[8+25+8+5] ^= 1 // of the checksum
	frame := func(m *image.NRGBA) resizetest.PNGFrame { return resizetest.PNGFrame{Image: m} }
	still, moving := resizetest.Plain(48, 32, green), resizetest.AnimatedPNG(nil, 0, frame(m), frame(m))
	return map[string]pageSample{
		"PNG":                               {file: plain, want: m, decibels: exact},
		"PNG, 16 bits":                      {file: resizetest.PNG(deep(m)), want: m, decibels: exact},
		"PNG, palette":                      {file: resizetest.PNG(paletted(m)), want: paletted(m), decibels: exact},
		"PNG, interlaced":                   {file: interlacedPNG(m), want: m, decibels: exact},
		"PNG, without its end":              {file: plain[:len(plain)-12], want: m, decibels: exact},
		"PNG, wrong checksum of a text":     {file: wrong, want: m, decibels: exact},
		"PNG, cut off in its pixels":        refusedFile(plain[:len(plain)/2]),
		"PNG, animated":                     {file: moving, want: m, decibels: exact},
		"PNG, animated, without its end":    {file: moving[:len(moving)-12], want: m, decibels: exact},
		"PNG, animated, a frame is missing": refusedFile(moving[:bytes.LastIndex(moving, []byte("fcTL"))-4]),
		"PNG, animated, above the limit": {
			file: resizetest.AnimatedPNG(still, 0, frame(m), frame(m)), want: still, decibels: exact, animationPixels: 48 * 32,
		},
		"PNG, above --max-pixels": refusedFile(claimed(plain, 16, 1<<20, 1<<20)),
	}
}

// claimed returns a PNG that claims another size, at a place.
func claimed(png []byte, at int, width, height uint32) []byte {
	out := bytes.Clone(png)
	binary.BigEndian.PutUint32(out[at:], width)
	binary.BigEndian.PutUint32(out[at+4:], height)
	return out
}

func gifSamples(m *image.NRGBA) map[string]pageSample {
	still, moving := gifOf(m, 1, 1), gifOf(m, 1, 2)
	sizeless := bytes.Clone(still)
	clear(sizeless[6:10])
	return map[string]pageSample{
		"GIF":                            {file: still, want: paletted(m), decibels: exact},
		"GIF, without a size":            {file: sizeless, want: paletted(m), decibels: exact},
		"GIF, cut off":                   refusedFile(still[:len(still)-20]),
		"GIF, animated":                  {file: moving, want: paletted(m), decibels: exact},
		"GIF, animated, without its end": {file: moving[:len(moving)-1], want: paletted(m), decibels: exact},
		"GIF, animated, cut off":         refusedFile(moving[:len(moving)-20]),
		"GIF, animated, above the limit": {file: moving, want: paletted(m), decibels: exact, animationPixels: 48 * 32},
	}
}

// webpSamples are small, because a build may not be able to write larger ones.
func webpSamples(m *image.NRGBA) map[string]pageSample {
	seeds, photo := resizetest.Seeds(), resizetest.Photo(24, 18)
	still := seeds["WebP, lossy"]
	moving := movingWebP(still, 24, 18)
	return map[string]pageSample{
		"WebP":                            {file: still, want: photo, decibels: 20},
		"WebP, alpha":                     {file: seeds["WebP, lossy with alpha"]},
		"WebP, lossless":                  {file: seeds["WebP, lossless"], want: resizetest.Decode(seeds["WebP, lossless"]), decibels: exact},
		"WebP, cut off":                   refusedFile(still[:len(still)/2]),
		"WebP, animated":                  {file: moving, want: photo, decibels: 20},
		"WebP, animated, cut off":         refusedFile(moving[:len(moving)-20]),
		"WebP, animated, above the limit": {file: moving, want: photo, decibels: 20, animationPixels: 24 * 18},
	}
}

// movingWebP returns an animation of twice the same lossy image (WebP Container Specification, "Animation").
func movingWebP(still []byte, width, height byte) []byte {
	order := binary.LittleEndian
	chunk := func(name string, data []byte) []byte {
		return append(order.AppendUint32([]byte(name), uint32(len(data))), data...)
	}
	frame := []byte{0, 0, 0, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0, 100, 0, 0, 0}
	body := slices.Concat([]byte("WEBP"), chunk("VP8X", []byte{2, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0}),
		chunk("ANIM", make([]byte, 6)))
	for range 2 {
		body = append(body, chunk("ANMF", append(frame, still[12:]...))...)
	}
	return chunk("RIFF", body)
}

func bitmapSamples(m *image.NRGBA) map[string]pageSample {
	clear := glass(m)
	return map[string]pageSample{
		"BMP":                  {file: bmpOf(m), want: m, decibels: exact},
		"BMP, run lengths":     {file: resizetest.Seeds()["BMP, run lengths"]},
		"BMP, cut off":         refusedFile(bmpOf(m)[:len(m.Pix)/2]),
		"ICO, a PNG":           {file: iconOf(1, 0, resizetest.PNG(clear)), want: clear, decibels: 40},
		"ICO, a bitmap":        {file: iconBitmap(m), want: m, decibels: exact},
		"ICO, an animated PNG": {file: iconOf(1, 0, movingPNG()), want: resizetest.Plain(40, 20, green), decibels: exact},
	}
}

func tiffSamples(t *testing.T, m *image.NRGBA) map[string]pageSample {
	plain, camera := tiffOf(t, m), tiffOf(t, grey(m))
	at := binary.LittleEndian.Uint32(camera[4:]) + 2
	camera[at], camera[at+1], camera[at+8] = 254, 0, 1 // in place of the width: a reduced image
	big := bytes.Clone(plain)
	big[2] = '+'
	return map[string]pageSample{
		"TIFF":              {file: plain, want: m, decibels: exact},
		"TIFF, 16 bits":     {file: tiffOf(t, deep(m)), want: m, decibels: exact},
		"TIFF, CMYK":        {file: inked(t, glass(m)), want: printed(glass(m)), decibels: 20}, // libvips knows other inks
		"TIFF, cut off":     refusedFile(plain[:len(plain)/2]),
		"TIFF, JPEG inside": {file: jpegTIFF(m), want: m, decibels: lossy},
		"BigTIFF":           refusedFile(big),
		"camera's raw file": refusedFile(camera),
	}
}

// withoutStill returns a file whose brands are those of sequences alone, with the sequence first.
func withoutStill(file []byte) []byte {
	length, moov := binary.BigEndian.Uint32(file), bytes.LastIndex(file, []byte("moov"))-4
	head := bytes.Clone(file[:length])
	for at := 16; at < len(head); at += 4 {
		copy(head[at:], "msf1")
	}
	return slices.Concat(head, file[moov:], file[length:moov])
}

// jpegTIFF returns a TIFF whose pixels are a JPEG.
func jpegTIFF(m *image.NRGBA) []byte {
	pixels, order := resizetest.JPEG(m, 95), binary.LittleEndian
	size := uint32(len(pixels))
	out := append(order.AppendUint32([]byte("II*\x00"), 8+size+size%2), pixels...)
	out = append(out, make([]byte, size%2)...)
	tags := [][2]uint32{
		{256, uint32(m.Rect.Dx())}, {257, uint32(m.Rect.Dy())}, {258, 8}, {259, 7}, {262, 6}, {273, 8}, {277, 3},
		{278, uint32(m.Rect.Dy())}, {279, size},
	}
	out = order.AppendUint16(out, uint16(len(tags)))
	for _, tag := range tags {
		out = order.AppendUint16(order.AppendUint16(out, uint16(tag[0])), 4)
		out = order.AppendUint32(order.AppendUint32(out, 1), tag[1])
	}
	return append(out, 0, 0, 0, 0)
}

// foreignSamples are those of formats that Go code does not read, which display nothing that is known here.
func foreignSamples(t *testing.T) map[string]pageSample {
	moving := resizetest.Sequence(foreign(t, "photo.avif"), "avis", 3, 64, 48)
	still := resizetest.Decode(engineFile(resize.EngineConfig{}, foreign(t, "photo.avif"), "full.png"))
	return map[string]pageSample{
		"HEIC, a sequence":                       {file: resizetest.Sequence(foreign(t, "photo.heic"), "hevc", 3, 64, 48)},
		"AVIF, a sequence":                       {file: moving, want: still, decibels: exact},
		"AVIF, a sequence without a still image": refusedFile(withoutStill(moving)),
		"HEIC":                                   {file: foreign(t, "photo.heic")},
		"AVIF":                                   {file: foreign(t, "photo.avif")},
		"JPEG XL":                                {file: foreign(t, "photo.jxl")},
		"SVG":                                    refusedFile([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)),
		"SVG, with `--svg=draw`": {draws: true, decibels: exact, want: resizetest.Plain(12, 8, [4]uint8{255, 0, 0, 255}),
			file: []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="12" height="8"><rect width="12" height="8" fill="red"/></svg>`)},
		"PDF":          refusedFile([]byte("%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj")),
		"not an image": refusedFile([]byte("text")),
	}
}
