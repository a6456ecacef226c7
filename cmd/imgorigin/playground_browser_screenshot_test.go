package main

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/disintegration/imaging"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// The README's picture of the playground shows it as it is. It is written by
//
//	IMGORIGIN_TEST_CHROMIUM=$(command -v chromium) go test ./cmd/imgorigin -run Screenshot -update
//
// Fonts differ between machines, so both are compared at a size in which letters are a haze, and without the timings.
func TestBrowserScreenshotIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "server", "playground", "screenshot.webp")
	b := openImage(t, "lighthouse.jpg?w=828&h=552&fit=cover&crop=smart&fm=webp")
	b.do(chromedp.EmulateViewport(1440, 760))
	b.await(`/\d/.test(document.querySelector('#score b').textContent)`)
	above := int(b.box(".facts")[1])
	now := b.picture()
	if *update {
		must(t, os.WriteFile(path, now, 0o644))
	}
	stored, err := os.ReadFile(path)
	must(t, err)
	hazy := func(picture []byte) image.Image {
		top := imaging.Crop(resizetest.Decode(picture), image.Rect(0, 0, 1440, above))
		return imaging.Resize(top, 144, 60, imaging.Box)
	}
	if psnr := resizetest.PSNR(hazy(stored), hazy(now)); psnr < 36 { // 61 on another run, 24 with parameters that are 40 pixels wider
		t.Errorf("%s differs from the page: %.1f dB; go test -run Screenshot -update writes it", path, psnr)
	} else {
		t.Logf("%.1f dB", psnr)
	}
}

// picture returns what the window shows, in WebP.
func (b *browser) picture() (picture []byte) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		result, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(90)),
		})
		if err == nil {
			picture = result.Data
		}
		return err
	}))
	return picture
}
