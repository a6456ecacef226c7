package quant

// standard are the tables of T.81, K.1: tables K.1 for luma and K.2 for chroma.
var standard = func() Tables {
	chroma := Table{
		17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	}
	return Tables{
		{
			16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
			14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
			18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
			49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
		},
		chroma, chroma,
	}
}()

// Standard returns the tables that libjpeg writes at a quality, which is clamped to 1…100: those of the standard, scaled
// (jpeg_quality_scaling).
func Standard(quality int) Tables {
	quality = min(max(quality, 1), 100)
	scale := 200 - 2*quality // per cent
	if quality < 50 {
		scale = 5000 / quality
	}
	return standard.Scaled(10 * scale)
}
