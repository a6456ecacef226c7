package resize_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestAnimatedGreyPNGColors checks that a profile of grey is that of the frames too, which are drawn in colours.
func TestAnimatedGreyPNGColors(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range m.Pix {
		m.Pix[i] = 64
	}
	var profile bytes.Buffer
	profile.WriteString("linear\x00\x00")
	z := zlib.NewWriter(&profile)
	z.Write(linearGrey())
	z.Close()
	src := withChunk(greyAnimation(resizetest.PNG(m)), "iCCP", profile.Bytes()...)
	if h, err := resize.ProbeBytes(src); err != nil || h.Frames != 2 {
		t.Fatalf("got %d frames, %v", h.Frames, err)
	}
	out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Format: resize.GIF})
	if err != nil {
		t.Fatal(err)
	}
	if got := resizetest.Decode(out[0]); resizetest.PSNR(got, resizetest.Plain(8, 8, [4]uint8{137, 137, 137, 255})) < 45 {
		t.Errorf("linear grey of 64: got %v, want 137", got.At(4, 4))
	}
}

// linearGrey returns a profile of grey whose levels are proportional to light.
func linearGrey() []byte {
	const tags, curve = 128, 128 + 4 + 12
	p := make([]byte, tags)
	p[8] = 2 // version
	copy(p[12:], "mntrGRAYXYZ ")
	copy(p[36:], "acsp")
	p = append(binary.BigEndian.AppendUint32(p, 1), "kTRC"...)
	p = append(p, numbers(curve, 14)...)
	p = append(p, "curv\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00"...)
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

// greyAnimation returns an animation whose two frames are both a PNG of 8 × 8 pixels with a single IDAT chunk.
func greyAnimation(png []byte) []byte {
	at := bytes.Index(png, []byte("IDAT"))
	pixels := png[at+4:][:binary.BigEndian.Uint32(png[at-4:])]
	chunk := func(name string, data []byte) []byte {
		body := append([]byte(name), data...)
		return append(append(numbers(uint32(len(data))), body...), numbers(crc32.ChecksumIEEE(body))...)
	}
	control := func(sequence uint32) []byte {
		return chunk("fcTL", append(numbers(sequence, 8, 8, 0, 0), 0, 1, 0, 10, 0, 0))
	}
	return bytes.Join([][]byte{
		png[:at-4], chunk("acTL", numbers(2, 0)), control(0), chunk("IDAT", pixels), control(1),
		chunk("fdAT", append(numbers(2), pixels...)), chunk("IEND", nil),
	}, nil)
}
