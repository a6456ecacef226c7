package playground

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// keysOf returns a List of keys, which are sorted as a bucket sorts them.
func keysOf(keys ...string) func(ctx context.Context, prefix, after string) iter.Seq2[Item, error] {
	return func(ctx context.Context, prefix, after string) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) {
			for _, key := range keys {
				if strings.HasPrefix(key, prefix) && key > after && !yield(Item{key, 5}, nil) {
					return
				}
			}
		}
	}
}

func newPage(t *testing.T, c Config) *Playground {
	t.Helper()
	if c.List == nil {
		c.List = keysOf()
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(h http.Handler, method, target string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	r.Host = "localhost:8080"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var (
	linked   = regexp.MustCompile(`(?:src|href)="(/playground/[^"]+)"`)
	imported = regexp.MustCompile(`from '\./([^']+)'`)
	inline   = regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|\son\w+=|\sstyle=|<style`)
)

// Every file that the page loads exists, and together they are small.
func TestPageIsComplete(t *testing.T) {
	p := newPage(t, Config{})
	total := 0
	seen := map[string]bool{}
	var load func(target string)
	load = func(target string) {
		if seen[target] {
			return
		}
		seen[target] = true
		got := ask(p, http.MethodGet, target, nil)
		if got.Code != http.StatusOK {
			t.Errorf("%s: got %d", target, got.Code)
		}
		total += got.Body.Len()
		for _, m := range linked.FindAllStringSubmatch(got.Body.String(), -1) {
			load(m[1])
		}
		for _, m := range imported.FindAllStringSubmatch(got.Body.String(), -1) {
			load("/playground/" + m[1])
		}
		cached := ask(p, http.MethodGet, target, nil, "If-None-Match", got.Header().Get("ETag"))
		if cached.Code != http.StatusNotModified || cached.Body.Len() != 0 {
			t.Errorf("%s with its ETag: got %d, want a 304", target, cached.Code)
		}
	}
	load("/")
	index := ask(p, http.MethodGet, "/", nil).Body.String()
	zipped := ask(p, http.MethodGet, "/playground/app.js", nil, "Accept-Encoding", "gzip, br")
	if r, err := gzip.NewReader(zipped.Body); err != nil || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("app.js with gzip: got %v, %v", zipped.Header(), err)
	} else if body, err := io.ReadAll(r); err != nil || !bytes.Contains(body, []byte("imageView")) {
		t.Errorf("app.js with gzip: got %.100s, %v", body, err)
	}
	if want := len(mustGlob(t)) + 1; len(seen) != want { // index.html was loaded as /, and config.json is not a file
		t.Errorf("loaded %d files of %d: %v", len(seen), want, seen)
	}
	// What a module imports is requested with it, not when it has arrived.
	for target := range seen {
		name, isModule := strings.CutSuffix(strings.TrimPrefix(target, "/playground/"), ".js")
		if isModule && name != "app" && !strings.Contains(index, `<link rel="modulepreload" href="`+target+`">`) {
			t.Errorf("index.html does not preload %s", target)
		}
	}
	if total > 200_000 {
		t.Errorf("got %d bytes, want at most 200 kB", total)
	}
	t.Logf("%d files, %d bytes", len(seen), total)
}

func mustGlob(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(files, "page/*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The Content-Security-Policy forbids inline scripts and styles, and the page has none.
func TestPageObeysItsPolicy(t *testing.T) {
	p := newPage(t, Config{})
	got := ask(p, http.MethodGet, "/", nil)
	policy := got.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("got policy %q", policy)
	}
	if found := inline.FindString(got.Body.String()); found != "" {
		t.Errorf("the page has %q", found)
	}
	for name, want := range map[string]string{
		"app.js": "text/javascript; charset=utf-8", "base.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		if got := ask(p, http.MethodGet, "/playground/"+name, nil).Header().Get("Content-Type"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	for _, target := range []string{"/playground/", "/playground/none.js", "/playground/../playground.go", "/x"} {
		if got := ask(p, http.MethodGet, target, nil); got.Code == http.StatusOK {
			t.Errorf("%s: got %d", target, got.Code)
		}
	}
}

func TestConfig(t *testing.T) {
	p := newPage(t, Config{
		Name: "photos", Formats: []resize.Format{resize.JPEG}, Decoders: map[string]string{"image/heic": "libheif"},
		Widths: []int{160}, Exact: true, Drops: NewDrops(100),
	})
	var got struct {
		Name     string
		Formats  []string
		Decoders map[string]string
		Widths   []int
		Exact    bool
		Drop     int
	}
	if err := json.Unmarshal(ask(p, http.MethodGet, "/playground/config.json", nil).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "{photos [jpeg] map[image/heic:libheif] [160] true 50}" {
		t.Errorf("got %v", got)
	}
}

func (p *Playground) keys(t *testing.T, query string) page {
	t.Helper()
	got := ask(p, http.MethodGet, "/playground/keys?"+query, nil)
	var found page
	if err := json.Unmarshal(got.Body.Bytes(), &found); err != nil || got.Code != http.StatusOK {
		t.Fatalf("%s: got %d, %v: %s", query, got.Code, err, got.Body)
	}
	return found
}

func TestKeysComeInPages(t *testing.T) {
	var keys []string
	for i := range 150 {
		for _, name := range []string{"2026/%03d.jpg", "2026/%03d.txt", "2026/.%03d.jpg"} {
			keys = append(keys, fmt.Sprintf(name, i))
		}
	}
	keys = append(keys, "Cat.JPEG", "noext")
	p := newPage(t, Config{List: keysOf(slices.Sorted(slices.Values(keys))...)})
	var got []Item
	pages, after := 0, ""
	for done := false; !done; pages++ {
		found := p.keys(t, "after="+after)
		got = append(got, found.Items...)
		after = found.Next
		done = after == ""
	}
	if len(got) != 152 || pages != 3 {
		t.Errorf("got %d images on %d pages, want 152 on 3", len(got), pages)
	}
	for query, want := range map[string]int{
		"q=cat": 1, "q=CAT": 1, "prefix=2026/01": 10, "prefix=2026/&q=14": 12, "q=txt": 0, "prefix=x": 0,
	} {
		if got := len(p.keys(t, query).Items); got != want {
			t.Errorf("%s: got %d images, want %d", query, got, want)
		}
	}
}

// A search for a rare word ends its page after a number of keys, and the next page goes on from there.
func TestSearchIsBounded(t *testing.T) {
	keys := make([]string, 2*pageScanned+1)
	for i := range keys {
		keys[i] = fmt.Sprintf("%06d.jpg", i)
	}
	keys[2*pageScanned] = "zebra.jpg"
	p := newPage(t, Config{List: keysOf(keys...)})
	first := p.keys(t, "q=zebra")
	second := p.keys(t, "q=zebra&after="+first.Next)
	third := p.keys(t, "q=zebra&after="+second.Next)
	if len(first.Items)+len(second.Items) != 0 || len(third.Items) != 1 || third.Next != "" {
		t.Errorf("got %v, %v, %v", first, second, third)
	}
}

func TestListFails(t *testing.T) {
	p := newPage(t, Config{List: func(context.Context, string, string) iter.Seq2[Item, error] {
		return func(yield func(Item, error) bool) { yield(Item{}, errors.New("secret bucket is down")) }
	}})
	got := ask(p, http.MethodGet, "/playground/keys", nil)
	if got.Code != http.StatusBadGateway || strings.Contains(got.Body.String(), "secret") {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

func TestDrop(t *testing.T) {
	drops := NewDrops(1 << 20)
	p := newPage(t, Config{List: keysOf("cat.jpg"), Drops: drops, Local: true})
	image := resizetest.JPEG(resizetest.Photo(40, 30), 80)
	got := ask(p, http.MethodPost, "/playground/drop?name=..%2F..%2Fa%20b%5C%C3%BC%20cat.jpg", image)
	var item Item
	if err := json.Unmarshal(got.Body.Bytes(), &item); err != nil || got.Code != http.StatusCreated {
		t.Fatalf("got %d %s, %v", got.Code, got.Body, err)
	}
	if !regexp.MustCompile(`^~dropped/[0-9a-f]{8}-cat\.jpg$`).MatchString(item.Key) {
		t.Errorf("got key %q", item.Key)
	}
	over := drops.Over(fstest.MapFS{"cat.jpg": {Data: []byte("under")}})
	if body, err := fs.ReadFile(over, item.Key); err != nil || !bytes.Equal(body, image) {
		t.Errorf("read: got %d bytes, %v", len(body), err)
	}
	if body, err := fs.ReadFile(over, "cat.jpg"); err != nil || string(body) != "under" {
		t.Errorf("under it: got %q, %v", body, err)
	}
	if _, err := over.Open(DropFolder + "/none.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if found := p.keys(t, ""); len(found.Items) != 2 || found.Items[0] != item {
		t.Errorf("listed: got %v", found)
	}

	refused := []struct {
		name    string
		body    []byte
		headers []string
		want    int
	}{
		{"no image", []byte("<script>"), nil, http.StatusUnsupportedMediaType},
		{"too large", make([]byte, 1<<19+1), nil, http.StatusRequestEntityTooLarge},
		{"a page of another site", image, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"a page of another site, by Origin", image, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"a name that resolves to us", image, []string{"Host", "evil.example"}, http.StatusForbidden},
	}
	for _, test := range refused {
		if got := ask(p, http.MethodPost, "/playground/drop?name=x", test.body, test.headers...); got.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, got.Code, got.Body, test.want)
		}
	}
	got = ask(newPage(t, Config{}), http.MethodPost, "/playground/drop", image)
	if got.Code != http.StatusMethodNotAllowed {
		t.Errorf("without Drops: got %d", got.Code)
	}
}

// The oldest are removed when the budget is used up.
func TestDropsAreBounded(t *testing.T) {
	drops := NewDrops(10_000)
	var keys []string
	for i := range 8 {
		body := append([]byte("\xff\xd8\xff"), bytes.Repeat([]byte{byte(i)}, 3000)...)
		key, err := drops.Put("x.jpg", body)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	items := drops.items("", "")
	if len(items) != 3 || items[0].Key != keys[7] || items[2].Key != keys[5] {
		t.Errorf("got %v of %v", items, keys)
	}
}
