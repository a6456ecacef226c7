package main

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// The page shows the bill, needs nothing from elsewhere, and fits a window and a phone. The browser reports what
// its console says.
func TestBrowserPlan(t *testing.T) {
	page := filepath.Join(t.TempDir(), "plan.html")
	runOutput(t, "plan", "--html", page, "plan/testdata/cloudfront.log")
	b := newBrowser(t)
	b.open("file://" + page)
	b.shot("plan")
	if n := eval[int](b, `document.querySelectorAll('svg, .bill').length`); n != 3 {
		t.Errorf("got %d charts, want 3", n)
	}
	if !eval[bool](b, `[...document.querySelectorAll('svg rect')].every(r => r.getBBox().x + r.getBBox().width <= 1000.5)`) {
		t.Error("a bar is wider than its chart")
	}
	if n := eval[int](b, `[...document.querySelectorAll('.bar')].filter(r => r.children[0].offsetWidth + r.children[1].offsetWidth > r.offsetWidth + 1).length`); n != 0 {
		t.Errorf("%d bars of the bill are wider than their place", n)
	}
	if n := eval[int](b, `new Set([...document.querySelectorAll('.bar')].map(r => r.offsetWidth)).size`); n != 1 {
		t.Errorf("the bars of the bill have %d scales", n)
	}
	if !eval[bool](b, `/requests for images\s*3/.test(document.body.innerText) && /2026-11-29 00:00:00/.test(document.body.innerText)`) {
		t.Error("the page does not say what was read")
	}
	if n := eval[int](b, `performance.getEntriesByType('resource').length`); n != 0 {
		t.Errorf("the page loads %d other files", n)
	}
	b.do(chromedp.EmulateViewport(390, 800))
	if !eval[bool](b, `document.documentElement.scrollWidth <= 390`) {
		t.Error("the page is wider than a phone")
	}
}
