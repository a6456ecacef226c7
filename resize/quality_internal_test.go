package resize

import (
	"math"
	"testing"
)

// The numbers of encoders grow with the quality, and only 100 is 100, which is without loss in WebP.
func TestEncoderQuality(t *testing.T) {
	for _, f := range []Format{JPEG, WebP, AVIF, PNG} {
		last := 0
		for quality := 1; quality <= 100; quality++ {
			number := f.EncoderQuality(quality)
			if number < max(last, 1) || (number == 100) != (quality == 100) {
				t.Errorf("%s: got %d for %d, after %d", f, number, quality, last)
			}
			if back := f.qualityOf(number); math.Abs(back-float64(quality)) > 1.5 {
				t.Errorf("%s: %d is %d of the encoder, and that is %.1f", f, quality, number, back)
			}
			last = number
		}
	}
}

// All that encoders are asked for is in their own numbers: what a transform asks for, what is configured, and the defaults.
func TestQualityOfEncoders(t *testing.T) {
	for _, test := range []struct {
		config  EngineConfig
		format  Format
		quality int // requested
		want    int
	}{
		{EngineConfig{}, JPEG, 0, DefaultQuality},
		{EngineConfig{}, Auto, 0, DefaultQuality},
		{EngineConfig{}, WebP, 0, WebP.EncoderQuality(DefaultQuality)},
		{EngineConfig{}, AVIF, 80, AVIF.EncoderQuality(80)},
		{EngineConfig{Quality: Quality{AVIF: 50}}, AVIF, 0, AVIF.EncoderQuality(50)},
		{EngineConfig{EncoderScale: true}, JPEG, 0, 80},
		{EngineConfig{EncoderScale: true}, WebP, 0, 78},
		{EngineConfig{EncoderScale: true}, AVIF, 0, 60},
		{EngineConfig{EncoderScale: true}, AVIF, 80, 80},
		{EngineConfig{EncoderScale: true, Quality: Quality{WebP: 50}}, WebP, 0, 50},
	} {
		if got := test.config.encoderQuality(Transform{Format: test.format, Quality: test.quality}); got != test.want {
			t.Errorf("%+v: got %d for %s at %d, want %d", test.config, got, test.format, test.quality, test.want)
		}
	}
}
