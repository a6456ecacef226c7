package warm_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A greyOriginals is a source of originals that are one grey each. Every access takes a random time, and every change
// is recorded as an event.
type greyOriginals struct {
	random *rand.Rand

	mu     sync.Mutex
	greys  map[string]uint8
	states int
	events []s3event.Event
}

// greyStep is the difference between the greys of two versions of an original, large enough for JPEG to preserve.
const greyStep = 6

func (o *greyOriginals) put(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.states++
	o.greys[key] = uint8(o.states * greyStep)
	o.record(s3event.Created, key)
}

func (o *greyOriginals) remove(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.greys, key)
	o.record(s3event.Removed, key)
}

func (o *greyOriginals) record(kind s3event.Kind, key string) {
	o.events = append(o.events, s3event.Event{
		Kind: kind, Bucket: "photos", Key: key, Size: 1,
		Sequencer: s3event.Sequencer(fmt.Sprintf("%04x", len(o.events)+1)),
	})
}

func (o *greyOriginals) pause() {
	o.mu.Lock()
	pause := time.Duration(o.random.IntN(200)) * time.Millisecond
	if o.random.IntN(8) == 0 {
		pause *= 50 // long enough for all other accesses to overtake this one
	}
	o.mu.Unlock()
	time.Sleep(pause)
}

func (o *greyOriginals) look(key string) (uint8, originals.Info, error) {
	o.pause()
	o.mu.Lock()
	defer o.mu.Unlock()
	grey, ok := o.greys[key]
	if !ok {
		return 0, originals.Info{}, fs.ErrNotExist
	}
	return grey, originals.Info{ETag: fmt.Sprintf(`"%d"`, grey), Size: int64(len(greyJPEG(grey)))}, nil
}

func (o *greyOriginals) Stat(_ context.Context, key string) (originals.Info, error) {
	_, info, err := o.look(key)
	return info, err
}

func (o *greyOriginals) Open(_ context.Context, key string) (*originals.Original, error) {
	grey, info, err := o.look(key)
	if err != nil {
		return nil, err
	}
	o.pause() // the original may be replaced before its body is read
	return &originals.Original{Info: info, Body: io.NopCloser(bytes.NewReader(greyJPEG(grey)))}, nil
}

func greyJPEG(grey uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 400, 16))
	for i := range m.Pix {
		m.Pix[i] = grey
	}
	return resizetest.JPEG(m, 90)
}

// Originals are created, replaced and removed while clients request variants; the events arrive late, twice and in any
// order. In the end, the server serves variants of the newest bytes, and none of originals that were removed, although
// it never revalidates by itself.
func TestServedInTheEnd(t *testing.T) {
	seeds := uint64(40)
	if n, err := strconv.ParseUint(os.Getenv("IMGORIGIN_TEST_WORLDS"), 10, 64); err == nil {
		seeds = n
	}
	for seed := range seeds {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(seed))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) { testServedInTheEnd(t, seed, dir) })
	}
}

func testServedInTheEnd(t *testing.T, seed uint64, dir string) {
	random := rand.New(rand.NewPCG(seed, 3))
	source := &greyOriginals{random: rand.New(rand.NewPCG(seed, 4)), greys: make(map[string]uint8)}
	store, err := cache.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	origin, err := server.New(server.Config{
		Originals: source, Engine: resize.NewEngine(resize.EngineConfig{}), Store: store, Memory: 1 << 20,
		Revalidate: server.Never, Load: server.Load{FillTimeout: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := origin.Handler()
	warmed := []resize.Transform{{Width: 160}, {Width: 320, Format: resize.PNG}}
	w, err := warm.New(warm.Config{Target: origin, Transforms: warmed, AtOnce: 4})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 30 {
		time.Sleep(time.Duration(random.IntN(900)) * time.Millisecond)
		key := fmt.Sprintf("%c.jpg", 'a'+random.IntN(2))
		switch random.IntN(6) {
		case 0:
			source.remove(key)
		case 1, 2:
			path := "/img/" + key + []string{"?w=160", "?w=480", "?w=320&fm=png"}[random.IntN(3)]
			all.Go(func() { get(handler, path) })
			continue
		default:
			source.put(key)
		}
		ev := source.events[len(source.events)-1]
		for range 1 + random.IntN(2) {
			late, ev := time.Duration(random.IntN(2)*random.IntN(8000))*time.Millisecond, ev
			all.Go(func() {
				time.Sleep(late)
				for {
					_, err := w.Handle(t.Context(), ev)
					if err == nil {
						return
					}
					ev.Redelivered = true
					time.Sleep(time.Second)
				}
			})
		}
	}
	all.Wait()
	if err := origin.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"?w=160": "w=160.auto", "?w=480": "w=480.auto", "?w=320&fm=png": "w=320.png"}
	for _, key := range []string{"a.jpg", "b.jpg"} {
		for path, name := range names {
			v, err := store.Get(t.Context(), cache.Key{Original: key, Transform: name})
			if err == nil && source.greys[key] == 0 {
				t.Errorf("seed %d: %s of %s, which was removed, is still stored: made from %s",
					seed, name, key, v.OriginalETag)
			}
			wantServed(t, seed, get(handler, "/img/"+key+path), source.greys[key], key+path)
		}
	}
	if err := origin.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func get(handler http.Handler, path string) *http.Response {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Result()
}

// wantServed checks that a response is an image of this grey, or a 404 if grey is 0, which stands for no original.
func wantServed(t *testing.T, seed uint64, got *http.Response, grey uint8, what string) {
	t.Helper()
	if grey == 0 {
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("seed %d, %s: got %s for a removed original, want 404", seed, what, got.Status)
		}
		return
	}
	m, _, err := image.Decode(got.Body)
	if err != nil {
		t.Fatalf("seed %d, %s: %s, %v", seed, what, got.Status, err)
	}
	shown := color.GrayModel.Convert(m.At(5, 2)).(color.Gray).Y
	if d := int(shown) - int(grey); d < -2 || d > 2 {
		t.Errorf("seed %d, %s: got an image of grey %d, want %d, the newest", seed, what, shown, grey)
	}
}
