//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
)

//go:embed modules/svg-draw.wasm.gz
var svgDrawerCode []byte

// svgDrawer is resvg, which draws what browsers draw, except for what moves or runs. Text looks different, because its font differs.
//
// It sees neither files nor network: what a drawing refers to outside of itself is missing from the image.
var svgDrawer = newModule("resvg", svgDrawerCode)

// drawSVG draws at the size in the header, reduced by ratio.
func drawSVG(ctx context.Context, src []byte, ratio float64) (resize.Decoded, error) {
	h, err := resize.ProbeBytes(src)
	if err != nil {
		return resize.Decoded{}, err
	}
	text, err := probe.SVGText(src)
	if errors.Is(err, probe.ErrSVGLong) {
		err = fmt.Errorf("%w: %w", resize.ErrTooLarge, err)
	}
	if err != nil {
		return resize.Decoded{}, err
	}
	ctx, o := withObjects(ctx)
	i, err := svgDrawer.start(ctx, h.DrawingMemory(int64(len(src)), ratio))
	if err != nil {
		return resize.Decoded{}, err
	}
	defer i.close()
	m, err := i.draw(o, text, max(1, int(math.Round(float64(h.Width)/max(ratio, 1)))))
	return resize.Decoded{Image: m}, err
}

// draw draws a text at a width.
func (i *instance) draw(o *objects, text []byte, width int) (image.Image, error) {
	var fonts uint64 // undefined
	if bytes.Contains(text, []byte("text")) {
		fonts = o.add(list{goregular.TTF, gobold.TTF, goitalic.TTF, gobolditalic.TTF, gomono.TTF})
	}
	options := svgOptions(width)
	at, err := i.call("__wbindgen_malloc", uint64(len(options)), 1)
	if err != nil {
		return nil, err
	}
	if !i.module.Memory().Write(uint32(at), options) {
		return nil, errOutside
	}
	drawing, err := i.callForResult(o, "resvg_new", o.add(text), at, uint64(len(options)), fonts)
	if err != nil {
		return nil, err
	}
	picture, err := i.callForResult(o, "resvg_render", drawing)
	if err != nil {
		return nil, err
	}
	return i.picture(o, picture)
}

// svgOptions returns the options of resvg as JSON. Text is set in the fonts of the Go project, whatever it asks for.
func svgOptions(width int) []byte {
	const font, mono = "Go", "Go Mono"
	options, _ := json.Marshal(map[string]any{ // numbers and strings always marshal
		"fitTo": map[string]any{"mode": "width", "value": width},
		"font": map[string]any{
			"loadSystemFonts": false, "defaultFontFamily": font, "serifFamily": font, "sansSerifFamily": font,
			"cursiveFamily": font, "fantasyFamily": font, "monospaceFamily": mono,
		},
	})
	return options
}

// picture returns what was drawn.
func (i *instance) picture(o *objects, picture uint64) (image.Image, error) {
	var values [3]uint64
	for k, name := range []string{"renderedimage_width", "renderedimage_height", "renderedimage_pixels"} {
		v, err := i.call(name, picture)
		if err != nil {
			return nil, err
		}
		values[k] = v
	}
	w, h := int(uint32(values[0])), int(uint32(values[1]))
	pix, ok := find[[]byte](o, values[2])
	if !ok || int64(len(pix)) != 4*int64(w)*int64(h) || len(pix) == 0 {
		return nil, i.failure(errObject)
	}
	return &image.RGBA{Pix: pix, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}, nil // premultiplied
}

// callForResult calls a function that returns a value, or the number of an error, at an address that is its first argument.
func (i *instance) callForResult(o *objects, name string, arguments ...uint64) (uint64, error) {
	const results = 16 // bytes on the stack of the module
	at, err := i.call("__wbindgen_add_to_stack_pointer", 1<<32-results)
	if err != nil {
		return 0, err
	}
	if _, err := i.call(name, append([]uint64{at}, arguments...)...); err != nil {
		return 0, err
	}
	n, err := i.numbers(uint32(at), 3)
	if err != nil {
		return 0, err
	}
	if n[2] != 0 {
		reason, ok := find[error](o, uint64(n[1]))
		if !ok {
			reason = errObject
		}
		return 0, i.failure(reason)
	}
	_, err = i.call("__wbindgen_add_to_stack_pointer", results)
	return uint64(n[0]), err
}
