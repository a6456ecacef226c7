package jpeg_test

import (
	"bytes"
	"fmt"
	"image"
	stdjpeg "image/jpeg"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// Decode at the smallest scale that has enough samples for a result, and encode without going through RGB.
func Example() {
	var src bytes.Buffer
	photo := image.NewYCbCr(image.Rect(0, 0, 1600, 1200), image.YCbCrSubsampleRatio420)
	if err := stdjpeg.Encode(&src, photo, nil); err != nil {
		fmt.Println(err)
		return
	}

	const width = 400
	scale := jpeg.ScaleFor(float64(photo.Rect.Dx())/width, 1)
	small, err := jpeg.Decode(src.Bytes(), jpeg.DecodeOptions{Scale: scale})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("scale %d/8 of %d × %d\n", scale, small.Width, small.Height)
	for _, p := range small.Planes {
		fmt.Printf("plane of %d × %d samples, each for %v × %v pixels\n", p.W, p.H, p.StepX, p.StepY)
	}

	// A caller that needs exactly 400 × 300, or another margin, resamples each plane here.
	body, err := jpeg.Encode(small, jpeg.EncodeOptions{Quality: 80, Progressive: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := stdjpeg.DecodeConfig(bytes.NewReader(body))
	fmt.Println(config.Width, config.Height, err)
	// Output:
	// scale 2/8 of 1600 × 1200
	// plane of 400 × 300 samples, each for 4 × 4 pixels
	// plane of 200 × 150 samples, each for 8 × 8 pixels
	// plane of 200 × 150 samples, each for 8 × 8 pixels
	// 400 300 <nil>
}

func ExampleScaleFor() {
	for _, ratio := range []float64{1, 2, 3, 10} { // a result that is so many times smaller than the image
		fmt.Println(ratio, jpeg.ScaleFor(ratio, 1.25)) // decoded to at least 1.25 times its samples
	}
	// Output:
	// 1 8
	// 2 5
	// 3 4
	// 10 1
}
