package resize

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// String returns the normal form, which names the stored variant:
//
//	w=480,h=270,fit=cover,crop=top,q=75.webp
//	w=480.auto            fields with their default values are left out
//	full.png              nothing but the format is left
//	w=80,h=80,fit=cover,fp-x=0.25,fp-y=0.5,rect=10-20-300-200,bg=ff0000,blur=2.5.jpeg
//	w=480,mark=bG9nby5wbmc,mark-align=top,mark-pad=10,mark-scale=20,mark-alpha=50,mark-tile=grid.webp
//	w=480,rot=90,bri=10,con=-20,sat=30,gam=-40,sharp=50,invert=true,flip=hv.webp
//
// [ParseTransform] parses it.
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
	if t.Quality == AutoQuality {
		field("q")
		b = append(b, "auto"...)
	} else {
		number("q", t.Quality)
	}
	if t.Background != hexcolor.White {
		field("bg")
		b = append(b, t.Background...)
	}
	if t.Blur != 0 {
		decimal("blur", t.Blur)
	}
	for _, signed := range SignedFields {
		if text := signed.text(&t); text != "" {
			field(signed.Name)
			b = append(b, text...)
		}
	}
	t.Mark.fields(func(name, value string) {
		field(name)
		b = append(b, value...)
	})
	if len(b) == 0 {
		b = append(b, "full"...)
	}
	return string(append(append(b, '.'), t.Format...))
}

var errNotNormal = errors.New("not a transform in normal form")

// maxName is more than the length of any normal form, of which the key of a mark is most.
const maxName = 600 + 4*MaxMarkKey/3 + 100

// ParseTransform parses a normal form. Of all spellings of a transform it accepts only that of [Transform.String].
func ParseTransform(s string) (Transform, error) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s) > maxName {
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

// set parses a field of a normal form. It accepts more spellings than String writes, since ParseTransform compares.
func (t *Transform) set(name, value string) (err error) {
	switch name {
	case "w":
		t.Width, err = strconv.Atoi(value)
	case "h":
		t.Height, err = strconv.Atoi(value)
	case "fit":
		t.Fit, err = oneOf(value, Cover, Contain, Fill, Outside)
	case "crop":
		t.Crop, err = oneOf(value, Top, Bottom, Left, Right, TopLeft, TopRight, BottomLeft, BottomRight, Smart, Faces, Entropy, Edges)
	case "fp-x":
		t.Crop = Focal
		t.Focus.X, err = strconv.ParseFloat(value, 64)
	case "fp-y":
		t.Crop = Focal
		t.Focus.Y, err = strconv.ParseFloat(value, 64)
	case "rect":
		_, err = fmt.Sscanf(value, "%d-%d-%d-%d", &t.Rect.X, &t.Rect.Y, &t.Rect.W, &t.Rect.H)
	case "q":
		if t.Quality = AutoQuality; value != "auto" {
			t.Quality, err = strconv.Atoi(value)
		}
	case "bg":
		t.Background = value
	case "blur":
		t.Blur, err = strconv.ParseFloat(value, 64)
	default:
		if ok, err := t.Mark.setField(name, value); ok {
			return err
		}
		return t.setField(name, value)
	}
	return err
}

// oneOf returns value if it is one of the words.
func oneOf[T ~string](value string, words ...T) (T, error) {
	if !slices.Contains(words, T(value)) {
		return "", errNotNormal
	}
	return T(value), nil
}
