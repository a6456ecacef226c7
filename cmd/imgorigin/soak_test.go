package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSoak loads the program for the duration in IMGORIGIN_TEST_SOAK, without which it is skipped. It requests new
// variants at twice the rate at which the program can make them, without waiting for answers (an open loop), beside them
// hot variants, and a twentieth of hostile requests. .ci/soak is the long form.
//
// The latency of hot variants is compared with that of a second process which has nothing else to do at the same time,
// so that the load of the machine affects both alike.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("IMGORIGIN_TEST_SOAK"))
	if err != nil {
		t.Skip("IMGORIGIN_TEST_SOAK is no duration")
	}
	originals := soakOriginals(t)
	s, idle := newSoak(t, originals), newSoak(t, originals)
	s.warmUp(t)
	idle.warmUp(t)
	alone := s.hotAlone()
	capacity := s.capacity(5 * time.Second)
	t.Logf("alone: hot p99 %v; %.1f new variants per second", alone, capacity)
	s.settle(t)
	goroutines, files := s.gauge(t, "go_goroutines"), s.gauge(t, "process_open_fds")

	var wg sync.WaitGroup
	wg.Go(func() { idle.at(soakHotRate, length, idle.hot) })
	memory := s.load(t, length, 2*capacity)
	wg.Wait()
	s.judge(t, usualP99(idle.took["hot"]))
	slope, doubt, mean := slopeOf(memory[len(memory)/2:])
	t.Logf("memory: %.0f MiB in the second half, growing by %.2f ± %.2f MiB per minute", mean/(1<<20), slope*60/(1<<20), doubt*60/(1<<20))
	// In a short test the garbage collector makes a difference, hence the 16 MiB.
	if grown := (slope - 3*doubt) * length.Seconds() / 2; grown > 0.1*mean+(16<<20) {
		t.Errorf("memory grew by %.0f MiB at least in the second half, of %.0f", grown/(1<<20), mean/(1<<20))
	}
	s.settle(t)
	if now := s.gauge(t, "go_goroutines"); now > goroutines+10 {
		t.Errorf("got %v goroutines at the end, %v before", now, goroutines)
	}
	if now := s.gauge(t, "process_open_fds"); now > files+5 {
		t.Errorf("got %v open files at the end, %v before", now, files)
	}
}

const (
	soakImages   = 24
	soakHot      = 12
	soakHotRate  = 100 // per second
	soakDeadline = 10 * time.Second
	soakWait     = 2 * time.Second
)

// A soak is a program under load, and the results of the requests.
type soak struct {
	address, admin string
	client         *http.Client
	known          [soakHot]atomic.Pointer[[]byte] // the bytes of hot variants
	requested      atomic.Int64                    // new variants, each different

	mu      sync.Mutex
	took    map[string][]time.Duration // by the outcome of the request
	wrong   []string
	compare atomic.Int64 // images whose pixels were compared
}

func soakOriginals(t *testing.T) (folder string) {
	originals := t.TempDir()
	for i := range soakImages {
		writeFile(t, filepath.Join(originals, fmt.Sprintf("%d.jpg", i)), soakPhoto(i))
	}
	writeFile(t, filepath.Join(originals, "broken.jpg"), soakPhoto(0)[:5000])
	writeFile(t, filepath.Join(originals, "page.jpg"), []byte("<html><script>alert(1)</script>"))
	writeFile(t, filepath.Join(originals, "drawing.jpg"), []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	return originals
}

func newSoak(t *testing.T, originals string) *soak {
	// The load comes from the same machine, but is not what is tested, so the program runs at a lower priority.
	address, admin := freePort(t), freePort(t)
	// Its cache is full long before the second half, in which nothing may grow.
	niceProcess(t, "serve", "--originals", originals, "--variants", "none", "--exact", "--revalidate", "1s",
		"--memory", "8MiB", "--gate-memory", "256MiB", "--gate-wait", soakWait.String(), "--fill-timeout", soakDeadline.String(),
		"--fills-per-original", "0", "--log-level", "error", "--listen", address, "--admin-listen", admin)
	eventually(t, "the server answers", func() bool {
		return run(t.Context(), []string{"health", "--listen", address}, os.Getenv, io.Discard) == nil
	})
	return &soak{
		address: "http://" + address, admin: "http://" + admin, took: make(map[string][]time.Duration),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true}},
	}
}

// soakColor returns the colour of an original at a point, 0…1 each way.
func soakColor(original int, x, y float64) color.RGBA {
	return color.RGBA{uint8(255 * x), uint8(255 * y), uint8(original * 255 / soakImages), 255}
}

func soakPhoto(original int) []byte {
	const w, h = 1800, 1200
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, soakColor(original, (float64(x)+.5)/w, (float64(y)+.5)/h))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// warmUp requests the hot variants for the first time.
func (s *soak) warmUp(t *testing.T) {
	for i := range soakHot {
		s.hot(i)
	}
	if len(s.took["hot"]) != soakHot {
		t.Fatalf("hot variants: got %v", s.wrong)
	}
	s.took = make(map[string][]time.Duration)
}

// hotAlone returns the 99th percentile of the latency of hot variants without other requests.
func (s *soak) hotAlone() time.Duration {
	s.took = make(map[string][]time.Duration)
	s.at(soakHotRate, 3*time.Second, s.hot)
	alone := usualP99(s.took["hot"])
	s.took = make(map[string][]time.Duration)
	return alone
}

// capacity returns how many new variants per second can be made.
func (s *soak) capacity(length time.Duration) float64 {
	end := time.Now().Add(length)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(end) {
				s.miss()
			}
		})
	}
	wg.Wait()
	made := len(s.took["made"])
	s.took = make(map[string][]time.Duration)
	return float64(made) / length.Seconds()
}

// load sends the load. It returns the memory of the process, once per second.
func (s *soak) load(t *testing.T, length time.Duration, misses float64) (memory []float64) {
	var wg sync.WaitGroup
	hostile := (misses + soakHotRate) / 19
	wg.Go(func() { s.at(misses, length, func(int) { s.miss() }) })
	wg.Go(func() { s.at(soakHotRate, length, s.hot) })
	wg.Go(func() { s.at(hostile, length, s.hostile) })
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(time.Second) {
		memory = append(memory, s.gauge(t, "process_resident_memory_bytes"))
	}
	wg.Wait()
	return memory
}

// at calls f at a rate per second, whether or not earlier calls have returned, and waits for all of them.
func (s *soak) at(rate float64, length time.Duration, f func(n int)) {
	var wg sync.WaitGroup
	began := time.Now()
	for n := range int(rate * length.Seconds()) {
		time.Sleep(time.Until(began.Add(time.Duration(float64(n) / rate * float64(time.Second)))))
		wg.Go(func() { f(n) })
	}
	wg.Wait()
}

// request sends a request, and counts it under the outcome that judge returns.
func (s *soak) request(method, path string, judge func(r *http.Response, body []byte) (outcome string)) {
	request, err := http.NewRequestWithContext(context.Background(), method, s.address+path, nil)
	if err != nil {
		panic(err)
	}
	began := time.Now()
	response, err := s.client.Do(request)
	if err != nil {
		s.count("error: "+err.Error(), time.Since(began))
		return
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	took := time.Since(began)
	if err != nil {
		s.count("error: "+err.Error(), took)
		return
	}
	s.count(judge(response, body), took)
}

func (s *soak) count(outcome string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[outcome] = append(s.took[outcome], took)
}

func (s *soak) isWrong(format string, args ...any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
	return "wrong"
}

func (s *soak) hot(n int) {
	i := n % soakHot
	s.request(http.MethodGet, fmt.Sprintf("/img/%d.jpg?w=400&h=250&fit=cover&fm=jpeg", i), func(r *http.Response, body []byte) string {
		if r.StatusCode != http.StatusOK {
			return s.isWrong("hot variant %d: %s", i, r.Status)
		}
		if known := s.known[i].Load(); known != nil && bytes.Equal(*known, body) {
			return "hot"
		}
		if wrong := s.check(i, 400, 250, "jpeg", body); wrong != "" {
			return wrong
		}
		s.known[i].Store(&body)
		return "hot"
	})
}

// miss requests a variant that was not requested before.
func (s *soak) miss() {
	n := int(s.requested.Add(1))
	i, width, format := n%soakImages, 200+n/soakImages%400, []string{"jpeg", "png"}[n/7%2]
	quality := 40 + n/soakImages/400%60
	path := fmt.Sprintf("/img/%d.jpg?w=%d&h=%d&fit=fill&q=%d&fm=%s", i, width, width/2, quality, format)
	s.request(http.MethodGet, path, func(r *http.Response, body []byte) string {
		mayRetry := r.Header.Get("Retry-After") != "" && r.Header.Get("Cache-Control") == "no-store"
		switch {
		case r.StatusCode == http.StatusServiceUnavailable && mayRetry:
			return "refused"
		case r.StatusCode != http.StatusOK:
			return s.isWrong("new variant: %s: %.100s", r.Status, body)
		}
		return cmp.Or(s.check(i, width, width/2, format, body), "made")
	})
}

// check decodes a variant, and checks its format and size, and those of one in five for their pixels. It returns "" or
// the outcome of a wrong variant.
func (s *soak) check(i, width, height int, format string, body []byte) (wrong string) {
	m, got, err := image.Decode(bytes.NewReader(body))
	if err != nil || got != format || m.Bounds().Dx() != width || m.Bounds().Dy() != height {
		return s.isWrong("variant of %d: got %s, %v, want %s of %d×%d", i, got, err, format, width, height)
	}
	if rand.IntN(5) != 0 {
		return ""
	}
	s.compare.Add(1)
	var sum float64
	const points = 200
	for range points {
		x, y := rand.IntN(width), rand.IntN(height)
		u, v := (float64(x)+.5)/float64(width), (float64(y)+.5)/float64(height)
		if height*8 == width*5 { // hot variants are cropped from 3:2
			v = .5 + (v-.5)*15/16
		}
		want := soakColor(i, u, v)
		r, g, b, _ := m.At(x, y).RGBA()
		sum += math.Abs(float64(r>>8)-float64(want.R)) + math.Abs(float64(g>>8)-float64(want.G)) + math.Abs(float64(b>>8)-float64(want.B))
	}
	if mean := sum / points / 3; mean > 4 {
		return s.isWrong("variant of %d, %d wide: its pixels are off by %.1f", i, width, mean)
	}
	return ""
}

var hostileRequests = []struct{ method, path, want string }{
	{"GET", "/img/0.jpg?w=abc", "400"}, {"GET", "/img/0.jpg?w=1&w=2", "400"}, {"GET", "/img/0.jpg?w=99999999999999999999", "400"},
	{"GET", "/img/%2e%2e/%2e%2e/etc/passwd?w=100", "400"}, {"GET", "/img/..%2f..%2fetc%2fpasswd", "400"}, {"GET", "/img/%00.jpg", "400"},
	{"GET", "/img/%ff%fe.jpg", "400"}, {"GET", "/img/none.jpg?w=100", "404"}, {"GET", "/img/broken.jpg?w=300", "422"},
	{"GET", "/img/page.jpg?w=100", "415"}, {"GET", "/img/drawing.jpg?w=100", "415"}, {"GET", "/img/0.jpg?w=100&s=AAAA", "403"},
	{"GET", "/v/0.jpg/w=1,w=2.webp", "400"}, {"GET", "/v/0.jpg", "400"}, {"POST", "/img/0.jpg", "405"}, {"GET", "/metrics", "404"},
	{"GET", "/debug/pprof/", "404"}, {"GET", "/img/" + strings.Repeat("a/", 3000), "400"}, {"GET", "/img/0.jpg?rect=9999,9999,1,1", "400"},
	{"DELETE", "/v/0.jpg/w=160.webp", "405"}, {"GET", "/img/0.jpg?" + strings.Repeat("x=y&", 5000), "200"},
	{"GET", "/img/0.jpg?blur=1e308", "400"}, {"GET", "/img/0.jpg?dpr=NaN", "400"}, {"GET", "/img/0.jpg?q=-1", "400"},
}

func (s *soak) hostile(n int) {
	hostile := hostileRequests[n%len(hostileRequests)]
	s.request(hostile.method, hostile.path, func(r *http.Response, body []byte) string {
		if got := strconv.Itoa(r.StatusCode); !regexp.MustCompile("^(" + hostile.want + "|503)$").MatchString(got) {
			return s.isWrong("%s %.60s: got %s, want %s", hostile.method, hostile.path, got, hostile.want)
		}
		return "hostile"
	})
}

// judge compares the outcomes of the requests with what the server promises.
func (s *soak) judge(t *testing.T, unloaded time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, outcome := range slices.Sorted(maps.Keys(s.took)) {
		took := s.took[outcome]
		t.Logf("%-8s %6d: p50 %v, p99 %v, longest %v", outcome, len(took),
			percentile(took, 50), percentile(took, 99), percentile(took, 100))
		if strings.HasPrefix(outcome, "error") {
			t.Errorf("%d × %s", len(took), outcome)
		}
	}
	for _, wrong := range s.wrong[:min(len(s.wrong), 20)] {
		t.Error(wrong)
	}
	t.Logf("hot p99: %v, %v in the process without other work", usualP99(s.took["hot"]), unloaded)
	t.Logf("%d wrong answers; the pixels of %d were compared", len(s.wrong), s.compare.Load())
	if loaded := usualP99(s.took["hot"]); loaded > 3*unloaded {
		t.Errorf("hot variants: got a p99 of %v, want at most 3 times %v", loaded, unloaded)
	}
	if longest := percentile(s.took["made"], 100); longest > soakDeadline {
		t.Errorf("new variants: the last came after %v, want %v at most", longest, soakDeadline)
	}
	if at95 := percentile(s.took["refused"], 95); at95 > max(soakWait/8, 4*unloaded) {
		t.Errorf("refusals took %v, want them at once, not after a wait", at95)
	}
	for _, outcome := range []string{"hot", "made", "refused", "hostile"} {
		if len(s.took[outcome]) == 0 {
			t.Errorf("no request was %s: was the load too low?", outcome)
		}
	}
}

// gauge returns a metric of the program.
func (s *soak) gauge(t *testing.T, name string) float64 {
	t.Helper()
	_, page := get(t, s.admin+"/metrics")
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(page)
	if found == nil {
		t.Fatalf("no %s in the metrics", name)
	}
	x, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// settle waits until the program has no work, and no connections but that of its metrics.
func (s *soak) settle(t *testing.T) {
	s.client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	last := math.Inf(1)
	for range 40 {
		now := s.gauge(t, "go_goroutines")
		if now >= last {
			return
		}
		last = now
		time.Sleep(250 * time.Millisecond)
	}
}

// niceProcess runs a process at a lower priority than the test.
func niceProcess(t *testing.T, args ...string) {
	t.Helper()
	command, _ := process(t, nil, args...)
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, command.Process.Pid, 5); err != nil {
		t.Log("priority not changed:", err)
	}
}
