package jpeg

import (
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// byTheBook is the tuning of an encoder as the standard has it: its tables, and every coefficient rounded to the nearest.
var byTheBook = tuning{tables: quant.Standard, deadZone: nearest}

// BenchmarkEncode encodes an image in turns by the tuning of the standard and by others, and reports the time and the bytes of these,
// divided by those of the former. Of each, the shortest time counts.
func BenchmarkEncode(b *testing.B) {
	in := pictureOf("wall", 800, 533)
	for name, test := range map[string]struct {
		progressive bool
		tuning      tuning
	}{
		"fast":                 {false, fast},
		"fast, progressive":    {true, fast},
		"thorough, one scan":   {false, thorough},
		"thorough, many scans": {true, thorough},
	} {
		b.Run(name, func(b *testing.B) {
			shortest, size := [2]time.Duration{time.Hour, time.Hour}, [2]int{}
			for b.Loop() {
				for i, tuning := range []tuning{byTheBook, test.tuning} {
					o := EncodeOptions{Quality: 80}
					if i == 1 {
						o = EncodeOptions{Quality: 80, SharpenChroma: true, Progressive: test.progressive}
					}
					began := time.Now()
					body, err := encode(in, o, tuning)
					if err != nil {
						b.Fatal(err)
					}
					shortest[i], size[i] = min(shortest[i], time.Since(began)), len(body)
				}
			}
			b.ReportMetric(float64(shortest[1])/float64(shortest[0]), "time/plain")
			b.ReportMetric(float64(size[1])/float64(size[0]), "bytes/plain")
		})
	}
}
