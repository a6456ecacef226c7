package resizetest

import (
	"encoding/binary"
	"image"
	"strings"
)

// A PNGFrame is a frame of an animated PNG.
type PNGFrame struct {
	Image    *image.NRGBA
	At       image.Point
	Delay    [2]uint16 // a fraction of a second
	Disposal byte      // 0 leaves the frame, 1 clears its place, 2 restores what was there before
	Blend    byte      // 0 replaces what is there, 1 draws over it
}

// AnimatedPNG returns an animated PNG, which is played so many times, for ever if that is 0. Readers that don't animate display still;
// if that is nil, the first frame, which has the size of the canvas then.
func AnimatedPNG(still *image.NRGBA, plays uint32, frames ...PNGFrame) []byte {
	order := binary.BigEndian
	isFirst := still == nil
	if isFirst {
		still = frames[0].Image
	}
	sequence := uint32(0)
	next := func() []byte {
		sequence++
		return order.AppendUint32(nil, sequence-1)
	}
	out := []byte("\x89PNG\r\n\x1a\n")
	add := func(name string, data []byte) { out = append(out, pngChunk(name, string(data))...) }
	header := order.AppendUint32(order.AppendUint32(nil, uint32(still.Rect.Dx())), uint32(still.Rect.Dy()))
	add("IHDR", append(header, 8, 6, 0, 0, 0))
	add("acTL", order.AppendUint32(order.AppendUint32(nil, uint32(len(frames))), plays))
	if !isFirst {
		add("IDAT", pngPixels(still))
	}
	var pixels []byte
	for i, f := range frames {
		if i == 0 || f.Image != frames[i-1].Image { // a compressor takes longer to start than a small frame to compress
			pixels = pngPixels(f.Image)
		}
		control := next()
		for _, v := range []int{f.Image.Rect.Dx(), f.Image.Rect.Dy(), f.At.X, f.At.Y} {
			control = order.AppendUint32(control, uint32(v))
		}
		control = order.AppendUint16(order.AppendUint16(control, f.Delay[0]), f.Delay[1])
		add("fcTL", append(control, f.Disposal, f.Blend))
		if i == 0 && isFirst {
			add("IDAT", pixels)
		} else { // in two chunks, each with a number
			add("fdAT", append(next(), pixels[:len(pixels)/2]...))
			add("fdAT", append(next(), pixels[len(pixels)/2:]...))
		}
	}
	add("IEND", nil)
	return out
}

// pngPixels returns the pixels of an image as a PNG of RGBA has them, without filters.
func pngPixels(m *image.NRGBA) []byte {
	var rows strings.Builder
	for y := range m.Rect.Dy() {
		rows.WriteByte(0)
		rows.Write(m.Pix[y*m.Stride:][:4*m.Rect.Dx()])
	}
	return []byte(deflated(strings.NewReader(rows.String())))
}

// Plain returns an image of one colour, R, G, B and A.
func Plain(w, h int, rgba [4]uint8) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], rgba[:])
	}
	return m
}
