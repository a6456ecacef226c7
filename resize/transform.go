package resize

import (
	"fmt"
	"math"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/smartcrop"
	"github.com/imgorigin/imgorigin/resize/trim"
)

// MaxSide is the largest width or height that a transform can ask for, in pixels.
const MaxSide = 8192

// The range of Transform.Blur.
const (
	MinBlur = 0.3
	MaxBlur = 100
)

// A Fit is the way to fit an image into a box that has both a width and a height. The words mean what they mean in
// sharp. No fit enlarges the image, unless [Transform.Enlarge] is set.
type Fit string

const (
	Inside  Fit = "inside"  // the whole image, no larger than the box
	Cover   Fit = "cover"   // cropped to the ratio of the box
	Contain Fit = "contain" // the whole image on a canvas of the size of the box
	Fill    Fit = "fill"    // stretched to the ratio of the box
	Outside Fit = "outside" // the whole image, no smaller than the box
)

// A Crop is the part of an image that [Cover] keeps.
type Crop string

const (
	Center      Crop = "center"
	Top         Crop = "top"
	Bottom      Crop = "bottom"
	Left        Crop = "left"
	Right       Crop = "right"
	TopLeft     Crop = "top-left"
	TopRight    Crop = "top-right"
	BottomLeft  Crop = "bottom-left"
	BottomRight Crop = "bottom-right"
	Focal       Crop = "focal" // around Transform.Focus

	Smart   = Crop(smartcrop.Smart) // the part with the most to see
	Faces   = Crop(smartcrop.Faces)
	Entropy = Crop(smartcrop.Entropy)
	Edges   = Crop(smartcrop.Edges)
)

// Looks reports whether a crop is chosen by what the image shows.
func (c Crop) Looks() bool { return c == Smart || c == Faces || c == Entropy || c == Edges }

// AutoQuality is the Quality of a transform whose image gets the lowest quality that reaches a score, see
// [EngineConfig.AutoScore].
const AutoQuality = -1

// A Point is a place in an image, from 0,0 at its top left to 1,1 at its bottom right.
type Point struct{ X, Y float64 }

// A Rect is a part of an image in pixels, with the orientation of the image applied.
type Rect struct{ X, Y, W, H int }

// A Transform is a recipe for a variant. It is comparable. Transforms with equal normal forms, see [Transform.Normal],
// make the same image.
type Transform struct {
	Width, Height int         // of the variant, pixels; 0 follows from the other side and the ratio of the image
	Fit           Fit         // "" is Inside
	Crop          Crop        // "" is Center
	Focus         Point       // for Focal
	Rect          Rect        // the part of the original to use; zero is all of it
	Quality       int         // 1…100, or [AutoQuality]; 0 is the default of the format
	Background    string      // rrggbb or rrggbbaa, see [hexcolor.Parse]; "" is white
	Blur          float64     // sigma, pixels of the variant; 0 is none
	Effects       effects.Set // after Blur
	Mount         mount.Mount // after Effects
	Mark          Mark        // over all else
	Trim          trim.Trim   // of the original, within Rect
	Enlarge       bool        // makes an image that is too small for the box larger, up to MaxSide
	Zoom          int         // hundredths: Focal keeps a window that is as much smaller; 0 is 100
	MaxBytes      int         // of the file, for which the quality is lowered; 0 is no limit
	Format        Format      // "" is Auto
}

// Normal returns t with defaults filled in and with fields cleared that make no difference, so that equal recipes are
// equal values. It does not check them, see [Transform.Validate].
func (t Transform) Normal() Transform {
	n := t
	if n.Format == "" {
		n.Format = Auto
	}
	if n.Background == "" {
		n.Background = hexcolor.White
	}
	if n.Fit == "" || n.Width == 0 || n.Height == 0 {
		n.Fit = Inside
	}
	if n.Crop == "" || n.Fit != Cover {
		n.Crop = Center
	}
	n.Focus = Point{X: roundTo(n.Focus.X, 1e4), Y: roundTo(n.Focus.Y, 1e4)}
	if n.Zoom == 100 || n.Crop != Focal {
		n.Zoom = 0
	}
	if n.Crop == Focal && n.Focus == (Point{0.5, 0.5}) && n.Zoom == 0 {
		n.Crop = Center
	}
	if n.Crop != Focal {
		n.Focus = Point{}
	}
	n.Effects, n.Mount, n.Trim = n.Effects.Normal(), n.Mount.Normal(), n.Trim.Normal()
	if n.Width == 0 && n.Height == 0 {
		n.Enlarge = false
	}
	if !n.showsBackground() && n.Format != JPEG {
		n.Background = hexcolor.White // it shows nowhere: these formats keep alpha, and Auto becomes a format that does
	}
	if n.Format == PNG || n.Format == GIF {
		n.Quality = 0
	}
	n.Blur = roundTo(n.Blur, 100)
	n.Mark = n.Mark.normal()
	return n.ofText()
}

// askedQuality returns the number of the quality that is asked for, 0 if there is none, as of AutoQuality.
func (t Transform) askedQuality() int {
	if t.Quality == AutoQuality {
		return 0
	}
	return t.Quality
}

// isFiltered reports whether the pixels are changed after they are scaled.
func (t Transform) isFiltered() bool {
	return t.Blur != 0 || t.Effects != effects.Set{} || t.Mount != mount.Mount{} || t.Mark.Key != ""
}

// ofText clears what makes no difference to text about an image. A size makes none unless it changes the ratio.
func (t Transform) ofText() Transform {
	switch {
	case t.Format == Description:
		return Transform{Format: Description, Fit: Inside, Crop: Center, Background: hexcolor.White}
	case !t.Format.isHash():
		return t
	}
	t.Quality, t.Blur, t.Enlarge, t.MaxBytes = 0, 0, false, 0
	t.Effects.Sharpen, t.Effects.Unsharp, t.Effects.Radius, t.Effects.Pixellate = 0, 0, 0, 0
	t.Mount = mount.Mount{Angle: t.Mount.Angle / mount.QuarterTurn * mount.QuarterTurn}
	if t.Fit != Contain {
		t.Background = hexcolor.White
	}
	if t.Fit == Inside || t.Fit == Outside {
		t.Width, t.Height, t.Fit = 0, 0, Inside
	}
	return t
}

func roundTo(x, steps float64) float64 { return math.Floor(float64(x*steps)+0.5) / steps }

// Validate returns an error if a value of t is outside its range.
func (t Transform) Validate() error {
	for _, field := range []struct {
		name    string
		n, most int
	}{
		{"width", t.Width, MaxSide}, {"height", t.Height, MaxSide}, {"quality", t.askedQuality(), 100},
	} {
		if field.n < 0 || field.n > field.most {
			return fmt.Errorf("%s %d is not in 1…%d", field.name, field.n, field.most)
		}
	}
	switch {
	case t.Blur != 0 && !(t.Blur >= MinBlur && t.Blur <= MaxBlur):
		return fmt.Errorf("blur %g is not in %g…%d", t.Blur, MinBlur, MaxBlur)
	case !t.Focus.isValid():
		return fmt.Errorf("focal point %g,%g is not in 0…1", t.Focus.X, t.Focus.Y)
	case t.Background != "" && !hexcolor.IsValid(t.Background):
		return fmt.Errorf("background %q is not rrggbb or rrggbbaa", t.Background)
	case t.Rect != (Rect{}) && !t.Rect.isValid():
		r := t.Rect
		return fmt.Errorf("rectangle %d,%d,%d,%d is not within 0…%d", r.X, r.Y, r.W, r.H, maxCoordinate)
	}
	if err := t.Mark.validate(); err != nil {
		return err
	}
	for _, field := range SignedFields {
		if text := field.text(&t); text != "" && !field.Set(new(Transform), text) {
			return fmt.Errorf("%s: got %q, takes %s", field.Name, text, field.Takes)
		}
	}
	return nil
}

// isValid reports whether p is within an image. Coordinates that are not numbers are not.
func (p Point) isValid() bool { return p.X >= 0 && p.X <= 1 && p.Y >= 0 && p.Y <= 1 }

// maxCoordinate is far beyond any image within the pixel limit that is worth cropping.
const maxCoordinate = 1 << 20

// isValid reports whether r has an area, and coordinates within 0…maxCoordinate.
func (r Rect) isValid() bool {
	// The differences can't overflow once the sizes are known to be within bounds.
	return r.X >= 0 && r.Y >= 0 && r.W >= 1 && r.H >= 1 && r.W <= maxCoordinate && r.H <= maxCoordinate &&
		r.X <= maxCoordinate-r.W && r.Y <= maxCoordinate-r.H
}
