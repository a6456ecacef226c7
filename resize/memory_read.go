package resize

import (
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// decodingBytes is the memory that decoding an image takes, in bytes.
type decodingBytes struct {
	peak float64 // of the decoder, with the image that it returns and the planes that are made of it
	held float64 // of the planes afterwards, without their halvings
}

// decoding returns what decoding an image takes, by the row of its format.
func (h Header) decoding(want demand) decodingBytes {
	if estimate := h.Format.row().decoding; estimate != nil {
		return estimate(h, want)
	}
	return decodingBytes{}
}

func (h Header) pixels() float64 { return float64(probe.Pixels(h.Width, h.Height)) }

// planes returns how many channels the decoded image has, as bytes for a pixel.
func (h Header) planes() float64 {
	if h.Format == JPEG && h.samples > 0 {
		return h.samples
	}
	return float64(h.Channels)
}

// jpegDecoding: planes at the scale that the widest of the transforms needs, of the part that they use; and of a
// progressive file the coefficients of all of it, see [jpeg.Decode].
func jpegDecoding(h Header, want demand) decodingBytes {
	n := float64(h.scale(want))
	const fill = 32 // pixels of a minimum coded unit, which the decoded image is rounded up to
	blocks := func(w, ht int) float64 { return float64(w+fill) * float64(ht+fill) / 64 * h.planes() }
	held := blocks(h.Width, h.Height) * n * n
	if part := want.part; !part.Empty() {
		held = blocks(part.Dx(), part.Dy()) * n * n
	}
	if !h.Progressive {
		return decodingBytes{held, held}
	}
	return decodingBytes{held + blocks(h.Width, h.Height)*(2*min(2*n*n, 64)+8), held}
}

// pngDecoding: planes, and while they are decoded, two rows as they are stored and one in planes.
func pngDecoding(h Header, _ demand) decodingBytes {
	planes := float64(h.Channels)
	rows := float64(h.Width) * planes * float64(2*h.Depth/8+1)
	return decodingBytes{planes*h.pixels() + rows, planes * h.pixels()}
}

// gifDecoding: a frame of a byte for a pixel, a canvas if the frame does not cover it, then planes.
func gifDecoding(h Header, _ demand) decodingBytes {
	return decodingBytes{9 * h.pixels(), 4 * h.pixels()}
}

// webpDecoding: planes of 4:2:0. With alpha they become RGB of full chroma, then an image, then planes again; so does
// the image of a file without loss.
func webpDecoding(h Header, _ demand) decodingBytes {
	if h.Channels == 3 {
		return decodingBytes{1.6 * h.pixels(), 1.5 * h.pixels()}
	}
	if h.lossless {
		return decodingBytes{9 * h.pixels(), 4 * h.pixels()}
	}
	return decodingBytes{12.5 * h.pixels(), 4 * h.pixels()}
}

// bmpDecoding: an image, then planes.
func bmpDecoding(h Header, _ demand) decodingBytes {
	return decodingBytes{8 * h.pixels(), 4 * h.pixels()}
}

// tiffDecoding: planes and a few rows of up to 10 bytes a pixel, which may be of a tile larger than the image; or what libvips
// takes, where that reads it.
func tiffDecoding(h Header, want demand) decodingBytes {
	const margin = 1024 + 16
	planes := 4 * h.pixels()
	foreign := foreignDecoding(8)(h, want)
	return decodingBytes{max(foreign.peak, planes+20*float64(h.Width+margin)), max(foreign.held, planes)}
}

// foreignDecoding returns the function for a format that libvips or a module of WebAssembly reads: it holds some bytes
// for a pixel of the file, for each byte of a sample, and then a smaller image, which Go copies, and splits into planes.
// Of two for a format it is the one that holds more.
func foreignDecoding(state float64) func(Header, demand) decodingBytes {
	return func(h Header, want demand) decodingBytes { return h.foreignDecoding(want, state*float64(h.Depth)/8) }
}

func (h Header) foreignDecoding(want demand, state float64) decodingBytes {
	shrink := max(1, float64(int(want.ratio/raster.LevelMargin)))
	image := h.pixels() / (shrink * shrink)
	channels := float64(h.Channels)
	whole := max(h.pixels(), float64(h.whole)) // which the decoder crops
	return decodingBytes{max(state*whole+channels*image, (channels+4)*image, 8*image), 4 * image}
}

// avifDecoding: libavif in WebAssembly, which holds more than libvips. It has frames of libaom, copies of their planes,
// and RGBA at the same time, and the frames and the planes of alpha beside those of the colours. Frames have borders, which
// are most of an image that is a few pixels high.
func avifDecoding(h Header, want demand) decodingBytes {
	const borderBytes = 1600 // for each pixel of the sides, of 8 bits
	deep := float64(h.Depth) / 8
	state, borders := 10+18*deep, borderBytes*deep*(float64(h.Width)+float64(h.Height))
	if h.Channels == 4 {
		state, borders = 1.5*state, 2*borders
	}
	d := h.foreignDecoding(want, state)
	return decodingBytes{d.peak + borders, d.held}
}
