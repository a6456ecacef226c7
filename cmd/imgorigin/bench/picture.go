package bench

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif" // for references
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

// A Picture is an original to measure with.
type Picture struct {
	Name          string
	Body          []byte
	Width, Height int // as displayed

	orientation int
	light       *quality.Plane // of the whole picture as it is stored; nil when it is not known yet, or can't be
	undecodable bool
	references  map[int]quality.Plane // by width
}

// NewPicture looks at the header of a picture.
func NewPicture(name string, body []byte) (Picture, error) {
	h, err := resize.ProbeBytes(body)
	if err != nil {
		return Picture{}, fmt.Errorf("%s: %w", name, err)
	}
	w, height := h.Displayed()
	return Picture{
		Name: name, Body: body, Width: w, Height: height,
		orientation: h.Orientation, references: make(map[int]quality.Plane),
	}, nil
}

// Megapixels are millions of pixels.
func (p *Picture) Megapixels() float64 { return float64(p.Width) * float64(p.Height) / 1e6 }

// Load reads the pictures of a folder that an engine decodes, by name. What is no picture is left out.
func Load(folder string, e resize.Engine) ([]Picture, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var pictures []Picture
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
		p, err := NewPicture(entry.Name(), body)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, p)
	}
	if len(pictures) == 0 {
		return nil, fmt.Errorf("%s: no picture in it", folder)
	}
	return pictures, nil
}

// similarity compares a variant with what it should be. It is not known of an original that only the engine reads.
func (p *Picture) similarity(ctx context.Context, e resize.Engine, variant []byte, width int) (float64, bool) {
	out, err := e.Resize(ctx, variant, resize.Transform{Format: resize.PNG})
	if err != nil {
		return 0, false
	}
	m, _, err := image.Decode(bytes.NewReader(out[0]))
	if err != nil {
		return 0, false
	}
	want, ok := p.reference(width, m.Bounds().Dx(), m.Bounds().Dy())
	if !ok {
		return 0, false
	}
	return quality.SSIM(quality.Luma(m), want), true
}

// reference returns the light that a variant of some size should have.
func (p *Picture) reference(width, w, h int) (quality.Plane, bool) {
	if known, ok := p.references[width]; ok {
		return known, known.W == w && known.H == h
	}
	if p.light == nil && !p.undecodable {
		m, _, err := image.Decode(bytes.NewReader(p.Body))
		if p.undecodable = err != nil; err == nil {
			light := quality.Luma(m)
			p.light = &light
		}
	}
	if p.undecodable {
		return quality.Plane{}, false
	}
	lyingW, lyingH := w, h
	if p.orientation >= 5 {
		lyingW, lyingH = h, w
	}
	p.references[width] = turn(quality.Reduce(*p.light, lyingW, lyingH), p.orientation)
	return p.references[width], true
}

// turn turns what is stored in one of the orientations of EXIF upright.
func turn(p quality.Plane, orientation int) quality.Plane {
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
