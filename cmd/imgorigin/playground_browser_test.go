package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/disintegration/imaging"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// loaded is true when the requested variant and its facts are shown.
const loaded = `document.querySelector('.fact b')?.textContent.match(/B$/) && !document.querySelector('.busy') && ` +
	`document.querySelector('.over img').complete && document.querySelector('.under img').complete`

// openImage opens one of the samples in the playground.
func openImage(t *testing.T, hash string) *browser {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	b := newBrowser(t)
	b.open(address + "/#/" + hash)
	b.await(loaded)
	return b
}

// has waits until the address has a parameter.
func (b *browser) has(param string) {
	b.Helper()
	b.await(`location.hash.split(/[?&]/).includes('` + param + `')`)
	b.await(loaded)
}

func TestBrowserGallery(t *testing.T) {
	dir := t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(300, 200), 80)
	for i := range 130 {
		name := filepath.Join(dir, string(rune('a'+i%26)), strings.Repeat("x", i/26)+"photo.jpg")
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, photo)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", dir)
	b := newBrowser(t)
	b.open(address)
	b.await(`document.querySelectorAll('.tile img.here').length > 5`)
	if n := eval[int](b, `document.querySelectorAll('.tile').length`); n >= 130 {
		t.Errorf("got %d images before scrolling", n)
	}
	eval[bool](b, `scrollTo(0, 1e6), true`)
	b.await(`document.querySelectorAll('.tile').length === 130 || (scrollTo(0, 1e6), false)`)
	b.shot("gallery")

	for _, r := range "/c/" { // the first key moves the focus to the search, the others are typed into it
		b.press(r)
	}
	if typed := eval[string](b, `document.querySelector('#search').value`); typed != "c/" {
		t.Errorf("the search contains %q", typed)
	}
	b.await(`document.querySelectorAll('.tile').length === 5`)
	b.fill("#search", "xxxxPHOTO")
	b.await(`document.querySelectorAll('.tile').length === 26`)
	b.fill("#search", "zebra")
	b.await(`document.body.innerText.includes('No image for “zebra”')`)
	b.fill("#search", "q/")
	b.await(`document.querySelectorAll('.tile').length === 5`)
	b.do(chromedp.Focus(chromedp.CSS(".tile")), chromedp.KeyEvent(kb.Enter))
	b.await(loaded)
	b.do(chromedp.KeyEvent(kb.Escape))
	b.await(`document.querySelectorAll('.tile').length === 5 && location.hash === '#/?q=q%2F'`)
}

// Every parameter has a control, which changes the URL and the image.
func TestBrowserControls(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '600 × 400'`)
	b.shot("picture")

	b.fill("#param-w", "300\t")
	b.has("w=300")
	b.do(chromedp.SendKeys(chromedp.CSS("#param-h"), "300\t"))
	b.has("h=300")
	b.click("[data-param=fit] [data-value=cover]")
	b.has("fit=cover")
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '300 × 300'`)
	b.click("[data-param=crop] [data-value=right]")
	b.has("crop=right")
	b.click("[data-param=crop] [data-value=smart]")
	b.has("crop=smart")
	b.click("[data-param=dpr] [data-value='2']")
	b.has("dpr=2")
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '600 × 600'`)
	b.click("[data-param=fm] [data-value=png]")
	b.has("fm=png")
	b.await(`document.querySelector('.fact:nth-child(2) span').textContent === 'image/png' && document.querySelector('#param-q').disabled`)
	b.click("[data-param=fm] [data-value=jpeg]")
	b.has("fm=jpeg")
	eval[int](b, `document.querySelectorAll('details').forEach(e => e.open = true) ?? 1`)
	b.await(`document.querySelector('#param-duotone') !== null`)
	b.do(chromedp.Focus(chromedp.CSS("[data-param=q] [type=range]")), chromedp.KeyEvent(kb.Home))
	b.has("q=1")
	b.do(chromedp.Focus(chromedp.CSS("[data-param=blur] [type=range]")), chromedp.KeyEvent(kb.End))
	b.has("blur=100")
	eval[bool](b, `(e => { e.value = '#ff8800'; return e.dispatchEvent(new Event('input')) })(document.querySelector('[data-param=bg] [type=color]'))`)
	b.has("bg=ff8800")
	b.click("[data-param=flip] [data-value=hv]")
	b.has("flip=hv")
	b.click("[data-param=greyscale] [data-value=true]")
	b.has("greyscale=true")
	b.do(chromedp.SendKeys(chromedp.CSS("#param-duotone"), "000080,ffd700\t"))
	b.has("duotone=000080,ffd700")
	b.await(`document.querySelector('[data-group=Colour] .set').textContent === '2 set'`)
	b.do(chromedp.SendKeys(chromedp.CSS("#param-rect"), "10,20,400,300\t"))
	b.has("rect=10,20,400,300")
	b.await(`document.querySelector('[data-param=rect] .why').textContent.includes('signature')`)
	b.do(chromedp.SendKeys(chromedp.CSS("#param-fp-x"), "0.25\t"))
	b.has("fp-x=0.25")
	b.do(chromedp.SendKeys(chromedp.CSS("#param-fp-y"), "0.75\t"))
	b.has("fp-y=0.75")

	b.click(".foot .button")
	b.await(`location.hash === '#/mountains.jpg?w=828'`)
	b.await(loaded)
}

// The divider, the crop rectangle and the focal point can be dragged on the image, and moved by arrow keys.
func TestBrowserDragging(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.drag(".board", 0.5, 0.5, 0.25, 0.5)
	b.await(`document.querySelector('.divider').getAttribute('aria-valuenow') === '25'`)
	b.await(`document.querySelector('.over').style.clipPath.includes('25%')`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.await(`document.querySelector('.divider').getAttribute('aria-valuenow') === '27'`)
	sameUnderBoth(b)

	b.click("[data-tool=crop]")
	b.await(`document.querySelector('.stage').dataset.mode === 'crop'`)
	width := eval[float64](b, `parseInt(document.querySelector('.original dd').textContent)`)
	b.await(`document.querySelector('.original').textContent.includes('image/jpeg, ') && document.querySelector('.original').textContent.includes(', read by Go')`)
	b.drag(".board", 0.25, 0.25, 0.75, 0.75)
	b.await(`location.hash.includes('rect=')`)
	rect := eval[[4]float64](b, `location.hash.match(/rect=([\d,]+)/)[1].split(',').map(Number)`)
	isNear := func(got, want float64) bool { return got > want-0.02*width && got < want+0.02*width }
	if !isNear(rect[0], width/4) || !isNear(rect[2], width/2) {
		t.Errorf("got rectangle %v of an image %v wide", rect, width)
	}
	b.drag(".handle.se", 0.5, 0.5, -3, 0.5)
	b.await(`Number(location.hash.match(/rect=([\d,]+)/)[1].split(',')[2]) < ` + js(rect[2]-10))
	b.drag(".rect", 0.5, 0.5, 0.6, 0.5)
	b.await(`Number(location.hash.match(/rect=([\d,]+)/)[1].split(',')[0]) > ` + js(rect[0]+10))
	before := eval[float64](b, `Number(location.hash.match(/rect=([\d,]+)/)[1].split(',')[0])`)
	b.do(chromedp.KeyEvent(kb.ArrowLeft))
	b.await(`Number(location.hash.match(/rect=([\d,]+)/)[1].split(',')[0]) < ` + js(before))
	b.await(loaded)
	b.shot("crop")

	b.click("[data-param=rect] button")
	b.await(`!location.hash.includes('rect=')`)
	b.click("[data-tool=focus]")
	b.has("fit=cover")
	b.drag(".board", 0.5, 0.5, 0.1, 0.5)
	b.await(`Math.abs(Number(location.hash.match(/fp-x=([\d.]+)/)[1]) - 0.1) < 0.01 && document.querySelector('.window').offsetLeft === 0`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.await(`Math.abs(Number(location.hash.match(/fp-x=([\d.]+)/)[1]) - 0.11) < 0.01`)
	b.await(loaded)
	b.drag(".board", 0.2, 0.5, 0.4, 0.5) // where the window can move either way
	b.await(`Math.abs(Number(location.hash.match(/fp-x=([\d.]+)/)[1]) - 0.4) < 0.01 && document.querySelector('.window').offsetLeft > 0`)
	b.await(loaded)
	b.shot("focus")
	b.click("[data-tool=compare]")
	sameUnderBoth(b)
}

// sameUnderBoth checks that the page computes positions as the server does: the variant, left of the divider, continues
// in the original, right of it, so that the image hardly changes when the divider moves.
func sameUnderBoth(b *browser) {
	b.Helper()
	b.await(loaded)
	eval[bool](b, `scrollTo(0, 0), true`)
	at := b.box(".board")
	look := func(key string) image.Image {
		b.do(chromedp.Focus(chromedp.CSS(".divider")), chromedp.KeyEvent(key))
		shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			b.Fatal(err)
		}
		window, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			b.Fatal(err)
		}
		const knob = 22 // of the divider, at either end
		part := image.Rect(int(at[0])+knob, int(at[1])+1, int(at[0]+at[2])-knob, int(at[1]+at[3])-1)
		return imaging.Crop(window, part)
	}
	variant, original := look(kb.Home), look(kb.End)
	psnr := resizetest.PSNR(variant, original)
	b.Logf("original and variant: %.1f dB", psnr)
	if psnr < 36 { // 41 if they agree, 30 if they are 40 of 2400 pixels apart
		b.Errorf("original and variant do not lie on top of each other: %.1f dB", psnr)
	}
}

func TestBrowserShowsSizes(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.do(chromedp.ScrollIntoView(chromedp.CSS(".weights")))
	b.await(`[...document.querySelectorAll('.bars button')].every(e => /[−+]\d+ %|±0/.test(e.textContent))`)
	b.do(chromedp.ScrollIntoView(chromedp.CSS(".ladder")))
	b.await(`document.querySelectorAll('.line circle').length === 15 * document.querySelectorAll('.legend li').length`)
	b.shot("ladder")
	b.click(".line.jpeg circle:last-of-type") // where the lines are far apart
	b.has("w=3840")
	b.has("fm=jpeg")
	b.click(".bars [data-format=png]")
	b.has("fm=png")
	b.await(`/Miss|Hit/.test(document.querySelector('.fact:last-child b').textContent)`)
}

// The snippets are valid HTML: the browser loads their images.
func TestBrowserSnippets(t *testing.T) {
	b := openImage(t, "mountains.jpg?w=600")
	b.click("[role=tab]:nth-child(2)")
	b.fill("#alt", `Mountains "at" dusk`)
	b.await(`document.querySelector('#snippet').textContent.includes('alt="Mountains &quot;at&quot; dusk"')`)
	for _, tab := range []string{"<img>", "<picture>"} {
		eval[bool](b, `[...document.querySelectorAll('[role=tab]')].find(e => e.textContent === '`+tab+`').click() ?? true`)
		b.await(`document.querySelector('#snippet').textContent.includes('srcset=')`)
		eval[bool](b, `(() => {
			document.querySelector('#try')?.remove();
			const e = document.createElement('div');
			e.id = 'try';
			document.body.append(e);
			const code = document.querySelector('#snippet').textContent;
			e.innerHTML = code.replace(' style="max-width:100%;height:auto"', ''); // which this page's policy forbids
			e.scrollIntoView();
			return e.innerHTML.length < code.length;
		})()`)
		b.await(`(e => e.complete && e.naturalWidth > 0 && e.currentSrc.includes('w='))(document.querySelector('#try img'))`)
	}
	b.click("#copy")
	b.await(`document.querySelector('#toast').textContent === 'Copied'`)
	b.do(chromedp.Focus(chromedp.CSS("[role=tab][aria-selected=true]")), chromedp.KeyEvent(kb.ArrowRight))
	b.await(`document.querySelector('#snippet').textContent.includes('srcSet={srcset}')`)
}

func TestBrowserAcceptsAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "my cat.jpg")
	writeFile(t, name, resizetest.JPEG(resizetest.Photo(640, 480), 80))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	b := newBrowser(t)
	b.open(address)
	b.await(`!document.querySelector('#open').hidden`)
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{name}))
	b.await(`location.hash.includes('my-cat.jpg')`)
	b.await(loaded)

	b.open(address + "/?again")
	b.await(`document.querySelector('#main .tile') !== null`)
	// A drop, with the events that the browser sends.
	eval[bool](b, `(() => {
		const data = new DataTransfer(), canvas = new OffscreenCanvas(90, 60);
		canvas.getContext('2d').fillRect(0, 0, 90, 60);
		canvas.convertToBlob().then(blob => {
			data.items.add(new File([blob], 'black.png'));
			dispatchEvent(new DragEvent('dragover', { dataTransfer: data, cancelable: true }));
			dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }));
		});
		return true;
	})()`)
	b.await(`location.hash.includes('black.png')`)
	b.await(loaded)
}

// Nothing is wider than the screen of a phone, and the dark theme is dark.
func TestBrowserPhoneAndDark(t *testing.T) {
	b := openImage(t, "lighthouse.jpg?w=600")
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	b.await(`document.documentElement.scrollWidth <= 390`)
	b.shot("phone")
	b.click("#theme")
	b.click("#theme")
	b.await(`document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.body).backgroundColor === 'rgb(16, 17, 21)'`)
	b.shot("phone-dark")
	b.open(eval[string](b, "location.origin") + "/?gallery")
	b.await(`document.querySelectorAll('.tile img.here').length > 3 && document.documentElement.scrollWidth <= 390`)
	b.shot("phone-gallery")
}

func TestBrowserNamesWhatIsIgnored(t *testing.T) {
	b := openImage(t, "mountains.jpg?width=600&or=90")
	b.await(`document.querySelector('#ignored').textContent === 'The server ignores or.'`)
	b.await(`document.querySelector('#param-w').value === '600'`)
}

// A preset is a button, and its size is that of the result.
func TestBrowserPresets(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", "--no-exact", "--preset", "avatar=w=111&h=77&fit=cover", "--preset", "hero=w=640&blur=9")
	b := newBrowser(t)
	b.open(address + "/#/mountains.jpg?w=600")
	b.await(loaded)
	b.click("[data-preset=avatar]")
	b.await(`location.hash === '#/mountains.jpg?preset=avatar'`)
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '111 × 77'`)
	b.click("[data-preset=avatar]")
	b.await(`location.hash === '#/mountains.jpg'`)
}

// Controls that a server with --no-exact would ignore are disabled.
func TestBrowserOfASnappingServer(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", "--no-exact")
	b := newBrowser(t)
	b.open(address + "/#/mountains.jpg?w=600")
	b.await(loaded)
	eval[int](b, `document.querySelectorAll('details').forEach(e => e.open = true) ?? 1`)
	for _, control := range []string{"[data-tool=crop]", "#param-blur", "#param-rect"} {
		b.await(`document.querySelector('` + control + `')?.disabled`)
	}
	b.await(`document.querySelector('.fact:nth-child(2) b').textContent === '640 × 427'`)
}
