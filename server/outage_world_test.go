package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An outageWorld is a service with a network to each bucket, and originals: w.key(i) is the original of seed i.
type outageWorld struct {
	*origin
	originals, variants *network
	prefix              string
	direct              *s3.Client
	next                int // the first image that was not requested yet
}

const outagePictures = 100

func newOutageWorld(t *testing.T, endpoint string, o outage) *outageWorld {
	load := Load{FillTimeout: 20 * time.Second, QueueTimeout: 10 * time.Second} // also for a machine that has much else to do
	if o.slow {
		load = Load{FillTimeout: 2 * time.Second, QueueTimeout: time.Second}
	}
	w := &outageWorld{
		originals: newNetwork(t, endpoint), variants: newNetwork(t, endpoint),
		direct: testClient(endpoint, http.DefaultClient), prefix: path.Base(t.TempDir()) + strconv.FormatInt(time.Now().UnixNano(), 36) + "/",
	}
	for i := range outagePictures {
		if _, err := w.direct.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("photos"),
			Key: aws.String(w.prefix + w.key(i)), Body: bytes.NewReader(outagePhoto(i))}); err != nil {
			t.Fatal(err)
		}
	}
	w.origin = start(t, Config{
		Originals:  originals.S3{Client: w.originals.client, Bucket: "photos", Prefix: w.prefix},
		Store:      cache.NewS3(cache.S3Config{Client: w.variants.client, Bucket: "variants", Prefix: w.prefix}),
		Memory:     16 << 20,
		Revalidate: 50 * time.Millisecond, Load: load,
	})
	return w
}

func (w *outageWorld) key(i int) string { return fmt.Sprintf("%03d.jpg", i) }

var outagePhoto = func() func(int) []byte {
	var mu sync.Mutex
	made := make(map[int][]byte)
	return func(i int) []byte {
		mu.Lock()
		defer mu.Unlock()
		if made[i] == nil {
			made[i] = photo(300, 200, uint8(2*i))
		}
		return made[i]
	}
}()

// wanted returns the bytes of the variant of an original.
var wanted = func() func(t *testing.T, i int) []byte {
	var mu sync.Mutex
	made := make(map[int][]byte)
	return func(t *testing.T, i int) []byte {
		mu.Lock()
		defer mu.Unlock()
		if made[i] == nil {
			all, err := resize.NewEngine(resize.EngineConfig{}).Resize(context.Background(), outagePhoto(i),
				resize.Transform{Width: 160, Quality: 0, Format: resize.JPEG}.Normal())
			if err != nil {
				t.Fatal(err)
			}
			made[i] = all[0]
		}
		return made[i]
	}
}()

// get requests an image and returns the status. A right answer has the image's own bytes, or a status that says that the
// bucket is to blame.
func (w *outageWorld) ask(t *testing.T, i int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	a, err := w.try(ctx, http.MethodGet, "/img/"+w.key(i)+"?w=160&fm=jpeg")
	if err != nil {
		t.Errorf("image %d: %v", i, err)
		return 0
	}
	if a.StatusCode == http.StatusOK && !bytes.Equal(a.body, wanted(t, i)) {
		t.Errorf("image %d: got other bytes than the image's", i)
	}
	return a.StatusCode
}

// miss requests an image for the first time.
func (w *outageWorld) miss(t *testing.T) int {
	t.Helper()
	w.next++
	return w.ask(t, w.next-1)
}

func (w *outageWorld) run(t *testing.T, o outage, bucket string, network *network) {
	const hot = 3
	for range hot {
		if got := w.miss(t); got != http.StatusOK {
			t.Fatalf("before: got %d", got)
		}
	}
	end := sync.OnceFunc(o.begin(t, network))
	defer end()
	began := time.Now()
	w.inOutage(t, o, bucket)

	// By now what can be tried again has been: the rest is steady.
	before := network.sent.Load()
	const images = 30
	for range images {
		if got := w.miss(t); got != http.StatusOK && got != http.StatusBadGateway && got != http.StatusGatewayTimeout {
			t.Errorf("in steady failure: got %d", got)
		}
		if time.Since(began) > 15*time.Second { // each took its whole deadline: enough of them
			break
		}
	}
	asked := int64(w.next) - hot
	sent := network.sent.Load() - before
	if usual := map[string]int64{"originals": 1, "variants": 2}[bucket]; o.total && sent > usual*images*12/10 {
		t.Errorf("got %d requests for %d images, want at most 1.2 times the usual %d for each", sent, images, usual)
	}
	for i := range hot {
		if got := w.ask(t, i); got != http.StatusOK {
			t.Errorf("a hot image: got %d", got)
		}
	}

	end()
	ended := time.Now()
	w.recovers(t, ended, bucket)
	t.Logf("%d images, %d requests for the last %d of them, well again after %v", asked, sent, images,
		time.Since(ended).Round(time.Millisecond))
	w.wantOnlyRightVariants(t)
}

// inOutage requests several images at once, twice, while a hot image is requested again and again.
func (w *outageWorld) inOutage(t *testing.T, o outage, bucket string) {
	for range 2 {
		var wg sync.WaitGroup
		for range 6 {
			i := w.next
			w.next++
			wg.Go(func() {
				got := w.ask(t, i)
				isRight := got == http.StatusOK && (bucket == "variants" || !o.total)
				isTold := bucket == "originals" && (got == http.StatusBadGateway || got == http.StatusGatewayTimeout)
				if !isRight && !isTold {
					t.Errorf("in the outage: got %d", got)
				}
			})
		}
		for range 10 {
			if got := w.ask(t, 0); got != http.StatusOK {
				t.Errorf("a hot image in the outage: got %d", got)
			}
		}
		wg.Wait()
	}
	ready := w.get("/readyz")
	if ready.StatusCode != http.StatusOK {
		t.Errorf("got %s, want to stay ready: hot images can be served", ready.Status)
	}
	if !o.total || bucket != "originals" {
		return
	}
	if w.metric(`imgorigin_breaker_trips_total{bucket="originals"}`) == 0 {
		t.Error("the metrics show no breaker that has opened")
	}
	if o.looks {
		return // a look at the hot image may have closed it since
	}
	if !strings.Contains(string(ready.body), "degraded: "+bucket) {
		t.Errorf("got %q, want to be told of %s", ready.body, bucket)
	}
	if w.metric(`imgorigin_breaker_open{bucket="originals"}`) != 1 {
		t.Error("the metrics don't show an open breaker")
	}
}

// recovers requests new images until they are served, and stored.
func (w *outageWorld) recovers(t *testing.T, ended time.Time, bucket string) {
	for {
		asked := time.Now()
		stored := w.metric(`imgorigin_sent_bytes_total{to="store"}`)
		got := w.miss(t)
		if got == http.StatusOK && w.metric(`imgorigin_sent_bytes_total{to="store"}`) > stored &&
			w.metric(`imgorigin_breaker_open{bucket="`+bucket+`"}`) == 0 {
			return
		}
		if asked.Sub(ended) > 2*time.Second || w.next == outagePictures {
			t.Errorf("after the outage: got %d, %v later, and %q", got, asked.Sub(ended), w.get("/readyz").body)
			return
		}
		time.Sleep(50 * time.Millisecond) // a poll, whose end is above
	}
}

// wantOnlyRightVariants checks everything that was stored.
func (w *outageWorld) wantOnlyRightVariants(t *testing.T) {
	t.Helper()
	store := cache.NewS3(cache.S3Config{Client: w.direct, Bucket: "variants", Prefix: w.prefix})
	found := 0
	for i := range w.next {
		v, err := store.Get(t.Context(), cache.Key{Original: w.key(i), Transform: "w=160.jpeg"})
		if err == nil && !bytes.Equal(v.Body, wanted(t, i)) {
			t.Errorf("image %d: other bytes than the image's are stored", i)
		}
		if err == nil {
			found++
		}
	}
	if found < 3 {
		t.Errorf("got %d variants in the store: does the test look in the right place?", found)
	}
}
