package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The URL can be edited, changes are undone and done again, and the bar says what the server ignores.
func TestBrowserURLBar(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.fill("#url", "/img/mountains.jpg?w=320&fm=png\r")
	b.has("w=320")
	b.has("fm=png")
	b.await(`[...document.querySelectorAll('.paint b')].map(e => e.textContent).join() === 'w,fm'`)
	eval[bool](b, `document.querySelector('.view').dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true }))`)
	b.await(`location.hash === '#/mountains.jpg?w=600'`)
	b.click("#redo")
	b.has("w=320")
	b.click("#undo")
	b.await(`location.hash === '#/mountains.jpg?w=600' && document.querySelector('#undo').disabled`)
	b.fill("#url", "/img/mountains.jpg?w=320&sepia=30&wdth=9\r")
	b.await(`document.querySelector('.paint .unknown').textContent === 'wdth' && document.querySelector('.paint .signed').textContent === 'sepia'`)
	b.await(`document.querySelector('#ignored').textContent === 'The server ignores wdth.'`)
	b.click("#copy-url")
	b.await(`document.querySelector('#toast').textContent === 'Copied'`)
	b.await(`document.querySelector('#download').download === 'mountains.webp' && document.querySelector('#download').href.startsWith('blob:')`)
	b.fill("#url", "/img/stones.jpg?w=160\r")
	b.await(`location.hash === '#/stones.jpg?w=160'`)
	b.await(loaded)
}

// The image is enlarged by the wheel with Ctrl and by keys, moved by dragging, and Escape leaves one thing at a time.
func TestBrowserZoom(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	wide := b.box(".board")[2]
	eval[bool](b, `document.querySelector('.view').dispatchEvent(new WheelEvent('wheel', { deltaY: -100, cancelable: true }))`)
	eval[bool](b, `document.querySelector('.view').dispatchEvent(new WheelEvent('wheel', { deltaY: -100, ctrlKey: true, cancelable: true, clientX: 400, clientY: 400 }))`)
	b.await(`document.querySelector('.view').classList.contains('zoomed')`)
	if got := b.box(".board")[2]; got < 1.2*wide || got > 1.4*wide {
		t.Errorf("the image is %v wide after %v, want one step of the wheel", got, wide)
	}
	b.do(chromedp.Focus(chromedp.CSS(".view")))
	for range 4 {
		b.do(chromedp.KeyEvent("+"))
	}
	left := b.box(".board")[0]
	b.drag(".view", 0.8, 0.5, 0.6, 0.5)
	b.await(`document.querySelector('.board').getBoundingClientRect().left < ` + js(left-50))
	left = b.box(".board")[0]
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	b.await(`document.querySelector('.board').getBoundingClientRect().left > ` + js(left+20))
	b.shot("zoomed")
	b.do(chromedp.KeyEvent("1"))
	b.await(`document.querySelector('.percent').textContent === '100 %' && document.querySelector('.board').offsetWidth === 600`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.await(`!document.querySelector('.view').classList.contains('zoomed')`)
	b.click("[data-tool=crop]")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.await(`document.querySelector('.stage').dataset.mode === 'compare' && location.hash.startsWith('#/mountains.jpg')`)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.await(`location.hash === '#/'`)
}

// A variant that is kept is compared with the next one, each with its bytes and its likeness, also side by side.
func TestBrowserComparesVariants(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=320&fm=jpeg&q=20")
	b.await(`Number(document.querySelector('#score b').textContent) < 70`)
	b.click("#keep")
	b.click("[data-param=fm] [data-value=png]")
	b.await(`/^Kept · JPEG · [\d.]+ kB · [\d.]+$/.test(document.querySelector('.tag.left').textContent) &&
		/^PNG · \d+ kB · 100.0 · \+\d+ %$/.test(document.querySelector('.tag.right').textContent)`)
	b.await(`document.querySelector('.under img').src.startsWith('blob:')`)
	b.click("[data-tool=sides]")
	b.await(`(([a, b]) => Math.abs(a.width - b.width) < 1 && a.right <= b.left && a.top === b.top)(
		['.under', '.over'].map(css => document.querySelector(css).getBoundingClientRect()))`)
	b.shot("sides")
	b.click("#keep")
	b.await(`document.querySelector('.tag.left').textContent.startsWith('Original')`)
}

// What only the server can compute lies under the variant as it does over it: turns, margins, trims, masks.
func TestBrowserGeometry(t *testing.T) {
	for _, query := range []string{
		"w=300&ar=1:1", "w=400&h=300&fit=cover&fp-x=0.7&fp-y=0.4&fp-z=2", "w=400&rot=90&flip=h", "w=400&pad=30&bg=ff8800&rot=180", "w=400&h=200&fit=cover&crop=entropy,top",
	} {
		b := openImage(t, "mountains.jpg?fm=png&"+query)
		b.await(`document.querySelector('.over img').naturalWidth > 0`)
		sameUnderBoth(b)
	}
}

// One click gives an image a common shape.
func TestBrowserShapes(t *testing.T) {
	b := openImage(t, "lighthouse.jpg?w=600")
	b.click("[data-shape=Avatar]")
	b.has("h=160")
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '160 × 160'`)
	b.await(`document.querySelector('[data-shape=Avatar]').getAttribute('aria-pressed') === 'true'`)
}

// The page says that the server has stopped, and goes on when there is one again.
func TestBrowserSaysThatTheServerHasStopped(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, stop := program(t, "dev")
	b := newBrowser(t)
	b.expectsErrors = true
	b.open(address + "/#/mountains.jpg?w=600")
	b.await(loaded)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.click("[data-param=fm] [data-value=png]")
	b.await(`document.querySelector('.problem').textContent.startsWith('The server has stopped.')`)
	programAt(t, strings.TrimPrefix(address, "http://"), "dev")
	b.await(`document.querySelector('.problem').hidden && document.querySelector('.fact:nth-child(2) span').textContent === 'image/png'`)
}

// URLs are signed by the key of dev, which needs it for what unsigned URLs may not have.
func TestBrowserSigns(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", "--no-exact", "--sign-keys", "secret")
	b := newBrowser(t)
	b.open(address + "/#/mountains.jpg?w=600")
	b.await(loaded)
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '640 × 427'`)
	b.click("#sign")
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '600 × 400'`)
	b.await(`/&s=[\w-]+$/.test(document.querySelector('#open-url').href)`)
	b.await(`!document.querySelector('[data-tool=crop]').disabled`)
}

// axe finds nothing to mend for people who can't see the page well, or use no mouse. .ci/run fetches its script.
func TestBrowserAxe(t *testing.T) {
	path := os.Getenv("IMGORIGIN_TEST_AXE")
	if path == "" {
		t.Skip("IMGORIGIN_TEST_AXE names no axe.min.js; .ci/run does where there is npm")
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := openImage(t, "mountains.jpg?w=160&sepia=30&nonsense=1")
	check := func(name string) {
		t.Helper()
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: string(script)})
			return err
		}))
		eval[bool](b, `axe.run().then(r => { window.found = r.violations.map(v => v.id + ' at ' + v.nodes.map(n => n.target).join(', ')) }), true`)
		b.await(`window.found !== undefined`)
		if found := eval[[]string](b, `(f => { delete window.found; return f })(window.found)`); len(found) > 0 {
			t.Errorf("%s: axe finds %s", name, strings.Join(found, "; "))
		}
	}
	eval[int](b, `document.querySelectorAll('details').forEach(e => e.open = true) ?? 1`)
	check("an image")
	b.click("#theme")
	b.click("#theme")
	check("an image, dark")
	b.click("[data-tool=crop]")
	check("a crop, dark")
	b.open(eval[string](b, "location.origin") + "/?gallery")
	b.await(`document.querySelectorAll('.tile img.here').length > 3`)
	check("the gallery, dark")
	page := filepath.Join(t.TempDir(), "plan.html")
	runOutput(t, "plan", "--html", page, "plan/testdata/cloudfront.log")
	b.open("file://" + page)
	check("the report of plan")
}

// The figures of the answer fit into their places in windows of any width.
func TestBrowserFactsFit(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=1200&h=1600&fit=fill")
	b.await(`/^\d{3,} × \d{3,}$/.test([...document.querySelectorAll('.fact b')][1].textContent)`)
	eval[string](b, `[...document.querySelectorAll('.fact b')][1].textContent = '1200 × 1600'`)
	for _, width := range []int64{360, 700, 1000, 1200, 1440} {
		b.do(chromedp.EmulateViewport(width, 800))
		b.await(`innerWidth === ` + js(float64(width)) + ` && [...document.querySelectorAll('.fact b')].every(e => e.scrollWidth <= e.clientWidth)`)
	}
}
