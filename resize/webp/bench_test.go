//go:build cgo

package webp_test

import (
	"bytes"
	"image"
	"testing"
	"time"

	stdwebp "golang.org/x/image/webp"

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
	var sizes [2]int
	for b.Loop() {
		for i, m := range []*image.NRGBA{opaque, soft} {
			began := time.Now()
			body, err := webp.Encode(m, resize.Encoding{Quality: 80})
			if err != nil {
				b.Fatal(err)
			}
			times[i], sizes[i] = times[i]+time.Since(began), len(body)
		}
	}
	b.ReportMetric(float64(times[1])/float64(times[0]), "time-ratio")
	b.ReportMetric(float64(sizes[1])/float64(sizes[0]), "bytes-ratio")
}

// BenchmarkDecode measures the time of x/image/webp divided by ours, in turns.
func BenchmarkDecode(b *testing.B) {
	photo, glass := resizetest.Photo(1200, 800), resizetest.Photo(1200, 800)
	for i := 3; i < len(glass.Pix); i += 4 {
		glass.Pix[i] = uint8(min(i/4%1200, 255))
	}
	for name, row := range map[string]struct {
		m       *image.NRGBA
		quality int
	}{"lossy": {photo, 80}, "alpha": {glass, 80}, "lossless": {photo, 100}} {
		body, err := webp.Encode(row.m, resize.Encoding{Quality: row.quality})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			var ours, theirs time.Duration
			for b.Loop() {
				began := time.Now()
				webp.Decode(body, 1)
				ours += time.Since(began)
				began = time.Now()
				stdwebp.Decode(bytes.NewReader(body))
				theirs += time.Since(began)
			}
			b.ReportMetric(float64(theirs)/float64(ours), "time-ratio")
		})
	}
}
