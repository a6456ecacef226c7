package resizetest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"

	"github.com/imgorigin/imgorigin/resize/quality"
)

// Photo paints an image with the features of a photograph: slow gradients, edges, fine texture, saturated and grey
// parts. It depends on nothing but the size.
func Photo(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	side := float64(max(w, h))
	ripples, blues := make([]float64, w), make([]float64, w) // of a column
	slow := make([]turn, w)                                  // by 5x
	var grains [17]float64
	for i := range grains {
		grains[i] = float64(i)/17*0.04 - 0.02
	}
	for px := range w {
		x := float64(px) / side
		ripples[px], blues[px] = 0.06*math.Sin(160*x), 0.7+0.3*math.Cos(4*x)
		slow[px] = turnBy(5 * x)
	}
	for py := range h {
		y := float64(py) / side
		ripple, green := math.Sin(140*y), 0.8+0.2*math.Sin(7*y)
		start, step := turnBy(2*y), turnBy(31*y/side)
		var wave turn // by 31xy + 9y
		row := m.Pix[py*m.Stride:][:4*w]
		for px := range w {
			x := float64(px) / side
			if px%64 == 0 {
				wave = turnBy(31*x*y + 9*y)
			}
			light := 0.5 + 0.25*slow[px].and(start).sin + 0.12*wave.sin + ripples[px]*ripple
			wave = wave.and(step)
			r, g, b := light, light*green, light*blues[px]
			if dx, dy := math.Abs(x-0.3), math.Abs(y-0.25); dx < 0.12 && dy < 0.12 && math.Hypot(dx, dy) < 0.12 {
				r, g, b = 0.9*light+0.3, 0.25*light, 0.2*light
			}
			if x > 0.55 && x < 0.7 && y > 0.1 && y < 0.5 {
				r, g, b = 0.1+0.2*light, 0.3*light, 0.2+0.9*light
			}
			grain := grains[(px*7919+py*104729)%len(grains)]
			pixel := row[4*px:][:4]
			pixel[0], pixel[1], pixel[2], pixel[3] = level(r+grain), level(g+grain), level(b+grain), 255
		}
	}
	return m
}

// A turn is a rotation by an angle. Two of them are added in a fraction of the time that the sine of the sum takes.
type turn struct{ sin, cos float64 }

func turnBy(angle float64) turn {
	sin, cos := math.Sincos(angle)
	return turn{sin, cos}
}

func (a turn) and(b turn) turn {
	return turn{a.sin*b.cos + a.cos*b.sin, a.cos*b.cos - a.sin*b.sin}
}

func level(x float64) uint8 { return uint8(min(max(x, 0), 1)*255 + 0.5) }

// JPEG encodes an image.
func JPEG(m image.Image, quality int) []byte {
	if n, ok := m.(*image.NRGBA); ok && n.Opaque() {
		m = &image.RGBA{Pix: n.Pix, Stride: n.Stride, Rect: n.Rect} // the same pixels, for which the encoder has a faster way
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// PNG encodes an image.
func PNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// WithEXIF returns a JPEG with EXIF metadata: an orientation, and a description, which is marker.
func WithEXIF(jpeg []byte, orientation int, marker string) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x02")
	tiff = append(tiff, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0)
	tiff = append(tiff, 0x01, 0x0e, 0, 2) // ImageDescription
	tiff = binary.BigEndian.AppendUint32(tiff, uint32(len(marker)))
	tiff = binary.BigEndian.AppendUint32(tiff, uint32(len(tiff)+8))
	tiff = append(append(tiff, 0, 0, 0, 0), marker...)
	return WithSegment(jpeg, 0xe1, "Exif\x00\x00"+string(tiff))
}

// WithSegment returns a JPEG with a segment after its first marker.
func WithSegment(jpeg []byte, marker byte, data string) []byte {
	out := append([]byte(nil), jpeg[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(data)))
	return append(append(out, data...), jpeg[2:]...)
}

// Decode decodes a variant. It panics if that fails.
func Decode(body []byte) image.Image {
	m, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	return m
}

// PSNR returns the peak signal-to-noise ratio of two images over red, green and blue, in decibels: 30 is similar, 40 is
// indistinguishable. It is +Inf if they are equal, and -Inf if their sizes differ.
func PSNR(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return math.Inf(-1)
	}
	sum := 0.0
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			ca, cb := at(a, x, y), at(b, x, y)
			for i := range 3 {
				d := float64(ca[i]) - float64(cb[i])
				sum += d * d
			}
		}
	}
	return 10 * math.Log10(255*255*3*float64(size.X*size.Y)/sum)
}

// at returns the colour of a pixel, with white behind it.
func at(m image.Image, x, y int) [3]uint8 {
	x, y = m.Bounds().Min.X+x, m.Bounds().Min.Y+y
	var c color.NRGBA
	switch m := m.(type) { // what the last case does, faster
	case *image.NRGBA:
		c = m.NRGBAAt(x, y)
	case *image.YCbCr:
		p := m.YCbCrAt(x, y)
		c.R, c.G, c.B = color.YCbCrToRGB(p.Y, p.Cb, p.Cr)
		c.A = 255
	default:
		c = color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
	}
	if c.A == 255 {
		return [3]uint8{c.R, c.G, c.B}
	}
	over := func(v uint8) uint8 { return uint8((int(v)*int(c.A) + 255*(255-int(c.A)) + 127) / 255) }
	return [3]uint8{over(c.R), over(c.G), over(c.B)}
}

// Reference reduces a part of an image to w×h pixels with Lanczos3 in floating point, see [quality.Reduce].
func Reference(m image.Image, part image.Rectangle, w, h int) *image.NRGBA {
	var whole [3]quality.Plane
	for c := range whole {
		whole[c] = quality.Plane{W: part.Dx(), H: part.Dy(), Pix: make([]float32, part.Dx()*part.Dy())}
	}
	for y := range part.Dy() {
		for x := range part.Dx() {
			for c, v := range at(m, part.Min.X+x, part.Min.Y+y) {
				whole[c].Pix[y*part.Dx()+x] = float32(v)
			}
		}
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for c := range whole {
		for i, v := range quality.Reduce(whole[c], w, h).Pix {
			out.Pix[4*i+c], out.Pix[4*i+3] = level(float64(v)/255), 255
		}
	}
	return out
}

// Quarters returns an image of four colours: brown and green above, blue and half-transparent white below.
func Quarters() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for y := range 40 {
		for x := range 40 {
			c := [4]color.NRGBA{{150, 100, 50, 255}, {0, 200, 0, 255}, {0, 0, 250, 255}, {255, 255, 255, 128}}[2*(y/20)+x/20]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// Grain returns a photograph with noise, which takes many bytes.
func Grain(w, h int) *image.NRGBA {
	m, r := Photo(w, h), rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		if i%4 < 3 {
			m.Pix[i] = uint8(min(max(int(m.Pix[i])+r.IntN(31)-15, 0), 255))
		}
	}
	return m
}
