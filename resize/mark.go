package resize

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

// A Mark is an image, such as a logo, that is laid over a variant after its effects. It is never enlarged, and only Tile
// cuts it off.
type Mark struct {
	Key     string // of the mark's original; "" means no mark
	Version string // of its bytes, see [MarkVersion]; "" where that is not known yet
	Align   Crop   // the place of the mark: Center, a side or a corner; "" is BottomRight
	Pad     int    // pixels of the variant between the mark and its edges, and between tiles
	Scale   int    // 1…100, percent of the variant's width that the mark takes; 0 is the mark's own width
	Alpha   int    // 1…100, percent; 0 is 100
	Tile    bool   // repeats the mark all over the variant
}

// The limits of a mark: of the pixels and the bytes of its image, the bytes of Mark.Key, and Mark.Pad.
const (
	MaxMarkPixels = 1 << 20
	MaxMarkBytes  = 1 << 20
	MaxMarkKey    = 200
	MaxMarkPad    = 1000
)

// ErrMark is the error of a transform whose mark is missing, damaged or above the limits. It says nothing of the original.
var ErrMark = errors.New("mark")

// ID names the bytes of a mark.
func (m Mark) ID() string { return m.Key + "@" + m.Version }

// MarkVersion returns the version of a mark whose original has an ETag.
func MarkVersion(etag string) string {
	sum := sha256.Sum256([]byte(etag))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// normal returns m with defaults filled in.
func (m Mark) normal() Mark {
	if m.Key == "" {
		return Mark{}
	}
	if m.Align == "" {
		m.Align = BottomRight
	}
	if m.Tile {
		m.Align = BottomRight // it makes no difference
	}
	if m.Alpha == 0 {
		m.Alpha = 100
	}
	return m
}

func (m Mark) validate() error {
	switch {
	case len(m.Key) > MaxMarkKey:
		return fmt.Errorf("the key of a mark has more than %d bytes", MaxMarkKey)
	case m.Pad < 0 || m.Pad > MaxMarkPad:
		return fmt.Errorf("mark-pad %d is not in 0…%d", m.Pad, MaxMarkPad)
	case m.Scale < 0 || m.Scale > 100:
		return fmt.Errorf("mark-scale %d is not in 1…100", m.Scale)
	case m.Alpha < 0 || m.Alpha > 100:
		return fmt.Errorf("mark-alpha %d is not in 1…100", m.Alpha)
	}
	return nil
}

// A markImage is a mark as it was decoded, or why it could not be.
type markImage struct {
	pyramid *pyramid
	err     error
}

// readMarks decodes the marks of a job.
func (e *Portable) readMarks(files map[string][]byte) map[string]markImage {
	marks := make(map[string]markImage, len(files))
	for id, file := range files {
		p, err := e.readMark(file)
		marks[id] = markImage{p, err}
	}
	return marks
}

func (e *Portable) readMark(file []byte) (*pyramid, error) {
	if len(file) == 0 {
		return nil, fmt.Errorf("%w: it is missing", ErrMark)
	}
	if len(file) > MaxMarkBytes {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrMark, MaxMarkBytes)
	}
	h, err := ProbeBytes(file)
	if err == nil {
		err = h.Check(Limits{Pixels: MaxMarkPixels})
	}
	if err == nil && (!e.Decodes(h.Format) || !h.Format.isOfMarks()) {
		err = fmt.Errorf("%s is not read", h.Format)
	}
	var p *pyramid
	if err == nil {
		p, err = e.readPyramid(file, h, h.demand([]Transform{{}}))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMark, err) // it must not match what says that the original is damaged
	}
	return p, nil
}

// marksBytes returns the most that the marks of transforms take: each its file, what its decoder holds, its pixels and their
// halvings, and the pixels on the variant.
func marksBytes(ts []Transform) float64 {
	const pixelBytes = 32
	seen := make(map[string]bool)
	for _, t := range ts {
		if t.Mark.Key != "" {
			seen[t.Mark.ID()] = true
		}
	}
	return float64(len(seen)) * (MaxMarkBytes + pixelBytes*MaxMarkPixels)
}

// isOfMarks reports whether marks may have a format: one whose decoder takes little memory, and may have alpha or no loss.
func (f Format) isOfMarks() bool { return f == PNG || f == WebP || f == JPEG || f == GIF }

// checkMark returns an error if a transform has a mark that can't be laid over it.
func (e *Portable) checkMark(m Mark) error {
	if m.Key == "" {
		return nil
	}
	found, ok := e.marks[m.ID()]
	if !ok {
		return fmt.Errorf("%w: it is missing", ErrMark)
	}
	return found.err
}

// lay draws a mark that was checked over an image.
func (p *pyramid) lay(m *image.NRGBA, mark Mark) {
	if mark.Key == "" {
		return
	}
	logo := p.marks[mark.ID()].pyramid.scaledMark(m.Rect.Size(), mark)
	size := logo.Rect.Size()
	opacity := image.NewUniform(color.Alpha{uint8(mark.Alpha * 255 / 100)})
	put := func(at image.Point) {
		draw.DrawMask(m, image.Rectangle{at, at.Add(size)}, logo, image.Point{}, opacity, image.Point{}, draw.Over)
	}
	if !mark.Tile {
		put(mark.place(m.Rect.Size(), size))
		return
	}
	const least = 16 // pixels from tile to tile, which bounds their number
	step := image.Pt(max(size.X+mark.Pad, least), max(size.Y+mark.Pad, least))
	for y := mark.Pad; y < m.Rect.Dy(); y += step.Y {
		for x := mark.Pad; x < m.Rect.Dx(); x += step.X {
			put(image.Pt(x, y))
		}
	}
}

// place returns where a mark of some size begins on a canvas.
func (m Mark) place(canvas, size image.Point) image.Point {
	x, y := anchor(m.Align)
	room := canvas.Sub(size)
	pad := image.Pt(min(m.Pad, room.X/2), min(m.Pad, room.Y/2))
	room = room.Sub(pad.Mul(2))
	return pad.Add(image.Pt(room.X*x/2, room.Y*y/2))
}

// scaledMark returns the pixels of a mark in the size that it has on a canvas: no larger than its own, and than what is
// within the padding.
func (p *pyramid) scaledMark(canvas image.Point, m Mark) *image.NRGBA {
	w, h := p.Displayed()
	room := image.Pt(max(1, canvas.X-2*m.Pad), max(1, canvas.Y-2*m.Pad))
	k := min(1, float64(room.X)/float64(w), float64(room.Y)/float64(h))
	if m.Scale != 0 {
		k = min(k, float64(canvas.X*m.Scale)/100/float64(w))
	}
	plan := Plan{Crop: image.Rect(0, 0, w, h), Size: scaled(float64(w), float64(h), k)}
	return p.colored(p.Render(plan.Crop, plan.Size, 1))
}
