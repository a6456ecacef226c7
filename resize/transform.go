package resize

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxSide is the largest width or height that a transform can ask for, in pixels.
const MaxSide = 8192

// A Fit says how a picture meets a box of both a width and a height. The words mean what they mean in sharp;
// none of them ever enlarges the picture.
type Fit string

const (
	Inside  Fit = "inside"  // whole picture, no larger than the box
	Cover   Fit = "cover"   // fills the box's shape, what stands over is cropped
	Contain Fit = "contain" // whole picture on a canvas of the box's size
	Fill    Fit = "fill"    // stretched to the box's shape
	Outside Fit = "outside" // whole picture, no smaller than the box
)

// A Crop says which part [Cover] keeps.
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
	Smart       Crop = "smart" // the part with the most to see
	Focal       Crop = "focal" // around Transform.Focus
)

// White is the background that a transform has unless it says another.
const White = "ffffff"

// A Point is a place on a picture, from 0,0 at its top left to 1,1 at its bottom right.
type Point struct{ X, Y float64 }

// A Rect is a part of a picture in pixels, measured after its orientation was applied.
type Rect struct{ X, Y, W, H int }

// A Transform is a recipe for a variant. It is comparable, and two that [Transform.Normal] makes equal give the
// same picture.
type Transform struct {
	Width, Height int     // of the variant, pixels; 0 follows from the other one and the picture's shape
	Fit           Fit     // "" is Inside
	Crop          Crop    // "" is Center
	Focus         Point   // for Focal
	Rect          Rect    // part of the original that is the picture; zero is all of it
	Quality       int     // 1…100; 0 is the format's own
	Background    string  // rrggbb; "" is White
	Blur          float64 // sigma, pixels of the variant; 0 is none
	Format        Format  // "" is Auto
}

// Normal returns t with what does not matter taken out and defaults written in, so that equal recipes are equal
// values. It does not judge: see [Transform.Validate].
func (t Transform) Normal() Transform {
	n := t
	if n.Format == "" {
		n.Format = Auto
	}
	if n.Background == "" {
		n.Background = White
	}
	if n.Fit == "" || n.Width == 0 || n.Height == 0 {
		n.Fit = Inside
	}
	if n.Crop == "" || n.Fit != Cover {
		n.Crop = Center
	}
	n.Focus = Point{X: roundTo(n.Focus.X, 1e4), Y: roundTo(n.Focus.Y, 1e4)}
	if n.Crop == Focal && n.Focus == (Point{0.5, 0.5}) {
		n.Crop = Center
	}
	if n.Crop != Focal {
		n.Focus = Point{}
	}
	if n.Fit != Contain && n.Format != JPEG {
		n.Background = White // nothing shows it: these formats keep alpha, and Auto picks one that does
	}
	if n.Format == PNG || n.Format == GIF {
		n.Quality = 0
	}
	n.Blur = roundTo(n.Blur, 100)
	return n.ofText()
}

// ofText takes out what makes no difference to text about a picture: of sizes only the shape that they give it.
func (t Transform) ofText() Transform {
	switch {
	case t.Format == Description:
		return Transform{Format: Description, Fit: Inside, Crop: Center, Background: White}
	case !t.Format.isHash():
		return t
	}
	t.Quality, t.Blur = 0, 0
	if t.Fit == Inside || t.Fit == Outside {
		t.Width, t.Height, t.Fit = 0, 0, Inside
	}
	return t
}

func roundTo(x, steps float64) float64 { return math.Floor(float64(x*steps)+0.5) / steps }

// Validate tells whether t's values are inside what a transform can hold.
func (t Transform) Validate() error {
	switch {
	case t.Width < 0 || t.Width > MaxSide:
		return fmt.Errorf("width %d is not in 1…%d", t.Width, MaxSide)
	case t.Height < 0 || t.Height > MaxSide:
		return fmt.Errorf("height %d is not in 1…%d", t.Height, MaxSide)
	case t.Quality < 0 || t.Quality > 100:
		return fmt.Errorf("quality %d is not in 1…100", t.Quality)
	case t.Blur != 0 && !(t.Blur >= 0.3 && t.Blur <= 100):
		return fmt.Errorf("blur %g is not in 0.3…100", t.Blur)
	case !(t.Focus.X >= 0 && t.Focus.X <= 1 && t.Focus.Y >= 0 && t.Focus.Y <= 1):
		return fmt.Errorf("focal point %g,%g is not in 0…1", t.Focus.X, t.Focus.Y)
	case t.Background != "" && !isHexColor(t.Background):
		return fmt.Errorf("background %q is not rrggbb", t.Background)
	}
	if r := t.Rect; r != (Rect{}) && (r.X < 0 || r.Y < 0 || r.W < 1 || r.H < 1 || r.X > maxCoordinate-r.W || r.Y > maxCoordinate-r.H || r.W > maxCoordinate || r.H > maxCoordinate) {
		return fmt.Errorf("rectangle %d,%d,%d,%d is not within 0…%d", r.X, r.Y, r.W, r.H, maxCoordinate)
	}
	return nil
}

const maxCoordinate = 1 << 20 // far beyond any picture under the pixel limit that is worth cutting up

func isHexColor(s string) bool {
	return len(s) == 6 && strings.Trim(s, "0123456789abcdef") == ""
}

// String returns the normal form, which names the stored variant:
//
//	w=480,h=270,fit=cover,crop=top,q=75.webp
//	w=480.auto            only what matters is said
//	full.png              nothing but the format matters
//	w=80,h=80,fit=cover,fp-x=0.25,fp-y=0.5,rect=10-20-300-200,bg=ff0000,blur=2.5.jpeg
//
// [ParseTransform] reads it back.
func (t Transform) String() string {
	t = t.Normal()
	b := make([]byte, 0, 64)
	field := func(name string) {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(append(b, name...), '=')
	}
	number := func(name string, n int) {
		if n != 0 {
			field(name)
			b = strconv.AppendInt(b, int64(n), 10)
		}
	}
	decimal := func(name string, x float64) {
		field(name)
		b = strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	number("w", t.Width)
	number("h", t.Height)
	if t.Fit != Inside {
		field("fit")
		b = append(b, t.Fit...)
	}
	if t.Crop == Focal {
		decimal("fp-x", t.Focus.X)
		decimal("fp-y", t.Focus.Y)
	} else if t.Crop != Center {
		field("crop")
		b = append(b, t.Crop...)
	}
	if r := t.Rect; r != (Rect{}) {
		field("rect")
		b = fmt.Appendf(b, "%d-%d-%d-%d", r.X, r.Y, r.W, r.H)
	}
	number("q", t.Quality)
	if t.Background != White {
		field("bg")
		b = append(b, t.Background...)
	}
	if t.Blur != 0 {
		decimal("blur", t.Blur)
	}
	if len(b) == 0 {
		b = append(b, "full"...)
	}
	return string(append(append(b, '.'), t.Format...))
}

var errNotNormal = errors.New("not a transform in normal form")

// ParseTransform reads a normal form, and nothing else: of all spellings of a transform only the one that
// [Transform.String] writes is taken.
func ParseTransform(s string) (Transform, error) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s) > 200 {
		return Transform{}, errNotNormal
	}
	t := Transform{Format: Format(s[dot+1:])}
	if t.Format.row().words == nil {
		return Transform{}, errNotNormal
	}
	if fields := s[:dot]; fields != "full" {
		for field := range strings.SplitSeq(fields, ",") {
			name, value, _ := strings.Cut(field, "=")
			if err := t.set(name, value); err != nil {
				return Transform{}, errNotNormal
			}
		}
	}
	if err := t.Validate(); err != nil {
		return Transform{}, err
	}
	t = t.Normal()
	if t.String() != s {
		return Transform{}, errNotNormal
	}
	return t, nil
}

// set reads one field of a normal form. It may take more than String writes; ParseTransform compares.
func (t *Transform) set(name, value string) (err error) {
	switch name {
	case "w":
		t.Width, err = strconv.Atoi(value)
	case "h":
		t.Height, err = strconv.Atoi(value)
	case "fit":
		t.Fit, err = oneOf(value, Cover, Contain, Fill, Outside)
	case "crop":
		t.Crop, err = oneOf(value, Top, Bottom, Left, Right, TopLeft, TopRight, BottomLeft, BottomRight, Smart)
	case "fp-x":
		t.Crop = Focal
		t.Focus.X, err = strconv.ParseFloat(value, 64)
	case "fp-y":
		t.Crop = Focal
		t.Focus.Y, err = strconv.ParseFloat(value, 64)
	case "rect":
		_, err = fmt.Sscanf(value, "%d-%d-%d-%d", &t.Rect.X, &t.Rect.Y, &t.Rect.W, &t.Rect.H)
	case "q":
		t.Quality, err = strconv.Atoi(value)
	case "bg":
		t.Background = value
	case "blur":
		t.Blur, err = strconv.ParseFloat(value, 64)
	default:
		err = errNotNormal
	}
	return err
}

func oneOf[T ~string](value string, takes ...T) (T, error) {
	for _, t := range takes {
		if string(t) == value {
			return t, nil
		}
	}
	return "", errNotNormal
}
