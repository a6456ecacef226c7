package grammar

import (
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// The number of variants that strangers can make of one original is the product of what they can choose.
func TestUnsignedVariantsAreBounded(t *testing.T) {
	ladder, err := DefaultLadder().Normal()
	if err != nil {
		t.Fatal(err)
	}
	formats := []resize.Format{resize.Auto, resize.JPEG, resize.PNG, resize.GIF, resize.WebP, resize.AVIF, resize.BlurHash, resize.ThumbHash}
	fits := []resize.Fit{resize.Inside, resize.Cover, resize.Contain, resize.Fill, resize.Outside}
	crops := []resize.Crop{resize.Center, resize.Top, resize.Bottom, resize.Left, resize.Right, resize.Smart, resize.Faces, resize.Entropy, resize.Edges}
	names := make(map[string]bool)
	withoutHeight := 0
	reach := func(tr resize.Transform) {
		for _, fit := range fits {
			crops := crops
			if fit != resize.Cover {
				crops = crops[:1] // the others make no difference
			}
			for _, crop := range crops {
				for _, quality := range append([]int{0, resize.AutoQuality}, ladder.Qualities...) {
					for _, format := range formats {
						for angle := 0; angle < 36000; angle += 9000 {
							tr.Fit, tr.Crop, tr.Quality, tr.Format, tr.Mount.Angle = fit, crop, quality, format, angle
							names[ladder.Snap(tr).String()] = true
						}
					}
				}
			}
		}
	}
	for _, w := range append([]int{0}, ladder.Widths...) {
		reach(resize.Transform{Width: w})
	}
	withoutHeight = len(names)
	for _, w := range ladder.Widths {
		reach(resize.Transform{Height: w})
		for _, r := range ladder.Ratios {
			if h, ok := ladder.height(w, r); ok {
				reach(resize.Transform{Width: w, Height: h})
			}
		}
	}
	t.Logf("%d names without a height, %d in all", withoutHeight, len(names))
	// URLS.md has these numbers.
	if withoutHeight != 1416 || len(names) != 241_744 {
		t.Errorf("got %d names without a height and %d in all, want 1,416 and 241,744", withoutHeight, len(names))
	}

	// Nobody gets beyond them.
	r := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		tr := resize.Transform{
			Width: r.IntN(resize.MaxSide + 1), Height: r.IntN(resize.MaxSide + 1), Quality: r.IntN(102) - 1,
			Fit: fits[r.IntN(len(fits))], Crop: crops[r.IntN(len(crops))], Format: formats[r.IntN(len(formats))],
		}
		if r.IntN(2) == 0 {
			tr.Height = r.IntN(1 + 4*tr.Width)
			tr.Height = min(tr.Height, resize.MaxSide)
		}
		snapped := ladder.Snap(tr)
		if !names[snapped.String()] {
			t.Fatalf("%+v comes to %s, which was not counted", tr, snapped)
		}
		if !ladder.Holds(snapped) || ladder.Snap(snapped) != snapped {
			t.Fatalf("%+v comes to %s, which the ladder does not hold or snaps again, to %s", tr, snapped, ladder.Snap(snapped))
		}
	}
}

func TestLadderRefuses(t *testing.T) {
	tests := []Ladder{
		{Widths: nil, Ratios: []Ratio{{1, 1}}, Qualities: []int{75}},
		{Widths: []int{0}, Ratios: []Ratio{{1, 1}}, Qualities: []int{75}},
		{Widths: []int{9000}, Ratios: []Ratio{{1, 1}}, Qualities: []int{75}},
		{Widths: []int{100}, Ratios: nil, Qualities: []int{75}},
		{Widths: []int{100}, Ratios: []Ratio{{1, 1000}}, Qualities: []int{75}},
		{Widths: []int{100}, Ratios: []Ratio{{1, 1}}, Qualities: []int{101}},
	}
	for _, l := range tests {
		if _, err := l.Normal(); err == nil {
			t.Errorf("%+v: got no error", l)
		}
	}
	for _, text := range []string{"", "16", "16:", ":9", "0:1", "16:9:2", "a:b", "1:1001"} {
		if err := new(Ratio).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("ratio %q: got no error", text)
		}
	}
}
