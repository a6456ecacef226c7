package resize_test

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// iconOf returns an icon, or a cursor, of images as files; side is what the directory says of each.
func iconOf(kind byte, side byte, entries ...[]byte) []byte {
	out := []byte{0, 0, kind, 0, byte(len(entries)), 0}
	at := 6 + 16*len(entries)
	for i, entry := range entries {
		out = append(out, side, side, 0, 0, byte(9-i), 0, byte(9-i), 0) // fewer and fewer bits
		out = binary.LittleEndian.AppendUint32(out, uint32(len(entry)))
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		at += len(entry)
	}
	for _, entry := range entries {
		out = append(out, entry...)
	}
	return out
}

// iconBitmap returns an icon of a bitmap whose mask cuts nothing out.
func iconBitmap(m *image.NRGBA) []byte {
	dib := bmpOf(m)[14:]
	binary.LittleEndian.PutUint32(dib[8:], uint32(2*m.Rect.Dy()))
	return iconOf(1, 0, append(dib, make([]byte, (m.Rect.Dx()+31)/32*4*m.Rect.Dy())...))
}

// TestIcon checks that the largest image of an icon becomes the variant, with the size that its own header claims.
func TestIcon(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	solid := func(side int, c color.NRGBA) *image.NRGBA {
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		for i := 0; i < len(m.Pix); i += 4 {
			m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = c.R, c.G, c.B, c.A
		}
		return m
	}
	green, red := color.NRGBA{0, 255, 0, 100}, color.NRGBA{200, 0, 0, 255}
	large, small := resizetest.PNG(solid(300, green)), resizetest.PNG(solid(16, red))
	twoSizes := iconOf(1, 16, small, large)
	twoSizes[6+16], twoSizes[6+17] = 0, 0 // which means 256 or more
	cursor := iconBitmap(solid(24, red))
	cursor[2] = 2
	shortBitmap, shortPNG := iconBitmap(solid(24, red)), iconOf(1, 0, large)
	shortBitmap[6+8], shortBitmap[6+9], shortPNG[6+8], shortPNG[6+9] = 9, 0, 9, 0 // bytes, by the directory
	for name, test := range map[string]struct {
		src  []byte
		side int
		want color.NRGBA
	}{
		"a PNG":                {iconOf(1, 0, large), 300, green},
		"the larger of two":    {twoSizes, 300, green},
		"the one of more bits": {iconOf(1, 0, large, small), 300, green},
		"a bitmap":             {iconBitmap(solid(24, red)), 24, red},
		"a cursor":             {cursor, 24, red},
		"a longer PNG":         {shortPNG, 300, green},
		"a longer bitmap":      {shortBitmap, 24, red},
	} {
		h, err := resize.ProbeBytes(test.src)
		if err != nil || h.Format != resize.ICO || h.Width != test.side || h.Height != test.side {
			t.Errorf("%s: got %+v, %v", name, h, err)
			continue
		}
		out, err := e.Resize(t.Context(), test.src, resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := resizetest.Decode(out[0])
		got := color.NRGBAModel.Convert(m.At(test.side/2, test.side/2)).(color.NRGBA)
		if m.Bounds().Dx() != test.side || got != test.want {
			t.Errorf("%s: got %v of %v, want %v of %d", name, got, m.Bounds(), test.want, test.side)
		}
	}
	cut := iconOf(1, 0, large)
	for _, n := range []int{len(cut) / 2, 30} {
		if _, err := e.Resize(t.Context(), cut[:n], resize.Transform{Width: 8}); !errors.Is(err, resize.ErrCorrupt) {
			t.Errorf("cut to %d bytes: got %v, want ErrCorrupt", n, err)
		}
	}
	if f := resize.Detect([]byte("\x00\x00\x01\x00 and so on, and so on, and so on")); f != "" {
		t.Errorf("four bytes alone: got %s", f)
	}
}
