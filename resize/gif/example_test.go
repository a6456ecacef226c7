package gif_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"time"

	"github.com/imgorigin/imgorigin/resize/gif"
)

// A square that moves to the right, played for ever.
func Example() {
	w, red := gif.NewWriter(0), image.NewUniform(color.NRGBA{200, 0, 0, 255})
	for i := range 3 {
		m := image.NewNRGBA(image.Rect(0, 0, 60, 20))
		draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(m, image.Rect(20*i, 0, 20*i+20, 20), red, image.Point{}, draw.Src)
		w.Add(m, 40*time.Millisecond)
	}
	file, err := w.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := gif.DecodeAll(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("plays:", a.Plays())
	for m, delay := range a.Frames() {
		fmt.Println(delay, m.RGBAAt(10, 10), m.RGBAAt(50, 10))
	}
	// Output:
	// plays: 0
	// 40ms {200 0 0 255} {255 255 255 255}
	// 40ms {255 255 255 255} {255 255 255 255}
	// 40ms {255 255 255 255} {200 0 0 255}
}
