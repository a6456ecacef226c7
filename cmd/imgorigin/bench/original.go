package bench

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif" // these decode references
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/webp"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
)

// An Original is an image to measure with.
type Original struct {
	Name          string
	Body          []byte
	Width, Height int // as displayed

	orientation int
	luma        *quality.Plane        // of the whole image as stored; nil until it is needed
	undecodable bool                  // by package image, so that luma stays nil
	references  map[int]quality.Plane // that variants are compared with, by width
}

// NewOriginal reads the header of an image.
func NewOriginal(name string, body []byte) (Original, error) {
	h, err := resize.ProbeBytes(body)
	if err != nil {
		return Original{}, fmt.Errorf("%s: %w", name, err)
	}
	w, height := h.Displayed()
	return Original{
		Name: name, Body: body, Width: w, Height: height,
		orientation: h.Orientation, references: make(map[int]quality.Plane),
	}, nil
}

// Load reads the images in a folder that an engine decodes, ordered by name. It skips other files.
func Load(folder string, e resize.Engine) ([]Original, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var originals []Original
	for _, entry := range entries {
		if !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		if h, err := resize.ProbeBytes(body); err != nil || !e.Decodes(h.Format) {
			continue
		}
		o, err := NewOriginal(entry.Name(), body)
		if err != nil {
			return nil, err
		}
		originals = append(originals, o)
	}
	if len(originals) == 0 {
		return nil, fmt.Errorf("%s: no image in it", folder)
	}
	return originals, nil
}

// similarity returns the SSIM and PSNR of a variant and its reference. It reports false if there is no reference: if the
// original is of a format that only the engine decodes.
func (o *Original) similarity(
	ctx context.Context, e resize.Engine, variant []byte, width int,
) (ssim, psnr float64, ok bool) {
	out, err := e.Resize(ctx, variant, resize.Transform{Format: resize.PNG})
	if err != nil {
		return 0, 0, false
	}
	m, _, err := image.Decode(bytes.NewReader(out[0]))
	if err != nil {
		return 0, 0, false
	}
	want, ok := o.reference(width, m.Bounds().Dx(), m.Bounds().Dy())
	if !ok {
		return 0, 0, false
	}
	got := quality.Luma(m)
	return quality.SSIM(got, want), min(quality.PSNR(got, want), 100), true
}

// reference returns the luma that a variant of a width should have, if its size is w×h.
func (o *Original) reference(width, w, h int) (quality.Plane, bool) {
	if reference, ok := o.references[width]; ok {
		return reference, reference.W == w && reference.H == h
	}
	if o.luma == nil && !o.undecodable {
		m, _, err := image.Decode(bytes.NewReader(o.Body))
		if o.undecodable = err != nil; err == nil {
			luma := quality.Luma(m)
			o.luma = &luma
		}
	}
	if o.undecodable {
		return quality.Plane{}, false
	}
	storedW, storedH := w, h
	if o.orientation >= 5 {
		storedW, storedH = h, w
	}
	o.references[width] = orient(quality.Reduce(*o.luma, storedW, storedH), o.orientation)
	return o.references[width], true
}

// orient returns a plane that is stored in an EXIF orientation as it is displayed.
func orient(p quality.Plane, orientation int) quality.Plane {
	if orientation <= 1 {
		return p
	}
	out := quality.Plane{W: p.W, H: p.H, Pix: make([]float32, len(p.Pix))}
	if orientation >= 5 {
		out.W, out.H = p.H, p.W
	}
	for y := range out.H {
		for x := range out.W {
			sx, sy := x, y
			if orientation >= 5 {
				sx, sy = y, x
			}
			if slices.Contains([]int{2, 3, 7, 8}, orientation) {
				sx = p.W - 1 - sx
			}
			if slices.Contains([]int{3, 4, 6, 7}, orientation) {
				sy = p.H - 1 - sy
			}
			out.Pix[y*out.W+x] = p.Pix[sy*p.W+sx]
		}
	}
	return out
}
