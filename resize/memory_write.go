package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// A shape is what the memory of a variant depends on.
type shape struct {
	format     Format
	quality    int  // 0 for the default
	isThorough bool // of the encoder, see [EngineConfig]
	transform  Transform

	size, canvas float64 // pixels
	sides        float64 // of the canvas, its width and its height together
	channels     float64 // samples of the planes of the original for a pixel
	shares       bool    // the planes are those of the original
	between      float64 // pixels of a plane that is resampled in one direction
	rows         float64 // bytes of the rows that filters reach

	planar       bool // luma and chroma are encoded as they are
	mayHaveAlpha bool
	mayBeDrawn   bool // and is then written in several ways
	isGrey       bool
	copies       float64 // bytes that the encoder holds for a pixel beyond what is known of the format
}

// shapeOf returns the shape of a variant of a decoded image, which an engine with some configuration makes. It reports
// false for a transform that does not fit.
func (h Header) shapeOf(t Transform, want demand, c EngineConfig) (v shape, ok bool) {
	t = h.inDrawing(t.Normal())
	w, ht := h.Displayed()
	plan, err := PlanFor(t, w, ht, nil)
	if err != nil {
		return v, false
	}
	if t.Trim.By != "" {
		plan = t.largest(plan, w, ht)
	}
	v = shape{
		format: t.Format, quality: c.encoderQuality(t), isThorough: c.Thorough, transform: t,
		size: float64(probe.Pixels(plan.Size.X, plan.Size.Y)), canvas: float64(probe.Pixels(plan.Canvas.X, plan.Canvas.Y)),
		sides:    float64(plan.Canvas.X) + float64(plan.Canvas.Y),
		channels: h.planes(), isGrey: h.Channels == 1 && t.Mark.Key == "" && !t.addsColor() && !t.addsAlpha(),
		mayHaveAlpha: h.mayHaveAlpha() || t.addsAlpha(), copies: c.copies(t.Format),
	}
	ratioX, ratioY := float64(plan.Crop.Dx())/float64(plan.Size.X), float64(plan.Crop.Dy())/float64(plan.Size.Y)
	samples := 1.0
	if h.Format == JPEG {
		samples = float64(h.scale(want)) / 8
	}
	level := samples
	for r := min(ratioX, ratioY) * samples; r >= 2*raster.LevelMargin; r /= 2 {
		level /= 2
	}
	if h.Orientation >= 5 {
		v.between = float64(plan.Size.X) * float64(plan.Crop.Dy()) * level
	} else {
		v.between = float64(plan.Size.Y) * float64(plan.Crop.Dx()) * level
	}
	const packed = 3 << 10 // bytes of a row that a filter reaches, see resize/plane, and of those of the planes before
	reach := 2 * 3 * level // samples on both sides of Lanczos3
	v.rows = packed * (min(reach*ratioX, float64(plan.Crop.Dx())) + min(reach*ratioY, float64(plan.Crop.Dy())))
	v.shares = ratioX == 1 && ratioY == 1 && samples == 1 && h.Orientation < 5
	if v.shares {
		v.between, v.rows = 0, 0
	}
	v.mayBeDrawn = mayBeDrawing(t) && h.mayBeLossless()
	isLuma := h.Format == JPEG && h.Channels < 4 || h.Format == WebP && h.Channels == 3 || h.Channels == 1
	mayLoseChroma := Transform{Format: t.Format, Quality: v.quality, MaxBytes: t.MaxBytes}.mayLoseChroma()
	v.planar = isLuma && !h.converts && !v.mayBeDrawn && !t.isFiltered() && t.Fit != Contain && !mayLoseChroma &&
		(t.Format == JPEG || t.Format == Auto || t.Format == WebP || t.Format == AVIF)
	return v, true
}

// largest returns a plan for the most that can be left of an image when it is trimmed: of any shape, within the box.
func (t Transform) largest(plan Plan, w, h int) Plan {
	within := func(side, original int) int {
		switch {
		case t.Fit == Contain, t.Enlarge && side != 0 && t.Fit != Outside:
			return side
		case t.Enlarge:
			return max(original, MaxSide)
		case side == 0, t.Fit == Outside:
			return original
		}
		return min(side, original)
	}
	box := t.unmounted()
	plan.Size = image.Pt(within(box.Width, w), within(box.Height, h))
	plan.Canvas = t.Mount.Size(plan.Size)
	return plan
}

func (h Header) mayHaveAlpha() bool { return h.Channels == 4 && h.Format != JPEG }

// mayBeLossless reports whether a file holds its pixels without loss, as far as that is known: the kind of a WebP in the
// extended format may be behind what was read.
func (h Header) mayBeLossless() bool {
	return h.isLossless() || h.Format == WebP && h.Channels == 4
}

// chroma returns the samples of a variant's planes for a pixel.
func (v shape) chroma() float64 {
	switch {
	case v.isGrey:
		return 1
	case chromaStep(v.quality) == 1:
		return 3
	}
	return 1.5
}

// bytes returns what is held while the variant is made, in addition to the decoded image, and what is left of it, which
// is the file.
func (v shape) bytes() (work, output float64) {
	pixels := v.pixelBytes()
	encoding, output := v.encoding()
	if v.transform.MaxBytes != 0 {
		encoding += output // the best file that fits, while the next is written
	}
	return pixels + encoding*v.canvas, output * v.canvas
}

// pixelBytes returns what the pixels of the variant take: planes, and where those are not encoded as they are, an
// image, which is filtered, or put on a canvas.
func (v shape) pixelBytes() float64 {
	planes := v.channels
	if v.planar {
		planes = v.chroma()
	} else if v.channels < 3 && !v.isGrey {
		planes = 3 // chroma of full size
	}
	if v.shares {
		planes -= min(planes, 1) // luma, or a plane at least, is that of the original
	}
	rendering := planes*v.size + v.between + v.rows
	if v.planar {
		return rendering
	}
	image := 4 * v.size
	switch {
	case v.transform.MaxBytes != 0 && (v.format == PNG || v.format == GIF || v.format == Auto && v.mayHaveAlpha):
		image += 9 * v.canvas // without alpha, in fewer colours, and their numbers
	case v.mayBeDrawn && v.transform.askedQuality() == 0:
		image += 5 * v.canvas // likewise, of what is opaque
	}
	switch t := v.transform; {
	case t.Blur != 0, t.Effects.Sharpen != 0, t.Effects.Unsharp != 0: // a blur has an image between its directions
		image += 8 * v.size
	case t.Effects != effects.Set{}, t.Mount != mount.Mount{}:
		image += 4 * v.size
	}
	if v.transform.Fit == Contain || v.mayHaveAlpha && v.format == JPEG {
		image += 4 * v.canvas
	}
	if v.transform.Mount.Reshapes() { // one image before and one after each step
		image += 8 * v.canvas
	}
	return rendering + image
}

// encoding returns what the encoder holds, and the file, in bytes for a pixel of the canvas.
func (v shape) encoding() (work, output float64) {
	if v.format == Auto {
		v.format = JPEG
		work, output = v.format.row().encoding(v)
		if v.mayHaveAlpha {
			v.format = PNG
			w, o := v.format.row().encoding(v)
			work, output = max(work, w), max(output, o)
		}
		return work, output
	}
	if estimate := v.format.row().encoding; estimate != nil {
		work, output = estimate(v)
	}
	return work + v.copies, output
}

// jpegEncoding: planes, unless it is given some; tokens of the coefficients that are not 0, which are most where there
// is grain; and the file, of which a thorough encoder has two if the image is small.
func jpegEncoding(v shape) (work, output float64) {
	tokens, output := 2.7*v.chroma(), 0.6
	switch {
	case v.quality > 95:
		tokens, output = 5*v.chroma(), 3
	case v.quality > 90:
		tokens, output = 3*v.chroma(), 1.5
	}
	work = tokens + output
	if v.canvas < jpeg.SmallPixels {
		work += output
	}
	if v.planar {
		return work, output
	}
	return v.chroma() + work, output
}

// pngEncoding: the file, which is copied as it grows.
func pngEncoding(v shape) (work, output float64) {
	if v.isGrey {
		return 3, 1
	}
	return 6, 3
}

// gifEncoding: colours to choose a palette from, indexes into it, and the file, which is copied as it grows.
func gifEncoding(shape) (work, output float64) { return 6, 1 }

// webpEncoding, by libwebp: its planes and macroblocks, and with loss of alpha the image of that; without loss, it
// holds chains of equal pixels, references to them and histograms, of which a drawing needs fewer.
func webpEncoding(v shape) (work, output float64) {
	switch {
	case v.quality == 100:
		return 38 + v.webpHistograms(), 3
	case v.mayHaveAlpha, v.planar && v.quality > 90:
		work, output = 10, 0.5
	case v.planar:
		work, output = 5, 0.3
	default:
		work, output = 8.5, 0.3
	}
	if v.isThorough {
		work += v.webpTokens()
	}
	if v.mayBeDrawn {
		return max(work, 21+v.webpHistograms()), max(output, 1)
	}
	return work, output
}

// webpHistograms returns what a thorough encoder without loss takes for histograms of blocks of 8 × 8 pixels: of some thousands at
// most, however large the image is.
func (v shape) webpHistograms() float64 {
	if !v.isThorough {
		return 0
	}
	const most, ofPixel = 16 << 20, 200
	return min(most/max(v.canvas, 1), ofPixel)
}

// webpTokens returns what a thorough encoder keeps of the tokens of all macroblocks, two bytes for each, before it
// writes them with the probabilities that suit them best. There are most where there is grain.
func (v shape) webpTokens() float64 {
	switch {
	case v.quality > 90:
		return 14
	case v.quality > 80:
		return 9
	}
	return 5.5
}

// avifEncoding, by libaom: an image in RGB or with alpha, which is copied, and frames of 16 bits with their references, of which
// a thorough encoder keeps more. It encodes alpha as another image. Chroma of full size takes more. Frames have borders,
// and a module in WebAssembly has tables for each of its images, however small that is.
func avifEncoding(s shape) (work, output float64) {
	const fullChroma, moduleBytes, borderBytes = 90, 4 << 20, 1024
	work = (moduleBytes + borderBytes*s.sides) / max(s.canvas, 1)
	switch {
	case s.quality >= fullChroma:
		return work + 56, 1
	case s.isThorough && s.mayHaveAlpha:
		return work + 52, 0.3
	}
	return work + 42, 0.3
}

// textEncoding: images of a hundred pixels.
func textEncoding(shape) (work, output float64) { return 16, 0 }
