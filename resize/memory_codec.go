package resize

import (
	"context"
	"image"
	"slices"

	"github.com/imgorigin/imgorigin/resize/heap"
)

// lending returns a codec whose functions take the memory of Go's heap, by the row of the format, while they work: they
// are written in C, and the garbage collector would not make room for them.
func (c Codec) lending() Codec {
	if decode := c.Decode; decode != nil {
		c.Decode = func(src []byte, ratio float64) (Decoded, error) {
			if h, err := ProbeBytes(src); err == nil {
				defer heap.Lend(atMost(h.decoding(demand{ratio: ratio}).peak))()
			}
			return decode(src, ratio)
		}
	}
	if encode := c.Encode; encode != nil {
		c.Encode = func(m image.Image, o Encoding) ([]byte, error) {
			defer heap.Lend(c.EncodingMemory(m, o))()
			return encode(m, o)
		}
	}
	if animate := c.Animate; animate != nil {
		c.Animate = func(plays int, o Encoding) Animation {
			return &lendingAnimation{Animation: animate(plays, o), codec: c, encoding: o}
		}
	}
	if within := c.Within; within != nil {
		c.Within = func(ctx context.Context) Codec { return within(ctx).lending() }
	}
	return c
}

// EncodingMemory returns about how many bytes the codec holds while it encodes an image, and the file.
func (c Codec) EncodingMemory(m image.Image, o Encoding) int64 {
	work, output := c.shapeFor(m, o).encoding()
	return atMost((work + output) * area(m))
}

// copies returns the Copies of the codec that encodes a format.
func (c EngineConfig) copies(f Format) float64 {
	for _, codec := range slices.Backward(c.Codecs) {
		if codec.Format == f && codec.Encode != nil {
			return codec.Copies
		}
	}
	return 0
}

// shapeFor returns what is known of the shape of a variant when it is encoded.
func (c Codec) shapeFor(m image.Image, o Encoding) shape {
	size := m.Bounds().Size()
	v := shape{
		format: c.Format, quality: o.Quality, isThorough: o.Thorough, canvas: area(m), sides: float64(size.X) + float64(size.Y),
		copies: c.Copies,
	}
	if o.Lossless {
		v.quality = 100
	}
	switch m := m.(type) {
	case *image.NRGBA:
		v.mayHaveAlpha = !m.Opaque()
	default:
		v.planar = true
	}
	return v
}

func area(m image.Image) float64 {
	size := m.Bounds().Size()
	return float64(size.X) * float64(size.Y)
}

// A lendingAnimation takes memory from the first frame on until it is closed.
type lendingAnimation struct {
	Animation
	codec    Codec
	encoding Encoding
	giveBack func() // nil before the first frame
}

func (a *lendingAnimation) Add(f Frame) error {
	if a.giveBack == nil {
		work, _ := a.codec.shapeFor(f.Image, a.encoding).encoding()
		a.giveBack = heap.Lend(atMost((work + filmCanvases) * area(f.Image)))
	}
	return a.Animation.Add(f)
}

func (a *lendingAnimation) Close() {
	if a.giveBack != nil {
		a.giveBack()
	}
	a.Animation.Close()
}
