package resize

import (
	"strings"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/trim"
)

// SignedFields are the fields that only signed URLs and presets may have, except for the quarter turns of the first, in the order
// of normal forms. A field that is added here is a parameter of URLs, and known to the edge function.
var SignedFields = signedFields()

func signedFields() []Field {
	fields := []Field{
		angleField(),
		numberField("bri", -100, 100, func(t *Transform) *int { return &t.Effects.Brightness }),
		numberField("con", -100, 100, func(t *Transform) *int { return &t.Effects.Contrast }),
		numberField("sat", -100, 100, func(t *Transform) *int { return &t.Effects.Saturation }),
		numberField("gam", -100, 100, func(t *Transform) *int { return &t.Effects.Gamma }),
		numberField("exp", -100, 100, func(t *Transform) *int { return &t.Effects.Exposure }),
		numberField("high", -100, 0, func(t *Transform) *int { return &t.Effects.Highlights }),
		numberField("shad", 0, 100, func(t *Transform) *int { return &t.Effects.Shadows }),
		numberField("vib", -100, 100, func(t *Transform) *int { return &t.Effects.Vibrance }),
		hueField(),
		colorField("monochrome", func(t *Transform) *string { return &t.Effects.Monochrome }).also("mono"),
		greyscaleField(),
		numberField("sepia", 0, 100, func(t *Transform) *int { return &t.Effects.Sepia }),
		duotoneField(),
		numberField("duotone-alpha", 1, 100, func(t *Transform) *int { return &t.Effects.DuotoneAlpha }),
		numberField("sharp", 0, 100, func(t *Transform) *int { return &t.Effects.Sharpen }),
		numberField("usm", 0, 100, func(t *Transform) *int { return &t.Effects.Unsharp }),
		decimalField("usmrad", 10, 0.3, 50, func(t *Transform) *int { return &t.Effects.Radius }),
		numberField("px", 0, 100, func(t *Transform) *int { return &t.Effects.Pixellate }).also("pixellate"),
		switchField("invert", func(t *Transform) *bool { return &t.Effects.Invert }),
		flipField(),
	}
	fields = append(fields, sidesField("pad", func(t *Transform) *[4]int { return &t.Mount.Pad }, nil)...)
	fields = append(fields, sidesField("border", func(t *Transform) *[4]int { return &t.Mount.Border },
		func(t *Transform) *string { return &t.Mount.BorderColor })...)
	return append(fields,
		wordField("mask", func(t *Transform) *mount.Mask { return &t.Mount.Mask }, mount.Ellipse, mount.Corners),
		numberField("corner-radius", 0, MaxSide, func(t *Transform) *int { return &t.Mount.CornerRadius }),
		colorField("mask-bg", func(t *Transform) *string { return &t.Mount.MaskBackground }),
		wordField("trim", func(t *Transform) *trim.By { return &t.Trim.By }, trim.Auto, trim.Color, trim.Alpha),
		colorField("trim-color", func(t *Transform) *string { return &t.Trim.Color }),
		numberField("trim-tol", 0, 255, func(t *Transform) *int { return &t.Trim.Tolerance }),
		numberField("trim-pad", 0, maxMargin, func(t *Transform) *int { return &t.Trim.Pad }),
		switchField("enlarge", func(t *Transform) *bool { return &t.Enlarge }).also("el"),
		decimalField("fp-z", 100, 1, 100, func(t *Transform) *int { return &t.Zoom }),
		numberField("max-bytes", 1, 100_000_000, func(t *Transform) *int { return &t.MaxBytes }),
	)
}

func hueField() Field {
	f := numberField("hue", -360, 360, func(t *Transform) *int { return &t.Effects.Hue })
	number := f.set
	f.set = func(t *Transform, value string) bool {
		ok := number(t, value)
		t.Effects.Hue = (t.Effects.Hue%360 + 360) % 360
		return ok
	}
	return f
}

// greyscaleField returns a word for the monochrome of a grey.
func greyscaleField() Field {
	return Field{
		Name: "greyscale", Aliases: []string{"grayscale"}, Takes: "true or false",
		text: func(*Transform) string { return "" },
		set: func(t *Transform, value string) bool {
			on, ok := isTrue(value)
			if on {
				t.Effects.Monochrome = "808080"
			}
			return ok
		},
	}
}

func duotoneField() Field {
	return Field{
		Name: "duotone", Takes: "two colors, as in 000080,ffd700", text: func(t *Transform) string { return t.Effects.Duotone },
		set: func(t *Transform, value string) bool {
			dark, light, _ := strings.Cut(strings.Replace(value, ",", "-", 1), "-")
			dark, isDark := hexcolor.Parse(dark)
			light, isLight := hexcolor.Parse(light)
			t.Effects.Duotone = dark + "-" + light
			return isDark && isLight && len(dark) == 6 && len(light) == 6
		},
	}
}

func flipField() Field {
	f := wordField("flip", func(t *Transform) *effects.Flip { return &t.Effects.Flip }, effects.Horizontal, effects.Vertical, effects.HalfTurn)
	word := f.set
	f.set = func(t *Transform, value string) bool {
		if value == "vh" {
			value = string(effects.HalfTurn)
		}
		return word(t, value)
	}
	return f
}

// angleField returns the field of angles, of which 360 is 0.
func angleField() Field {
	f := decimalField("rot", 100, 0, 360, func(t *Transform) *int { return &t.Mount.Angle })
	angle := f.set
	f.set = func(t *Transform, value string) bool {
		ok := angle(t, value)
		t.Mount.Angle %= 4 * mount.QuarterTurn
		return ok
	}
	return f
}
