package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// The gallery shows the folders and a total, says why an image has no picture, and is where it was after a visit to an image
// and after a reload.
func TestBrowserGalleryKeepsItsPlace(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "2026", "summer"), 0o700))
	photo := resizetest.JPEG(resizetest.Photo(120, 90), 80)
	for i := range 90 {
		writeFile(t, filepath.Join(dir, "2026", "summer", string(rune('a'+i/26))+string(rune('a'+i%26))+".jpg"), photo)
	}
	writeFile(t, filepath.Join(dir, "2026", "broken.jpg"), photo[:100])
	writeFile(t, filepath.Join(dir, "zebra.jpg"), photo)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", dir)
	b := newBrowser(t)
	b.expectsErrors = true // the browser reports the broken image
	b.open(address)
	b.await(`document.querySelector('.count').textContent === '92 images'`)
	b.await(`document.querySelector('.folders').textContent === '2026/91'`)
	b.await(`document.querySelector('.broken')?.textContent.startsWith('JPGcorrupt image: ')`)
	b.open(address + "/#/2026/broken.jpg")
	b.await(`document.querySelector('[role=alert]')?.textContent.startsWith('No image to show2026/broken.jpg: corrupt image: ')`)
	b.click("[role=alert] a")
	b.await(`document.querySelector('.count')?.textContent === '92 images'`)

	b.click(".folders a")
	b.await(`location.hash === '#/?q=2026%2F' && document.querySelector('.count').textContent === '91 images in 2026/'`)
	b.await(`document.querySelector('.folders').textContent === 'summer/90'`)
	b.click(".folders a")
	b.await(`document.querySelector('.count').textContent === '90 images in 2026/summer/'`)
	b.await(`document.querySelector('#crumbs').textContent.endsWith('/2026/summer')`)
	b.await(`document.querySelectorAll('.tile').length === 90 || (scrollTo(0, 1e6), false)`)
	eval[bool](b, `scrollTo(0, 1500), true`)
	b.await(`sessionStorage.getItem('gallery')?.includes('"scroll":1500')`)
	eval[bool](b, `document.querySelectorAll('.tile')[70].click(), true`)
	b.await(loaded)
	b.await(`scrollY === 0`)
	b.do(chromedp.KeyEvent(kb.Escape))
	isThere := `location.hash === '#/?q=2026%2Fsummer%2F' && scrollY === 1500 && document.querySelectorAll('.tile').length === 90`
	b.await(isThere)
	eval[bool](b, `window.isOld = true`)
	b.do(chromedp.Reload())
	b.await(`!window.isOld && ` + isThere)
}

// touch sends touches at points of the window: pairs of coordinates, none where the fingers are lifted.
func (b *browser) touch(kind input.DispatchTouchEventType, at ...[2]float64) {
	b.Helper()
	points := []*input.TouchPoint{}
	for i, p := range at {
		points = append(points, &input.TouchPoint{X: p[0], Y: p[1], ID: new(float64(i))})
	}
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		return err
	}))
}

// Two fingers enlarge the image as far as they move apart, and one moves it. On a phone, it takes a third of the screen.
func TestBrowserPinch(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	b.await(`document.querySelector('.view').clientWidth === 390`)
	if stage := b.box(".stage"); stage[3] > 844/3.+1 {
		t.Errorf("the image takes %v of 844 pixels", stage[3])
	}
	view, before := b.box(".view"), b.box(".board")
	x, y := view[0]+view[2]/2, view[1]+view[3]/2
	b.touch(input.DispatchTouchEventTypeTouchStart, [2]float64{x - 30, y})
	b.touch(input.DispatchTouchEventTypeTouchStart, [2]float64{x - 30, y}, [2]float64{x + 30, y})
	for apart := 40.; apart <= 90; apart += 10 {
		b.touch(input.DispatchTouchEventTypeTouchMove, [2]float64{x - apart, y}, [2]float64{x + apart, y})
	}
	b.touch(input.DispatchTouchEventTypeTouchEnd)
	b.await(`document.querySelector('.view').classList.contains('zoomed')`)
	after := b.box(".board")
	if got := after[2] / before[2]; got < 2.7 || got > 3.3 {
		t.Errorf("the image is %.2f times as wide, want 3: the fingers were 60 pixels apart, and are 180", got)
	}
	if was, is := before[0]+before[2]/2, after[0]+after[2]/2; is < was-5 || is > was+5 {
		t.Errorf("the middle of the image moved from %v to %v, and the fingers stayed around it", was, is)
	}
	b.touch(input.DispatchTouchEventTypeTouchStart, [2]float64{x, y})
	for by := 10.; by <= 60; by += 10 {
		b.touch(input.DispatchTouchEventTypeTouchMove, [2]float64{x - by, y})
	}
	b.touch(input.DispatchTouchEventTypeTouchEnd)
	if moved := after[0] - b.box(".board")[0]; moved < 40 || moved > 70 {
		t.Errorf("the image moved by %v pixels, want 60", moved)
	}
}

// A draft is shown at once, with the news that it is one, and its final in its place when that is made.
func TestBrowserShowsDrafts(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "photo.jpg"), resizetest.JPEG(resizetest.Photo(900, 600), 85))
	address, _ := program(t, "serve", "--originals", dir, "--variants", t.TempDir(), "--drafts", "webp", "--playground")
	b := newBrowser(t)
	b.open(address + "/#/photo.jpg?w=640&fm=webp")
	b.await(`(e => !e.hidden && e.textContent === 'A quick draft. The final file is being made …')(document.querySelector('.making'))`)
	draft := eval[string](b, `document.querySelector('.fact b').textContent`)
	b.await(loaded)
	b.await(`document.querySelector('.making').hidden`)
	if final := eval[string](b, `document.querySelector('.fact b').textContent`); final == draft || !strings.HasSuffix(final, "B") {
		t.Errorf("the final has %s, and its draft had %s", final, draft)
	}
}

// Without a mouse, the parameters are a step away, and a group of buttons is one.
func TestBrowserKeyboard(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	focused := func(css string) { b.Helper(); b.await(`document.activeElement.matches('` + css + `')`) }
	b.do(chromedp.KeyEvent(kb.Tab))
	focused("#skip")
	if at := b.box("#skip"); at[1] < 0 {
		t.Errorf("the way to the parameters is %v above the window", -at[1])
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	focused("[data-param=fm] [data-value=auto]")
	b.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	focused("[data-param=fm] [data-value=webp]")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.has("fm=webp")
	b.do(chromedp.KeyEvent(kb.Tab))
	focused("[data-param=q] [type=range]")
	b.click("[data-shape=Card]")
	b.has("fit=cover")
	b.do(chromedp.Focus(chromedp.CSS("[data-param=crop] [data-value=left]")), chromedp.KeyEvent(kb.ArrowUp))
	focused("[data-param=crop] [data-value=top-left]")
	b.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(" "))
	b.has("crop=bottom")

	eval[bool](b, `(() => {
		const data = new DataTransfer();
		data.setData('text/plain', 'https://images.example/img/stones.jpg?w=160');
		return document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
	})()`)
	b.await(`location.hash === '#/stones.jpg?w=160'`)
	b.await(loaded)
}
