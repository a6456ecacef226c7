//go:build vips && cgo

package vips_test

import (
	"context"
	"fmt"
	"os"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/vips"
)

// An engine with the codecs of this package decodes HEIC and encodes AVIF.
func Example() {
	engine := resize.NewEngine(resize.EngineConfig{Codecs: vips.Codecs()})
	src, err := os.ReadFile("testdata/photo.heic") // 96 × 64
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := engine.Resize(context.Background(), src, resize.Transform{Width: 48, Format: resize.AVIF})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := resize.ProbeBytes(out[0])
	fmt.Println(h.Format, h.Width, h.Height, err)
	// Output: avif 48 32 <nil>
}
