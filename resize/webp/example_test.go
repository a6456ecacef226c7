//go:build cgo

package webp_test

import (
	"context"
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// An engine with the codec of this package encodes WebP.
func Example() {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: webp.Codecs()})
	src := resizetest.JPEG(resizetest.Photo(600, 400), 90)
	out, err := engine.Resize(context.Background(), src, resize.Transform{Width: 300, Format: resize.WebP})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := resize.ProbeBytes(out[0])
	fmt.Println(h.Format, h.Width, h.Height, err)
	// Output: webp 300 200 <nil>
}

func ExampleEncode() {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	body, err := webp.Encode(m, resize.Encoding{Lossless: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %s\n", body[8:12], body[12:16]) // VP8L is the lossless format
	// Output: WEBP VP8L
}
