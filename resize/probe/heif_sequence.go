package probe

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// stillBrands are those of files that have an image in addition to a sequence (ISO/IEC 23008-12, 10.2).
var stillBrands = map[string]bool{
	"mif1": true, "mif2": true, "avif": true, "heic": true, "heix": true, "heim": true, "heis": true,
}

// checkStill refuses a sequence without an image, by the brands of its file.
func checkStill(ftyp []byte) error {
	for brand := range eachBrand(ftyp) {
		if stillBrands[string(brand)] {
			return nil
		}
	}
	return fmt.Errorf("%w: heif: a sequence without a still image", ErrUnsupported)
}

// eachBrand yields the brands of a file, the major one first.
func eachBrand(ftyp []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		const minorVersion, brand = 4, 4
		for at := 0; at+brand <= len(ftyp); at += brand {
			if at != minorVersion && !yield(ftyp[at:at+brand]) {
				return
			}
		}
	}
}

// eachBox yields the boxes at the beginning of b that are whole.
func eachBox(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(b) > 0 {
			name, data, rest, err := nextBox(b)
			if err != nil || !yield(name, data) {
				return
			}
			b = rest
		}
	}
}

// heifFrames returns the number of frames of the sequence that a file has beside its image, 0 for none. It is that of the longest
// track of pictures, as far as the boxes lie within src. What is wrong with a sequence does not matter, since only the image shows.
func heifFrames(src []byte) (frames int) {
	for name, data := range eachBox(src) {
		if name != "moov" {
			continue
		}
		for name, track := range eachBox(data) {
			if name == "trak" {
				frames = max(frames, samplesOf(track))
			}
		}
	}
	return frames
}

// samplesOf returns the number of samples of a track, 0 if they are not pictures (ISO/IEC 14496-12, 8.4.3 and 8.7.3).
func samplesOf(track []byte) int {
	media := within(track, "mdia")
	if handler := within(media, "hdlr"); len(handler) < 12 || string(handler[8:12]) != "pict" {
		return 0
	}
	sizes := within(within(within(media, "minf"), "stbl"), "stsz")
	if len(sizes) < 12 {
		return 0
	}
	return int(min(binary.BigEndian.Uint32(sizes[8:]), 1<<31-1))
}

// within returns the data of the first box of a name in another, nil if there is none.
func within(b []byte, name string) []byte {
	for of, data := range eachBox(b) {
		if of == name {
			return data
		}
	}
	return nil
}

// stillBrandOf has the brands of images for those of sequences.
var stillBrandOf = map[string]string{"avis": "avif", "hevc": "heic", "hevx": "heix", "msf1": "mif1"}

// HideHEIFSequence changes a file, in place, so that a decoder sees only its image: a sequence has a size of its own, of which
// nothing was probed. libavif decodes the sequence of a file whose major brand is avis, and refuses a file with that brand among the
// others but without a sequence; libheif refuses the brands of sequences.
func HideHEIFSequence(file []byte) {
	for rest := file; len(rest) > 0; {
		name, data, next, err := nextBox(rest)
		if err != nil {
			return
		}
		switch {
		case name == "moov":
			copy(rest[4:], "free")
		case name == "ftyp":
			for brand := range eachBrand(data) {
				copy(brand, stillBrandOf[string(brand)])
			}
		}
		rest = next
	}
}
