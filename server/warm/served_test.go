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

// A darkroom is originals of one grey each, which takes its time and tells what happens.
type darkroom struct {
	random *rand.Rand

	mu     sync.Mutex
	greys  map[string]uint8
	states int
	events []s3event.Event
}

// greyStep is how far two states of a picture are apart, so that JPEG can't blur them.
const greyStep = 6

func (d *darkroom) put(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.states++
	d.greys[key] = uint8(d.states * greyStep)
	d.announce(s3event.Created, key)
}

func (d *darkroom) remove(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.greys, key)
	d.announce(s3event.Removed, key)
}

func (d *darkroom) announce(kind s3event.Kind, key string) {
	d.events = append(d.events, s3event.Event{
		Kind: kind, Bucket: "photos", Key: key, Size: 1, Sequencer: s3event.Sequencer(fmt.Sprintf("%04x", len(d.events)+1)),
	})
}

func (d *darkroom) pause() {
	d.mu.Lock()
	pause := time.Duration(d.random.IntN(200)) * time.Millisecond
	if d.random.IntN(8) == 0 {
		pause *= 50 // now and then one is overtaken by all the others
	}
	d.mu.Unlock()
	time.Sleep(pause)
}

func (d *darkroom) look(key string) (uint8, originals.Info, error) {
	d.pause()
	d.mu.Lock()
	defer d.mu.Unlock()
	grey, ok := d.greys[key]
	if !ok {
		return 0, originals.Info{}, fs.ErrNotExist
	}
	return grey, originals.Info{ETag: fmt.Sprintf(`"%d"`, grey), Size: int64(len(greyJPEG(grey)))}, nil
}

func (d *darkroom) Stat(_ context.Context, key string) (originals.Info, error) {
	_, info, err := d.look(key)
	return info, err
}

func (d *darkroom) Open(_ context.Context, key string) (*originals.Original, error) {
	grey, info, err := d.look(key)
	if err != nil {
		return nil, err
	}
	d.pause() // it may change before it is read
	return &originals.Original{Info: info, Body: io.NopCloser(bytes.NewReader(greyJPEG(grey)))}, nil
}

func greyJPEG(grey uint8) []byte {
	m := image.NewGray(image.Rect(0, 0, 400, 16))
	for i := range m.Pix {
		m.Pix[i] = grey
	}
	return resizetest.JPEG(m, 90)
}

// Pictures are made, replaced and deleted while others ask for them; the events come late, twice and in any order.
// In the end, what is served is of the newest bytes, and nothing is left of what was deleted, although the server
// never looks by itself.
func TestServedInTheEnd(t *testing.T) {
	for seed := range uint64(150) {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(seed))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) { testServedInTheEnd(t, seed, dir) })
	}
}

func testServedInTheEnd(t *testing.T, seed uint64, dir string) {
	random := rand.New(rand.NewPCG(seed, 3))
	room := &darkroom{random: rand.New(rand.NewPCG(seed, 4)), greys: make(map[string]uint8)}
	store, err := cache.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	origin, err := server.New(server.Config{
		Originals: room, Engine: resize.NewEngine(resize.EngineConfig{}), Store: store, Memory: 1 << 20,
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
			room.remove(key)
		case 1, 2:
			path := "/img/" + key + []string{"?w=160", "?w=480", "?w=320&fm=png"}[random.IntN(3)]
			all.Go(func() { ask(handler, path) })
			continue
		default:
			room.put(key)
		}
		ev := room.events[len(room.events)-1]
		for range 1 + random.IntN(2) {
			late := time.Duration(random.IntN(2)*random.IntN(8000)) * time.Millisecond
			all.Go(func() {
				time.Sleep(late)
				for w.Handle(t.Context(), ev) != nil {
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
	for _, key := range []string{"a.jpg", "b.jpg"} {
		for path, name := range map[string]string{"?w=160": "w=160.auto", "?w=480": "w=480.auto", "?w=320&fm=png": "w=320.png"} {
			if v, err := store.Get(t.Context(), cache.Key{Original: key, Transform: name}); err == nil && room.greys[key] == 0 {
				t.Errorf("seed %d: %s of %s, which is deleted, is still stored: made from %s", seed, name, key, v.OriginalETag)
			}
			wantServed(t, seed, ask(handler, "/img/"+key+path), room.greys[key], key+path)
		}
	}
	if err := origin.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func ask(handler http.Handler, path string) *http.Response {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Result()
}

// wantServed wants a picture of a grey; of none, that there is no picture.
func wantServed(t *testing.T, seed uint64, got *http.Response, grey uint8, what string) {
	t.Helper()
	if grey == 0 {
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("seed %d, %s: got %s of a deleted picture, want 404", seed, what, got.Status)
		}
		return
	}
	m, _, err := image.Decode(got.Body)
	if err != nil {
		t.Fatalf("seed %d, %s: %s, %v", seed, what, got.Status, err)
	}
	shown := color.GrayModel.Convert(m.At(5, 2)).(color.Gray).Y
	if d := int(shown) - int(grey); d < -2 || d > 2 {
		t.Errorf("seed %d, %s: got a picture of grey %d, want %d, the newest", seed, what, shown, grey)
	}
}
