package server

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// fakeOriginals is a source in a map that can be overwritten, slowed and broken while it is read.
type fakeOriginals struct {
	mu     sync.Mutex
	images map[string][]byte
	err    error // of every call, if set

	opens, stats atomic.Int64
	bodyBytes    atomic.Int64
	onOpen       func(ctx context.Context, key string) // called before an Open answers
	onStat       func()                                // called before a Stat looks
	onFail       func()                                // called when a call is answered with err
}

func newOriginals() *fakeOriginals { return &fakeOriginals{images: make(map[string][]byte)} }

func (a *fakeOriginals) put(key string, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.images[key] = body; body == nil {
		delete(a.images, key)
	}
}

func (a *fakeOriginals) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *fakeOriginals) get(key string) ([]byte, originals.Info, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, ok := a.images[key]
	switch {
	case a.err != nil:
		if a.onFail != nil {
			a.onFail()
		}
		return nil, originals.Info{}, a.err
	case !ok:
		return nil, originals.Info{}, fs.ErrNotExist
	}
	sum := fnv.New64a()
	sum.Write(body)
	return body, originals.Info{ETag: fmt.Sprintf(`"%x"`, sum.Sum64()), Size: int64(len(body))}, nil
}

func (a *fakeOriginals) Open(ctx context.Context, key string) (*originals.Original, error) {
	a.opens.Add(1)
	body, info, err := a.get(key)
	if a.onOpen != nil {
		a.onOpen(ctx, key)
	}
	if err != nil {
		return nil, err
	}
	return &originals.Original{Info: info, Body: io.NopCloser(&countingReader{bytes.NewReader(body), &a.bodyBytes})}, nil
}

type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (a *fakeOriginals) Stat(ctx context.Context, key string) (originals.Info, error) {
	a.stats.Add(1)
	if a.onStat != nil {
		a.onStat()
	}
	_, info, err := a.get(key)
	return info, err
}

// newStore returns an empty store in memory.
func newStore() *cachetest.MapStore { return new(cachetest.MapStore) }

// variantsIn returns the variants in a store, without the traces of those that were removed.
func variantsIn(s *cachetest.MapStore) map[cache.Key]*cache.Variant {
	variants := s.Variants()
	maps.DeleteFunc(variants, func(k cache.Key, _ *cache.Variant) bool { return k.Transform == traceName })
	return variants
}

// origin is a server under test, with its HTTP front end.
type origin struct {
	t *testing.T
	*Server
	url     string
	entered atomic.Int64 // requests that came through the door
}

// start runs a server on c, with defaults for what most tests don't set.
func start(t *testing.T, c Config) *origin {
	t.Helper()
	if c.Engine == nil {
		c.Engine = resize.NewEngine(resize.EngineConfig{Limits: c.Limits.Image})
	}
	// A busy machine takes longer than the defaults for what a test wants to be answered, most of all under the race detector.
	c.Load.FillTimeout = cmp.Or(c.Load.FillTimeout, 5*time.Minute)
	c.Load.QueueTimeout = cmp.Or(c.Load.QueueTimeout, 5*time.Minute)
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{t: t, Server: s}
	h := s.Handler()
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.entered.Add(1)
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		door.Close()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	o.url = door.URL
	return o
}

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body []byte
}

// get requests a path, with headers given as name, value, name, value, …
func (o *origin) get(path string, headers ...string) answer {
	o.t.Helper()
	return o.do(http.MethodGet, path, headers...)
}

func (o *origin) do(method, path string, headers ...string) answer {
	o.t.Helper()
	a, err := o.try(o.t.Context(), method, path, headers...)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

func (o *origin) try(ctx context.Context, method, path string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, o.url+path, nil)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response, body}, err
}

// want checks a status and, if width is not 0, the size of the image.
func (a answer) want(t *testing.T, status, width, height int) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s: got %s, want %d: %.200s", a.Request.URL, a.Status, status, a.body)
		return
	}
	if width == 0 {
		return
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(a.body))
	if err != nil || config.Width != width || config.Height != height {
		t.Errorf("%s: got an image of %d×%d, %v, want %d×%d", a.Request.URL, config.Width, config.Height, err, width, height)
	}
}

// metric returns the value of a series as /metrics shows it, 0 if there is none.
func (o *origin) metric(series string) float64 {
	o.t.Helper()
	page := httptest.NewRecorder()
	o.Admin().ServeHTTP(page, httptest.NewRequestWithContext(o.t.Context(), http.MethodGet, "/metrics", nil))
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindSubmatch(page.Body.Bytes())
	if found == nil {
		return 0
	}
	x, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		o.t.Fatal(err)
	}
	return x
}

// photo returns a JPEG of w × h with some detail; another seed is another image.
func photo(w, h int, seed uint8) []byte {
	type image struct {
		w, h int
		seed uint8
	}
	body, ok := photos.Load(image{w, h, seed})
	if !ok {
		body, _ = photos.LoadOrStore(image{w, h, seed}, paintedPhoto(w, h, seed))
	}
	return bytes.Clone(body.([]byte))
}

var photos sync.Map // what photo has returned, as many tests want the same

func paintedPhoto(w, h int, seed uint8) []byte {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	columns := make([]int, w)
	for x := range columns {
		columns[x] = x * 255 / w
	}
	for y := range h {
		row, shade := m.Y[y*m.YStride:][:w], y*255/h
		for x := range row {
			row[x] = uint8(columns[x]^shade) + seed
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = seed, uint8(i)
	}
	return encodedJPEG(m, 85)
}

func encodedJPEG(m image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// average returns the mean colour of an image.
func average(t *testing.T, body []byte) color.NRGBA {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var r, g, b, n uint64
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			cr, cg, cb, _ := m.At(x, y).RGBA()
			r, g, b, n = r+uint64(cr>>8), g+uint64(cg>>8), b+uint64(cb>>8), n+1
		}
	}
	return color.NRGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
}

// flat returns a JPEG of one colour.
func flat(w, h int, c color.Color) []byte {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	pixel := color.YCbCrModel.Convert(c).(color.YCbCr)
	for plane, v := range map[*[]uint8]uint8{&m.Y: pixel.Y, &m.Cb: pixel.Cb, &m.Cr: pixel.Cr} {
		for i := range *plane {
			(*plane)[i] = v
		}
	}
	return encodedJPEG(m, jpeg.DefaultQuality)
}
