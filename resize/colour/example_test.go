package colour_test

import (
	"fmt"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// The colours of a PNG that names nothing but a gamma are those of light to that power.
func ExampleFromGamma() {
	linear := colour.FromGamma(1, nil, false)
	fmt.Println(linear.Convert(200, 100, 0))
	fmt.Println(colour.FromGamma(0.45455, nil, false) == nil) // sRGB, about
	// Output:
	// 229 168 0
	// true
}

// A red of Display P3 (primaries 12, the transfer function of sRGB) is beyond the red of sRGB.
func Example() {
	p3 := colour.NewCodePoints(12, 13).Profile()
	fmt.Println(p3.Convert(200, 100, 100))
	fmt.Println(p3.IsSRGB())
	fmt.Println(colour.NewCodePoints(1, 13).Profile() == nil) // sRGB itself
	// Output:
	// 215 93 97
	// false
	// true
}
