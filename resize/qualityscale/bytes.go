package qualityscale

// typicalBytes are the bytes of photographs for the steps, in per cent of those for a quality of 65: medians of 28 photographs
// of 320 to 1280 pixels in JPEG, WebP and AVIF, which differ by less than a tenth between 40 and 80.
var typicalBytes = [len(steps)]int{16, 51, 63, 76, 90, 100, 113, 128, 149, 182, 234, 405, 900, 1500}

// Bytes returns about how many bytes a photograph takes at a number of the encoder, in per cent of those at a quality of 65.
func (s *Scale) Bytes(number int) float64 {
	return between(steps[:], typicalBytes[:], s.Quality(number))
}

// Within returns the largest number whose Bytes are no more than some, or 0, which is below the range of encoders, for too few.
func (s *Scale) Within(bytes float64) int {
	least, most := float64(typicalBytes[0]), float64(typicalBytes[len(typicalBytes)-1])
	quality := between(typicalBytes[:], steps[:], min(max(bytes, least), most))
	return int(between(steps[:], s.numbers[:], quality))
}
