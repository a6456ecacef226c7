package resize

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"

	"github.com/disintegration/imaging"
)

// finish gives a rendered picture its last touch, as an image: its colours, blur, background and canvas.
func (p *pyramid) finish(r *raster, plan Plan, t Transform) *image.NRGBA {
	m := p.colored(r)
	if t.Blur != 0 {
		m = blurred(m, t.Blur)
	}
	if t.Fit == Contain || r.alpha && t.Format == JPEG {
		canvas := image.NewNRGBA(image.Rectangle{Max: plan.Canvas})
		draw.Draw(canvas, canvas.Rect, image.NewUniform(colorOf(t.Background)), image.Point{}, draw.Src)
		draw.Draw(canvas, m.Rect.Add(plan.Offset), m, image.Point{}, draw.Over)
		m = canvas
	}
	return m
}

// colored returns the picture in sRGB, or in the profile that goes along.
func (p *pyramid) colored(r *raster) *image.NRGBA {
	if p.inks != nil {
		return p.inks.nrgba(r)
	}
	m := r.nrgba()
	if p.profile != nil {
		p.profile.apply(m.Pix)
	}
	return m
}

// colorOf reads the rrggbb of a transform that was validated.
func colorOf(hex string) color.NRGBA {
	v, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		return color.NRGBA{255, 255, 255, 255}
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

func isGreyColor(hex string) bool {
	c := colorOf(hex)
	return c.R == c.G && c.G == c.B
}

// fromNRGBA returns the planes that JPEG wants of an opaque image: luma alone when it is grey, else chroma for
// each square of so many pixels.
func fromNRGBA(m *image.NRGBA, isGrey bool, every int) *raster {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	r := &raster{w: w, h: h, space: grey, planes: []plane{newPlane(w, h)}}
	luma := r.planes[0]
	for y := range h {
		row, pix := luma.row(y), m.Pix[y*m.Stride:]
		for x := range row {
			row[x], _, _ = color.RGBToYCbCr(pix[4*x], pix[4*x+1], pix[4*x+2])
		}
	}
	if isGrey {
		return r
	}
	r.space = ycc
	cb, cr := newPlane((w+every-1)/every, (h+every-1)/every), newPlane((w+every-1)/every, (h+every-1)/every)
	for y := range cb.h {
		for x := range cb.w {
			var sum [3]int
			for i := range every * every {
				p := m.Pix[min(every*y+i/every, h-1)*m.Stride+4*min(every*x+i%every, w-1):]
				for c := range 3 {
					sum[c] += int(p[c])
				}
			}
			mean := func(c int) uint8 { return uint8((sum[c] + every*every/2) / (every * every)) }
			_, cb.row(y)[x], cr.row(y)[x] = color.RGBToYCbCr(mean(0), mean(1), mean(2))
		}
	}
	r.planes = append(r.planes, cb, cr)
	return r
}

// encodePNG writes grey as grey, and opaque pictures without alpha.
func encodePNG(m *image.NRGBA, isGrey bool, icc []byte) ([]byte, error) {
	var picture image.Image = m
	if isGrey && m.Opaque() {
		g := image.NewGray(m.Rect)
		for i := range g.Pix {
			g.Pix[i] = m.Pix[4*i]
		}
		picture = g
	}
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := e.Encode(&b, picture); err != nil {
		return nil, err
	}
	if icc == nil {
		return b.Bytes(), nil
	}
	return withPNGProfile(b.Bytes(), icc)
}

// withPNGProfile puts an iCCP chunk behind IHDR.
func withPNGProfile(src, icc []byte) ([]byte, error) {
	data := bytes.NewBufferString("iCCPICC profile\x00\x00")
	z := zlib.NewWriter(data)
	if _, err := z.Write(icc); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	const behindIHDR = 8 + 25
	out := append([]byte(nil), src[:behindIHDR]...)
	out = binary.BigEndian.AppendUint32(out, uint32(data.Len()-4))
	out = append(out, data.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(data.Bytes()))
	return append(out, src[behindIHDR:]...), nil
}

// blurred softens a picture. The time of a Gauss filter grows with sigma; under a wide one nothing is left of
// what a smaller picture does not hold, so that a smaller one is filtered and enlarged again.
func blurred(m *image.NRGBA, sigma float64) *image.NRGBA {
	const widest = 4
	k := int(sigma / widest)
	if w, h := m.Rect.Dx()/max(k, 1), m.Rect.Dy()/max(k, 1); k > 1 && min(w, h) > 1 {
		small := imaging.Resize(m, w, h, imaging.Box)
		return imaging.Resize(imaging.Blur(small, sigma/float64(k)), m.Rect.Dx(), m.Rect.Dy(), imaging.CatmullRom)
	}
	return imaging.Blur(m, sigma)
}
