package png_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	stdpng "image/png"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// BenchmarkEncode measures time and bytes of image/png divided by ours, of images of 800 pixels, in turns.
func BenchmarkEncode(b *testing.B) {
	photo := resizetest.Photo(800, 533)
	glass := paint(800, 533, func(i int) color.NRGBA {
		c := photo.NRGBAAt(i%800, i/800)
		c.A = uint8(min(i%800, 255))
		return c
	})
	for name, m := range map[string]*image.NRGBA{"photo": photo, "alpha": glass, "drawing": drawing(photo.Rect)} {
		b.Run(name, func(b *testing.B) {
			var ours, theirs time.Duration
			var body []byte
			var std bytes.Buffer
			for b.Loop() {
				began := time.Now()
				body, _ = png.Encode(m, png.Options{})
				ours += time.Since(began)
				std.Reset()
				began = time.Now()
				stdpng.Encode(&std, m)
				theirs += time.Since(began)
			}
			b.ReportMetric(float64(theirs)/float64(ours), "time-ratio")
			b.ReportMetric(float64(std.Len())/float64(len(body)), "bytes-ratio")
		})
	}
}

// BenchmarkDecode measures the time of image/png divided by ours, of images of 1200 pixels, in turns.
func BenchmarkDecode(b *testing.B) {
	photo := resizetest.Photo(1200, 800)
	noise := rand.New(rand.NewPCG(1, 2))
	grain := paint(1200, 800, func(i int) color.NRGBA {
		c := photo.NRGBAAt(i%1200, i/1200)
		return color.NRGBA{c.R ^ uint8(noise.Uint32()%8), c.G ^ uint8(noise.Uint32()%8), c.B ^ uint8(noise.Uint32()%8), 255}
	})
	glass := paint(1200, 800, func(i int) color.NRGBA {
		c := photo.NRGBAAt(i%1200, i/1200)
		c.A = uint8(min(i%1200, 255))
		return c
	})
	for name, m := range map[string]*image.NRGBA{"photo": photo, "grain": grain, "alpha": glass, "drawing": drawing(photo.Rect)} {
		var std bytes.Buffer
		if err := stdpng.Encode(&std, m); err != nil {
			b.Fatal(err)
		}
		own, err := png.Encode(m, png.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for writer, src := range map[string][]byte{"image-png": std.Bytes(), "ours": own} {
			b.Run(name+"/"+writer, func(b *testing.B) {
				var ours, theirs time.Duration
				for b.Loop() {
					began := time.Now()
					png.Decode(src)
					ours += time.Since(began)
					began = time.Now()
					stdpng.Decode(bytes.NewReader(src))
					theirs += time.Since(began)
				}
				b.ReportMetric(float64(theirs)/float64(ours), "time-ratio")
			})
		}
	}
}

// drawing returns circles on white with smooth edges, in more than 256 colours.
func drawing(r image.Rectangle) *image.NRGBA {
	m := image.NewNRGBA(r)
	draw.Draw(m, r, image.White, image.Point{}, draw.Src)
	for i := range 12 {
		x0, y0, radius := 80+60*i, 90+i*97%350, 30+6*i
		for y := y0 - radius - 1; y <= y0+radius; y++ {
			for x := x0 - radius - 1; x <= x0+radius; x++ {
				d := min(max(radius*radius-(x-x0)*(x-x0)-(y-y0)*(y-y0), 0), 2*radius) * 255 / (2 * radius)
				ink := color.RGBA{uint8(20 * i * d / 255), uint8(90 * d / 255), uint8((255 - 20*i) * d / 255), uint8(d)}
				draw.Draw(m, image.Rect(x, y, x+1, y+1), image.NewUniform(ink), image.Point{}, draw.Over)
			}
		}
	}
	return m
}
