package gif_test

import (
	"bytes"
	"image"
	stdgif "image/gif"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// BenchmarkEncode measures time and bytes of image/gif, with its fixed palette, divided by ours, and the SSIM of both.
func BenchmarkEncode(b *testing.B) {
	photo := resizetest.Photo(640, 427)
	luma := quality.Luma(photo)
	var ours, theirs time.Duration
	var body []byte
	var std bytes.Buffer
	for b.Loop() {
		began := time.Now()
		body, _ = gif.Encode(photo)
		ours += time.Since(began)
		std.Reset()
		began = time.Now()
		stdgif.Encode(&std, photo, nil)
		theirs += time.Since(began)
	}
	ssim := func(body []byte) float64 {
		m, _, err := image.Decode(bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		return quality.SSIM(quality.Luma(m), luma)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "time-ratio")
	b.ReportMetric(float64(std.Len())/float64(len(body)), "bytes-ratio")
	b.ReportMetric(ssim(body), "ssim")
	b.ReportMetric(ssim(std.Bytes()), "std-ssim")
}
