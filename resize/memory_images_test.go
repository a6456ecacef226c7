package resize_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/image/bmp"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// glass returns a copy of an image with a different alpha in each pixel.
func glass(m *image.NRGBA) *image.NRGBA {
	n := &image.NRGBA{Pix: bytes.Clone(m.Pix), Stride: m.Stride, Rect: m.Rect}
	for i := 3; i < len(n.Pix); i += 4 {
		n.Pix[i] = uint8(128 + i/4%m.Rect.Dx()*127/m.Rect.Dx())
	}
	return n
}

// grainy returns a copy of an image with noise like that of a camera in the dark.
func grainy(m *image.NRGBA) *image.NRGBA {
	n := &image.NRGBA{Pix: bytes.Clone(m.Pix), Stride: m.Stride, Rect: m.Rect}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n.Pix {
		if i%4 != 3 {
			n.Pix[i] = uint8(min(max(int(n.Pix[i])+random.IntN(49)-24, 0), 255))
		}
	}
	return n
}

// reshaped returns an image of as many pixels with another ratio of its sides.
func reshaped(m *image.NRGBA, ratio float64) *image.NRGBA {
	w := int(math.Sqrt(float64(m.Rect.Dx()*m.Rect.Dy()) * ratio))
	h := len(m.Pix) / 4 / w
	return &image.NRGBA{Pix: m.Pix[:4*w*h], Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}

// inP3 returns a JPEG with the profile of a wide gamut.
func inP3(jpeg []byte) []byte {
	p3 := resizetest.Profile([3]float64{0.5151, 0.2412, -0.0011}, [3]float64{0.2919, 0.6922, 0.0419}, [3]float64{0.1572, 0.0666, 0.7841})
	return resizetest.WithSegment(jpeg, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(p3))
}

// screen returns a drawing of a size: few colours, and most pixels equal to their neighbours.
func screen(r image.Rectangle) *image.NRGBA {
	m := image.NewNRGBA(r)
	for y := range r.Dy() {
		for x := range r.Dx() {
			c := color.NRGBA{uint8(x / 64 * 7), uint8(y / 48 * 5), 250, 255}
			if x*x/97%31 < 4 && y%14 < 9 {
				c = color.NRGBA{30, 30, uint8(x / 8), 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func deep(m *image.NRGBA) *image.NRGBA64 {
	n := image.NewNRGBA64(m.Rect)
	for i, v := range m.Pix {
		n.Pix[2*i], n.Pix[2*i+1] = v, v
	}
	return n
}

func grey(m *image.NRGBA) *image.Gray {
	n := image.NewGray(m.Rect)
	for i := range n.Pix {
		n.Pix[i] = m.Pix[4*i+1]
	}
	return n
}

// paletted returns an image in the colours of a cube.
func paletted(m *image.NRGBA) *image.Paletted {
	var palette color.Palette
	for i := range 216 {
		palette = append(palette, color.NRGBA{uint8(i / 36 * 51), uint8(i / 6 % 6 * 51), uint8(i % 6 * 51), 255})
	}
	n := image.NewPaletted(m.Rect, palette)
	for i := range n.Pix {
		p := m.Pix[4*i:]
		n.Pix[i] = (p[0]+25)/51*36 + (p[1]+25)/51*6 + (p[2]+25)/51
	}
	return n
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// engineFile makes a file by an engine, in a normal form.
func engineFile(c resize.EngineConfig, src []byte, form string) []byte {
	t, err := resize.ParseTransform(form)
	if err != nil {
		panic(err)
	}
	c.Codecs = memoryCodecs()
	out, err := resize.NewEngine(c).Resize(context.Background(), src, t)
	if err != nil {
		panic(err)
	}
	return out[0]
}

func progressive(m *image.NRGBA) []byte {
	return engineFile(resize.EngineConfig{Progressive: true}, bmpOf(m), "q=95.jpeg")
}

func webpOf(m image.Image, quality int) []byte {
	return must(writerOf(resize.WebP).Encode(m, resize.Encoding{Quality: quality}))
}

func bmpOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := bmp.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// cmykOf returns a JPEG of four components, each of which is the scan of a grey JPEG.
func cmykOf(m image.Image) []byte {
	src := resizetest.JPEG(m, 85)
	out := append([]byte{0xff, 0xd8}, "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"...)
	for at := 2; ; {
		n := 2 + int(binary.BigEndian.Uint16(src[at+2:]))
		segment := src[at : at+n]
		switch segment[1] {
		case 0xc0: // the frame header
			out = append(out, 0xff, 0xc0, 0, 8+4*3)
			out = append(append(out, segment[4:9]...), 4)
			for i := range byte(4) {
				out = append(out, i+1, 0x11, 0)
			}
		case 0xda: // the scan, up to the end of the image
			for i := range byte(4) {
				out = append(out, 0xff, 0xda, 0, 8, 1, i+1, 0, 0, 63, 0)
				out = append(out, src[at+n:len(src)-2]...)
			}
			return append(out, 0xff, 0xd9)
		default:
			out = append(out, segment...)
		}
		at += n
	}
}

// interlacedPNG returns a PNG in the seven passes of Adam7.
func interlacedPNG(m *image.NRGBA) []byte {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	for _, pass := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := pass[1]; y < h; y += pass[3] {
			row := []byte{0} // no filter
			for x := pass[0]; x < w; x += pass[2] {
				row = append(row, m.Pix[y*m.Stride+4*x:][:4]...)
			}
			z.Write(row)
		}
	}
	z.Close()
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body := append([]byte(name), data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	chunk("IHDR", append(header, 8, 6, 0, 0, 1))
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return out
}

// gifOf returns an animation that pans over an image, with frames of a part of its sides.
func gifOf(m *image.NRGBA, part, frames int) []byte {
	var g gif.GIF
	p := paletted(m)
	w, h := m.Rect.Dx()/part, m.Rect.Dy()/part
	for i := range frames {
		at := (p.Rect.Dx() - w) * i / max(frames, 1)
		frame := image.NewPaletted(image.Rect(0, 0, w, h), p.Palette)
		for y := range h {
			copy(frame.Pix[y*w:][:w], p.Pix[(y+p.Rect.Dy()-h)*p.Stride+at:])
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// framesOf returns what animations like that of gifOf display.
func framesOf(m *image.NRGBA, part, frames int) (all []*image.NRGBA) {
	w, h := m.Rect.Dx()/part, m.Rect.Dy()/part
	for i := range frames {
		frame := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			copy(frame.Pix[y*frame.Stride:][:4*w], m.Pix[(y+m.Rect.Dy()-h)*m.Stride+4*((m.Rect.Dx()-w)*i/frames):])
		}
		all = append(all, frame)
	}
	return all
}

func animatedWebP(m *image.NRGBA, part, frames int) []byte {
	a := writerOf(resize.WebP).Animate(0, resize.Encoding{Quality: 75})
	defer a.Close()
	for _, frame := range framesOf(m, part, frames) {
		if err := a.Add(resize.Frame{Image: frame, Delay: time.Second / 20}); err != nil {
			panic(err)
		}
	}
	return must(a.Finish())
}

// animatedPNG returns an animation whose frames are drawn over what was there, which is kept to be restored.
func animatedPNG(m *image.NRGBA, part, frames int) []byte {
	var all []resizetest.PNGFrame
	for _, frame := range framesOf(glass(m), part, frames) {
		all = append(all, resizetest.PNGFrame{Image: frame, Delay: [2]uint16{1, 20}, Disposal: 2, Blend: 1})
	}
	return resizetest.AnimatedPNG(nil, 0, all...)
}

// layersSVG returns a drawing of the size of m whose groups need a layer each.
func layersSVG(m *image.NRGBA) []byte {
	const layers = 7
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">%s<rect x="9" width="90%%" height="100%%"/>%s</svg>`,
		m.Rect.Dx(), m.Rect.Dy(), strings.Repeat(`<g opacity=".9"><rect width="90%" height="90%"/>`, layers), strings.Repeat("</g>", layers))
}
