package resize_test

import (
	"context"
	"fmt"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Two variants of one original, which is decoded once.
func Example() {
	src := resizetest.JPEG(resizetest.Photo(1200, 800), 90)
	engine := resize.NewEngine(resize.EngineConfig{})
	out, err := engine.Resize(context.Background(), src,
		resize.Transform{Width: 480},
		resize.Transform{Width: 200, Height: 200, Fit: resize.Cover, Crop: resize.Smart, Format: resize.PNG})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, variant := range out {
		h, err := resize.ProbeBytes(variant)
		fmt.Println(h.Format, h.Width, h.Height, err)
	}
	// Output:
	// jpeg 480 320 <nil>
	// png 200 200 <nil>
}

func ExampleTransform_String() {
	t := resize.Transform{Width: 480, Height: 270, Fit: resize.Cover, Quality: 75, Format: resize.WebP}
	fmt.Println(t)
	fmt.Println(resize.Transform{Width: 480, Crop: resize.Smart}) // without a height nothing is cropped
	// Output:
	// w=480,h=270,fit=cover,q=75.webp
	// w=480.auto
}
