//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/wasm"
)

var drawer = resize.NewEngine(resize.EngineConfig{Codecs: wasm.Codecs(), SVG: true})

// svg returns a drawing of 24 × 12 pixels.
func svg(body string) []byte {
	const root = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="24" height="12">`
	return []byte(root + body + `</svg>`)
}

// A drawing has its own size, or that which is asked for, and its colours and alpha.
func TestDraw(t *testing.T) {
	halves := svg(`<rect width="12" height="12" fill="red"/><rect x="12" width="12" height="12" fill="#00f" fill-opacity=".5"/>`)
	for _, test := range []struct {
		name string
		src  []byte
		t    resize.Transform
		w, h int
	}{
		{"its own size", halves, resize.Transform{}, 24, 12},
		{"compressed", packed(halves), resize.Transform{}, 24, 12},
		{"larger", halves, resize.Transform{Width: 300}, 300, 150},
		{"a part", halves, resize.Transform{Rect: resize.Rect{X: 6, Y: 0, W: 12, H: 12}}, 12, 12},
		{"no height", bytes.Replace(halves, []byte(`height="12"`), []byte(`viewBox="0 0 24 12"`), 1), resize.Transform{}, 24, 12},
		{"in inches", bytes.Replace(halves, []byte(`width="24" height="12"`), []byte(`width='2in' height = "1in" viewBox="0 0 24 12"`), 1),
			resize.Transform{}, 192, 96},
	} {
		test.t.Format = resize.PNG
		out, err := drawer.Resize(t.Context(), test.src, test.t)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		m := resizetest.Decode(out[0])
		left := color.NRGBAModel.Convert(m.At(test.w/8, test.h/2)).(color.NRGBA)
		right := color.NRGBAModel.Convert(m.At(test.w*7/8, test.h/2)).(color.NRGBA)
		if size := m.Bounds().Size(); size.X != test.w || size.Y != test.h {
			t.Errorf("%s: got %v, want %d × %d", test.name, size, test.w, test.h)
		}
		if left != (color.NRGBA{255, 0, 0, 255}) || right.B < 250 || right.R > 5 || right.A < 126 || right.A > 129 {
			t.Errorf("%s: got %v and %v, want red, and blue of half alpha", test.name, left, right)
		}
	}
}

// Text is drawn, and nothing outside of the drawing is.
func TestDrawText(t *testing.T) {
	for body, wantsInk := range map[string]bool{
		`<text y="11" font-family="Helvetica" font-size="14">MM</text>`:                    true,
		`<image href="file:///etc/passwd" width="24" height="12"/>`:                        false,
		`<image xlink:href="http://169.254.169.254/a.png" width="24" height="12"/>`:        false,
		`<script>alert(1)</script><foreignObject width="24" height="12">a</foreignObject>`: false,
	} {
		out, err := drawer.Resize(t.Context(), svg(body), resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		m := resizetest.Decode(out[0])
		hasInk := false
		for x := range 24 {
			_, _, _, a := m.At(x, 6).RGBA()
			hasInk = hasInk || a != 0
		}
		if hasInk != wantsInk {
			t.Errorf("%s: got ink %t", body, hasInk)
		}
	}
}

// Hostile drawings are errors of the image, or are drawn, within the memory that their size gives them.
func TestDrawHostile(t *testing.T) {
	var uses, entities strings.Builder
	for i := range 30 {
		fmt.Fprintf(&uses, `<g id="g%d"><use xlink:href="#g%d"/><use xlink:href="#g%d"/></g>`, i+1, i, i)
		fmt.Fprintf(&entities, `<!ENTITY e%d "&e%d;&e%d;&e%d;&e%d;">`, i+1, i, i, i, i)
	}
	corrupt, over := resize.ErrCorrupt, resize.ErrTooLarge
	for _, test := range []struct {
		name string
		src  []byte
		want error
	}{
		{"uses of uses", svg(`<rect id="g0" width="1" height="1"/>` + uses.String()), over},
		{"a use of itself", svg(`<g id="a"><use xlink:href="#a"/></g>`), nil},
		{"entities of entities", append([]byte(`<!DOCTYPE svg [<!ENTITY e0 "x">`+entities.String()+`]>`), svg("<text>&e30;</text>")...), corrupt},
		{"an external entity", append([]byte(`<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>`), svg("<text>&e;</text>")...), corrupt},
		{"a style sheet elsewhere", svg(`<style>@import url("http://169.254.169.254/");</style><rect width="9" height="9"/>`), nil},
		{"deep nesting", svg(strings.Repeat("<g>", 200_000) + strings.Repeat("</g>", 200_000)), corrupt},
		{"many layers", svg(strings.Repeat(`<g opacity=".9">`, 500) + "<rect width='9' height='9'/>" + strings.Repeat("</g>", 500)), nil},
		{"a large blur", svg(`<filter id="f" x="-1e6" y="-1e6" width="1e9" height="1e9"><feGaussianBlur stdDeviation="1e6"/></filter>` +
			`<rect filter="url(#f)" width="9" height="9"/>`), corrupt},
		{"a pattern of points", svg(`<pattern id="p" width="1e-9" height="1e-9" patternUnits="userSpaceOnUse"><rect width="1" height="1"/>` +
			`</pattern><rect fill="url(#p)" width="24" height="12"/>`), nil},
		{"not closed", svg("")[:60], corrupt},
		{"huge", bytes.Replace(svg(""), []byte(`width="24"`), []byte(`width="1e300"`), 1), corrupt},
		{"no area", bytes.Replace(svg(""), []byte(`width="24"`), []byte(`width="0"`), 1), corrupt},
		{"a long text", svg(strings.Repeat(" ", probe.MaxSVG)), over},
		{"a text that was compressed too well", packed(svg(strings.Repeat(" ", 1<<20))), over},
		{"a page", []byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`),
			resize.ErrUnsupported},
		{"text in gzip", packed([]byte("hello, this is not an image")), resize.ErrUnsupported},
		{"an archive in gzip", packed(append([]byte("name"), make([]byte, 508)...)), resize.ErrUnsupported},
	} {
		_, err := drawer.Resize(t.Context(), test.src, resize.Transform{Width: 64, Format: resize.PNG})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// packed compresses a drawing.
func packed(src []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(src) // into memory
	w.Close()
	return b.Bytes()
}

// A variant without a size has that of what is left of the drawing, in its own pixels, before it is turned and gets a margin.
func TestDrawOwnSize(t *testing.T) {
	dot := svg(`<rect x="4" y="4" width="6" height="3"/>`)
	for form, want := range map[string]resize.Size{
		"rot=90.png": {Width: 12, Height: 24}, "rot=90,pad=5.png": {Width: 22, Height: 34}, "pad=5.png": {Width: 34, Height: 22},
		"trim=alpha.png": {Width: 6, Height: 3}, "rot=270,trim=alpha.png": {Width: 3, Height: 6},
		"rect=12-0-500-500.png": {Width: 12, Height: 12}, "w=600,trim=alpha.png": {Width: 600, Height: 300},
	} {
		transform, err := resize.ParseTransform(form)
		if err != nil {
			t.Fatal(err)
		}
		out, err := drawer.Resize(t.Context(), dot, transform)
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if got := resizetest.Decode(out[0]).Bounds().Size(); got != image.Pt(want.Width, want.Height) {
			t.Errorf("%s: got %v, want %v", form, got, want)
		}
	}
}
