package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2" // breaks connections in the ways that networks do
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
)

// A road is the way from the service to S3: connections that break, and a gateway that answers wrongly.
type road struct {
	proxy  *toxiproxy.Proxy
	client *s3.Client
	sent   atomic.Int64 // requests, whatever became of them
	wrong  atomic.Pointer[func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool]
}

// Do counts what the SDK sends.
func (r *road) Do(request *http.Request) (*http.Response, error) {
	r.sent.Add(1)
	return http.DefaultClient.Do(request)
}

func newRoad(t *testing.T, endpoint string) *road {
	t.Helper()
	r := new(road)
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = p.In.Host // which is signed
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) }}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		wrong := r.wrong.Load()
		if wrong == nil {
			forward.ServeHTTP(w, request)
			return
		}
		answer := httptest.NewRecorder()
		forward.ServeHTTP(answer, request)
		if (*wrong)(w, request, answer.Body.Bytes(), answer.Header()) {
			return
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(gateway.Close)
	r.proxy = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()), "s3", "127.0.0.1:0", strings.TrimPrefix(gateway.URL, "http://"))
	if err := r.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.proxy.Stop)
	r.client = testClient("http://"+r.proxy.Listen, r)
	return r
}

// testClient is the service's own client, which tries again.
func testClient(endpoint string, through s3.HTTPClient) *s3.Client {
	name, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if name == "" {
		name, secret = "key", "secret"
	}
	return NewS3Client(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider(name, secret, ""), HTTPClient: through,
	}, func(o *s3.Options) { o.UsePathStyle = true })
}

// toxic makes the connections of a road bad in both directions, those that are open too.
func toxic(text string) func(*testing.T, *road) func() {
	return func(t *testing.T, r *road) func() {
		for _, stream := range []string{"upstream", "downstream"} {
			if _, err := r.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"name":%q,"stream":%q,%s}`, stream, stream, text))); err != nil {
				t.Fatal(err)
			}
		}
		return func() { r.proxy.Toxics.ResetToxics(context.WithoutCancel(t.Context())) }
	}
}

// wrongly makes the gateway answer wrongly.
func wrongly(f func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool) func(*testing.T, *road) func() {
	return func(_ *testing.T, r *road) func() {
		r.wrong.Store(&f)
		return func() { r.wrong.Store(nil) }
	}
}

func slowDown(w http.ResponseWriter, _ *http.Request, _ []byte, _ http.Header) bool {
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
	return true
}

// shorter says that a body is half as long as it is, and sends that; longer, that there is more to come.
func lengthened(by func(int) int) func(http.ResponseWriter, *http.Request, []byte, http.Header) bool {
	return func(w http.ResponseWriter, r *http.Request, answer []byte, header http.Header) bool {
		if r.Method != http.MethodGet || len(answer) < 1000 {
			return false
		}
		for name, values := range header {
			if !strings.HasPrefix(name, "X-Amz-Checksum") { // which not every object has
				w.Header()[name] = values
			}
		}
		length := by(len(answer))
		w.Header().Set("Content-Length", strconv.Itoa(length))
		w.Write(answer[:min(length, len(answer))])
		return true
	}
}

// An outage is a way in which a bucket fails.
type outage struct {
	name  string
	begin func(*testing.T, *road) (end func())
	total bool // no original can be read
	slow  bool // takes the whole deadline: not for every day
}

var outages = []outage{
	{name: "down", total: true, begin: func(t *testing.T, r *road) func() {
		r.proxy.Stop()
		return func() {
			if err := r.proxy.Start(); err != nil {
				t.Error(err)
			}
		}
	}},
	{name: "reset", total: true, begin: toxic(`"type":"reset_peer","attributes":{"timeout":0}`)},
	{name: "latency", slow: true, total: true, begin: toxic(`"type":"latency","attributes":{"latency":5000}`)},
	{name: "10 kB/s", slow: true, begin: toxic(`"type":"bandwidth","attributes":{"rate":10}`)},
	{name: "cut", total: true, begin: toxic(`"type":"limit_data","attributes":{"bytes":3000}`)},
	{name: "SlowDown", total: true, begin: wrongly(slowDown)},
	{name: "short", total: true, begin: wrongly(lengthened(func(n int) int { return n / 2 }))},
	{name: "long", total: true, begin: wrongly(lengthened(func(n int) int { return n + 1000 }))},
}

// The hermetic matrix, without what takes long.
func TestOutages(t *testing.T) {
	if testing.Short() {
		t.Skip("connections that break, in many ways: not under the race detector too")
	}
	fake := cachetest.NewS3(t)
	fake.CreateBucket("photos")
	fake.CreateBucket("variants")
	for _, o := range outages {
		if !o.slow {
			testOutage(t, fake.URL, o)
		}
	}
}

// TestRealOutages is the whole matrix, before the server that IMGORIGIN_TEST_S3 names. It is not run without one.
func TestRealOutages(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	client := testClient(endpoint, http.DefaultClient)
	for _, bucket := range []string{"photos", "variants"} {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil && !strings.Contains(err.Error(), "BucketAlready") {
			t.Fatal(err)
		}
	}
	for _, o := range outages {
		testOutage(t, endpoint, o)
	}
}

func testOutage(t *testing.T, endpoint string, o outage) {
	for _, bucket := range []string{"originals", "variants"} {
		t.Run(o.name+" of "+bucket, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			w := newOutageWorld(t, endpoint)
			road := w.originals
			if bucket == "variants" {
				road = w.variants
			}
			w.run(t, o, bucket, road)
		})
	}
}

// An outageWorld is a service with a road to each bucket, and pictures: w.key(i) is the original of seed i.
type outageWorld struct {
	*origin
	originals, variants *road
	prefix              string
	direct              *s3.Client
	next                int // the first picture that nobody asked for
}

const outagePictures = 100

func newOutageWorld(t *testing.T, endpoint string) *outageWorld {
	w := &outageWorld{
		originals: newRoad(t, endpoint), variants: newRoad(t, endpoint),
		direct: testClient(endpoint, http.DefaultClient), prefix: path.Base(t.TempDir()) + strconv.FormatInt(time.Now().UnixNano(), 36) + "/",
	}
	for i := range outagePictures {
		if _, err := w.direct.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("photos"), Key: aws.String(w.prefix + w.key(i)), Body: bytes.NewReader(outagePhoto(i))}); err != nil {
			t.Fatal(err)
		}
	}
	w.origin = start(t, Config{
		Originals:  S3Originals{Client: w.originals.client, Bucket: "photos", Prefix: w.prefix},
		Store:      cache.NewS3(cache.S3Config{Client: w.variants.client, Bucket: "variants", Prefix: w.prefix}),
		Memory:     16 << 20,
		Revalidate: 50 * time.Millisecond, FillTimeout: 2 * time.Second, QueueTimeout: time.Second,
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

// wanted returns the bytes that the variant of a picture has.
var wanted = func() func(t *testing.T, i int) []byte {
	var mu sync.Mutex
	made := make(map[int][]byte)
	return func(t *testing.T, i int) []byte {
		mu.Lock()
		defer mu.Unlock()
		if made[i] == nil {
			all, err := resize.NewEngine(resize.EngineConfig{}).Resize(context.Background(), outagePhoto(i), resize.Transform{Width: 160, Quality: 0, Format: resize.JPEG}.Normal())
			if err != nil {
				t.Fatal(err)
			}
			made[i] = all[0]
		}
		return made[i]
	}
}()

// ask asks for a picture and returns the status. A right answer is the picture's own bytes, or a status that says
// that the bucket is to blame.
func (w *outageWorld) ask(t *testing.T, i int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	a, err := w.try(ctx, http.MethodGet, "/img/"+w.key(i)+"?w=160&fm=jpeg")
	if err != nil {
		t.Errorf("picture %d: %v", i, err)
		return 0
	}
	if a.StatusCode == http.StatusOK && !bytes.Equal(a.body, wanted(t, i)) {
		t.Errorf("picture %d: got other bytes than the picture's", i)
	}
	return a.StatusCode
}

// miss asks for a picture that nobody asked for before.
func (w *outageWorld) miss(t *testing.T) int {
	t.Helper()
	w.next++
	return w.ask(t, w.next-1)
}

func (w *outageWorld) run(t *testing.T, o outage, bucket string, road *road) {
	const hot = 3
	for range hot {
		if got := w.miss(t); got != http.StatusOK {
			t.Fatalf("before: got %d", got)
		}
	}
	end := sync.OnceFunc(o.begin(t, road))
	defer end()
	began := time.Now()
	w.inOutage(t, o, bucket)

	// By now what can be tried again has been: the rest is steady.
	before := road.sent.Load()
	const pictures = 30
	for range pictures {
		if got := w.miss(t); got != http.StatusOK && got != http.StatusBadGateway && got != http.StatusGatewayTimeout {
			t.Errorf("in steady failure: got %d", got)
		}
		if time.Since(began) > 15*time.Second { // each took its whole deadline: enough of them
			break
		}
	}
	asked := int64(w.next) - hot
	sent := road.sent.Load() - before
	if usual := map[string]int64{"originals": 1, "variants": 2}[bucket]; o.total && sent > usual*pictures*12/10 {
		t.Errorf("got %d requests for %d pictures, want at most 1.2 times the usual %d for each", sent, pictures, usual)
	}
	for i := range hot {
		if got := w.ask(t, i); got != http.StatusOK {
			t.Errorf("a hot picture: got %d", got)
		}
	}

	end()
	ended := time.Now()
	w.recovers(t, ended, bucket)
	t.Logf("%d pictures, %d requests for the last %d of them, well again after %v", asked, sent, pictures, time.Since(ended).Round(time.Millisecond))
	w.wantOnlyRightOnes(t)
}

// inOutage asks for several pictures at once, twice, while a hot one is asked for again and again.
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
				t.Errorf("a hot picture in the outage: got %d", got)
			}
		}
		wg.Wait()
	}
	if ready := w.get("/readyz"); ready.StatusCode != http.StatusOK {
		t.Errorf("got %s, want to stay ready: hot pictures can be served", ready.Status)
	} else if o.total && bucket == "originals" && !strings.Contains(string(ready.body), "degraded: "+bucket) {
		t.Errorf("got %q, want to be told of %s", ready.body, bucket)
	}
	if o.total && bucket == "originals" && w.metric(`imgorigin_breaker_open{bucket="originals"}`) != 1 {
		t.Error("the metrics don't show an open breaker")
	}
}

// recovers asks for new pictures until they come, and go to the store.
func (w *outageWorld) recovers(t *testing.T, ended time.Time, bucket string) {
	for {
		asked := time.Now()
		stored := w.metric(`imgorigin_sent_bytes_total{to="store"}`)
		got := w.miss(t)
		if got == http.StatusOK && w.metric(`imgorigin_sent_bytes_total{to="store"}`) > stored && w.metric(`imgorigin_breaker_open{bucket="`+bucket+`"}`) == 0 {
			return
		}
		if asked.Sub(ended) > 2*time.Second || w.next == outagePictures {
			t.Errorf("after the outage: got %d, %v later, and %q", got, asked.Sub(ended), w.get("/readyz").body)
			return
		}
		time.Sleep(50 * time.Millisecond) // a poll, whose end is above
	}
}

// wantOnlyRightOnes looks at all that was stored.
func (w *outageWorld) wantOnlyRightOnes(t *testing.T) {
	t.Helper()
	store := cache.NewS3(cache.S3Config{Client: w.direct, Bucket: "variants", Prefix: w.prefix})
	found := 0
	for i := range w.next {
		v, err := store.Get(t.Context(), cache.Key{Original: w.key(i), Transform: "w=160.jpeg"})
		if err == nil && !bytes.Equal(v.Body, wanted(t, i)) {
			t.Errorf("picture %d: other bytes than the picture's are stored", i)
		}
		if err == nil {
			found++
		}
	}
	if found < 3 {
		t.Errorf("got %d variants in the store: does the test look in the right place?", found)
	}
}

func TestWhatIsAnOutage(t *testing.T) {
	_, missing := os.Open(path.Join(t.TempDir(), "no"))
	for _, test := range []struct {
		err  error
		want bool
	}{
		{missing, false},
		{&os.PathError{Op: "open", Err: os.ErrPermission}, false},
		{context.Canceled, false},
		{fmt.Errorf("get: %w", cache.ErrDamaged), false},
		{errPaused, false},
		{context.DeadlineExceeded, true},
		{&url.Error{Op: "Get", Err: io.EOF}, true},
		{fmt.Errorf("get: %w", &net.OpError{Op: "read", Err: errors.New("reset")}), true},
		{io.ErrUnexpectedEOF, true},
	} {
		if got := isOutage(test.err); got != test.want {
			t.Errorf("%v: got %v", test.err, got)
		}
	}
}

// Strangers who ask for what they may not have, or what is not there, close no bucket.
func TestRefusalsAreNoOutage(t *testing.T) {
	fake := cachetest.NewS3(t)
	fake.CreateBucket("photos")
	fake.PutObject("photos", "cat.jpg", photo(200, 100, 1))
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/secret.jpg") {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	o := start(t, Config{Originals: S3Originals{Client: fake.Client(), Bucket: "photos"}})
	for range 2 * breakerFailures {
		o.get("/img/secret.jpg?w=160").want(t, http.StatusBadGateway, 0, 0)
		o.get("/img/gone.jpg?w=160").want(t, http.StatusNotFound, 0, 0)
	}
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
}
