package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A browser is a tab of a real browser. Warnings and errors in its console fail the test.
type browser struct {
	*testing.T
	ctx context.Context

	expectsErrors bool // the console may have some
}

// newBrowser starts the browser that IMGORIGIN_TEST_CHROMIUM names, for the duration of the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := os.Getenv("IMGORIGIN_TEST_CHROMIUM")
	if path == "" {
		t.Skip("IMGORIGIN_TEST_CHROMIUM names no browser; .ci/run does")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(wait),
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("browser: %v", err)
		}
		cancel()
	})
	b := &browser{T: t, ctx: ctx}
	// The cards below an image, which have it made in all formats, are not in view: a test would end while an AVIF is made.
	b.do(chromedp.EmulateViewport(1440, 700))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return // the tab is closed
			}
			if m.Type != "log" && m.Type != "debug" && m.Type != "info" && !b.expectsErrors {
				t.Errorf("console: %s: %s", m.Type, m.Text)
			}
		}
	}()
	return b
}

// wait bounds a step in the browser. It is long, for machines that are busy.
const wait = 60 * time.Second

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) open(url string) { b.Helper(); b.do(chromedp.Navigate(url)) }

func (b *browser) click(css string) {
	b.Helper()
	b.await(fmt.Sprintf("document.querySelector(%q) !== null", css))
	b.do(chromedp.ScrollIntoView(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css)))
}

// press strikes a key that types a character, as a keyboard does: a page that handles the key can keep the character
// from being typed. chromedp.KeyEvent sends the character as an event of its own, which no page can prevent.
func (b *browser) press(r rune) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, k := range kb.Encode(r) {
			switch k.Type {
			case kb.KeyChar:
				continue
			case kb.KeyDown:
				k.Text = string(r)
			}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *k); err != nil {
				return err
			}
		}
		return nil
	}))
}

// fill empties a field and types into it.
func (b *browser) fill(css, text string) {
	b.Helper()
	eval[bool](b, fmt.Sprintf("(document.querySelector(%q).value = '') === ''", css))
	b.do(chromedp.SendKeys(chromedp.CSS(css), text))
}

// eval returns the value of a JavaScript expression.
func eval[T any](b *browser, js string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return v
}

// await waits until a JavaScript expression is true.
func (b *browser) await(js string) {
	b.Helper()
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	b.shot("failed")
	page := eval[string](b, "location.href + '\\n' + document.querySelectorAll('.tile').length + ' tiles\\n' + "+
		"document.body.innerText.slice(0, 2000)")
	b.Fatalf("never becomes true: %s\non %s", js, page)
}

// box returns where an element is: left, top, width and height, in CSS pixels of the window.
func (b *browser) box(css string) [4]float64 {
	b.Helper()
	return eval[[4]float64](b, fmt.Sprintf(
		"(({x, y, width, height}) => [x, y, width, height])(document.querySelector(%q).getBoundingClientRect())", css))
}

// drag moves the mouse from a point of an element to another, given as fractions of its size.
func (b *browser) drag(css string, fromX, fromY, toX, toY float64) {
	b.Helper()
	at := b.box(css)
	b.do(chromedp.DragAndDropXY(at[0]+fromX*at[2], at[1]+fromY*at[3], at[0]+toX*at[2], at[1]+toY*at[3]))
}

// shot saves a screenshot in the folder that IMGORIGIN_TEST_SHOTS names, if any.
func (b *browser) shot(name string) {
	b.Helper()
	dir := os.Getenv("IMGORIGIN_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Error(err)
	}
}

// js writes a number as JavaScript does.
func js(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
