//go:build cgo

package webp_test

import (
	"image"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// BenchmarkAlpha measures time and bytes of an image with soft alpha, divided by those of the same image without.
func BenchmarkAlpha(b *testing.B) {
	opaque, soft := resizetest.Photo(800, 533), resizetest.Photo(800, 533)
	for y := range 533 {
		for x := range 800 {
			soft.Pix[soft.PixOffset(x, y)+3] = uint8(min((x*x+y*y)/2000, 255))
		}
	}
	var times [2]time.Duration
	var bytes [2]int
	for b.Loop() {
		for i, m := range []*image.NRGBA{opaque, soft} {
			began := time.Now()
			body, err := webp.Encode(m, resize.Encoding{Quality: 80})
			if err != nil {
				b.Fatal(err)
			}
			times[i], bytes[i] = times[i]+time.Since(began), len(body)
		}
	}
	b.ReportMetric(float64(times[1])/float64(times[0]), "time-ratio")
	b.ReportMetric(float64(bytes[1])/float64(bytes[0]), "bytes-ratio")
}
