package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestMain lets the test's own binary be the program, for tests that need a process.
func TestMain(m *testing.M) {
	isWorker := len(os.Args) == 2 && os.Args[1] == "decode" // which has no environment
	if os.Getenv("IMGORIGIN_TEST_AS_MAIN") != "" || isWorker {
		main()
		return
	}
	os.Exit(m.Run())
}

// output is where a program under test writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await returns the first group of a pattern, once it is in the output.
func (o *output) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for range 3000 {
		if found := re.FindStringSubmatch(o.String()); found != nil {
			return found[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not come: %s", pattern, o)
	return ""
}

// program runs a command of the program within the test until the test ends, and returns its address.
func program(t *testing.T, args ...string) (address string, stop func() error) {
	t.Helper()
	return programAt(t, "127.0.0.1:0", args...)
}

func programAt(t *testing.T, listen string, args ...string) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out output
	ended := make(chan error, 1)
	if args[0] == "serve" {
		args = append(args, "--admin-listen", "127.0.0.1:0")
	}
	go func() { ended <- run(ctx, append(args, "--listen", listen), os.Getenv, &out) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	})
	pattern := `"addr":"([^"]+)"`
	if args[0] == "dev" {
		pattern = `on http://([^/]+)/`
	}
	return "http://" + out.await(t, pattern), stop
}

func get(t *testing.T, address string) (*http.Response, []byte) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func wantSize(t *testing.T, address string, width, height int) *http.Response {
	t.Helper()
	response, body := get(t, address)
	m, _, err := image.DecodeConfig(bytes.NewReader(body))
	if response.StatusCode != 200 || err != nil || m.Width != width || m.Height != height {
		t.Errorf("%s: got %s, %d×%d, %v, want %d×%d", address, response.Status, m.Width, m.Height, err, width, height)
	}
	return response
}

func TestDevSamples(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	wantSize(t, address+"/img/lighthouse.jpg?w=300", 300, 400)
	wantSize(t, address+"/img/mountains.jpg?w=480", 480, 320)
	wantSize(t, address+"/img/orbit.gif?w=160", 160, 160)
	wantSize(t, address+"/img/badge.png?w=100&blur=2", 100, 100)
}

// A folder's pictures are served, a change shows at once, and the next process finds what this one made.
func TestDevFolder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	pictures := t.TempDir()
	write := func(name string, w, h int) {
		t.Helper()
		name = filepath.Join(pictures, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, resizetest.JPEG(resizetest.Photo(w, h), 80), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("holiday/a cat.jpg", 400, 300)
	address, stop := program(t, "dev", pictures)
	cat := address + "/img/holiday/a%20cat.jpg?w=333"
	wantSize(t, cat, 333, 250)
	write("holiday/a cat.jpg", 300, 400)
	wantSize(t, cat, 300, 400)
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	address, _ = program(t, "dev", pictures)
	cat = address + "/img/holiday/a%20cat.jpg?w=333"
	if got := wantSize(t, cat, 300, 400).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("after a restart: got Cache-Status %q", got)
	}
	if err := os.Remove(filepath.Join(pictures, "holiday/a cat.jpg")); err != nil {
		t.Fatal(err)
	}
	if response, _ := get(t, cat); response.StatusCode != 404 {
		t.Errorf("after its deletion: got %s, want 404", response.Status)
	}
}

func TestServeFolders(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(800, 600), 80), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := program(t, "serve", "--originals", originals, "--variants", variants, "--sign-keys", "k1,k2", "--max-age", "1h")
	response := wantSize(t, address+"/img/cat.jpg?w=333", 480, 360)
	if got := response.Header.Get("Cache-Control"); got != "public, max-age=3600, stale-while-revalidate=604800" {
		t.Errorf("got Cache-Control %q", got)
	}
	signed := runOutput(t, "sign", "--sign-keys", "k2", "--for", "1h", address+"/img/cat.jpg?w=333&blur=2")
	wantSize(t, strings.TrimSpace(signed), 333, 250)
	if response, _ := get(t, strings.TrimSpace(signed)+"x"); response.StatusCode != 403 {
		t.Errorf("forged: got %s, want 403", response.Status)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if got := runOutput(t, "health", "--listen", u.Host); got != "healthy\n" {
		t.Errorf("health: got %q", got)
	}
}

func runOutput(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, func(string) string { return "" }, &out); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

func TestVersion(t *testing.T) {
	if got := runOutput(t, "version"); !strings.Contains(got, "\nwrites jpeg png gif") {
		t.Errorf("got %s", got)
	}
}

func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	none := map[string]string{}
	tests := []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"serve"}, none, "--originals"},
		{[]string{"serve", "--originals", dir, "--variants", dir}, none, "overlap"},
		{[]string{"serve", "--originals", dir, "--variants", filepath.Join(dir, "v")}, none, "overlap"},
		{[]string{"serve", "--originals", "s3://a/x", "--variants", "s3://a"}, none, "overlap"},
		{[]string{"serve", "--originals", "gs://a", "--variants", "none"}, none, "s3://bucket/prefix or a folder"},
		{[]string{"serve", "--originals", "s3://", "--variants", "none"}, none, "no bucket"},
		{[]string{"serve", "--originals", filepath.Join(dir, "no"), "--variants", "none"}, none, "no such file"},
		{[]string{"serve", "--originals", "none", "--variants", "none"}, none, "originals"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--revalidate", "-1s"}, none, "--revalidate"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--memory", "much"}, none, "--memory"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_WIDTHS": "9999"}, "widths"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_RATIOS": "wide"}, "--ratios"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--listen", "nowhere:1:2"}, none, "listen"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "nowhere:1:2"}, none, "--admin-listen"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--sign-keys", ",k"}, none, "anybody could sign"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--origin-secret", "a,,b"}, none, "everybody knows"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--origin-secret="}, none, "no origin secret"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--trusted-proxies", "10.0.0.0/99"}, none, "--trusted-proxies"},
		{[]string{"sign", "--sign-keys", "k", "/cat.jpg"}, none, "/img/"},
		{[]string{"sign", "--sign-keys", ",k", "/img/cat.jpg"}, none, "anybody could sign"},
		{[]string{"dev", filepath.Join(dir, "no")}, none, "no such file"},
		{[]string{"health", "--listen", "127.0.0.1:1"}, none, "refused"},
	}
	for _, test := range tests {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want …%s…", test.args, err, test.want)
		}
	}
}

func TestEdge(t *testing.T) {
	if got := runOutput(t, "edge"); !strings.Contains(got, "async function handler") && !strings.Contains(got, "function handler") || len(got) > 10<<10 {
		t.Errorf("got %d bytes: %.200s", len(got), got)
	}
	got := runOutput(t, "edge", "--formats", "jpeg,webp", "--test-url", "https://x.cloudfront.net/img/a%20b.jpg?w=400&q=80&utm=1")
	if got != "/v/a%20b.jpg/w=480,q=75.webp\n" {
		t.Errorf("got %s", got)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"edge", "--test-url", "/img/a.jpg?w=abc"}, func(string) string { return "" }, &out)
	if !errors.Is(err, exitCode(1)) || !strings.Contains(out.String(), "400 w: got") {
		t.Errorf("got %v, %s", err, &out)
	}
}

// The whole pipeline on folders: an event makes the common sizes, another forgets them, and what is no picture is
// set aside.
func TestEventsOnFolders(t *testing.T) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(800, 600), 80)
	for name, body := range map[string][]byte{"cat.jpg": photo, "bad.jpg": photo[:len(photo)/2]} {
		if err := os.WriteFile(filepath.Join(originals, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address, _ := program(t, "serve", "--originals", originals, "--variants", variants, "--quarantine", quarantine,
		"--hook-token", "secret", "--revalidate", "never", "--siblings", "0", "--warm", "w=160,320&fm=auto,png")
	send := func(token, name, key string, want int) {
		t.Helper()
		body := fmt.Sprintf(`{"Records":[{"eventName":%q,"s3":{"bucket":{"name":"any"},"object":{"key":%q,"sequencer":"0A"}}}]}`, name, key)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/hooks/s3", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s of %s: got %s, want %d", name, key, response.Status, want)
		}
	}
	await := func(what string, isSo func() bool) {
		t.Helper()
		for range 500 {
			if isSo() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s: it does not come about", what)
	}
	send("wrong", "ObjectCreated:Put", "cat.jpg", 401)
	send("secret", "ObjectCreated:Put", "cat.jpg", 202)
	send("secret", "ObjectCreated:Put", "bad.jpg", 202)
	await("four variants", func() bool { return countFiles(t, variants) == 4 })
	await("the bad one set aside, with its case", func() bool { return countFiles(t, quarantine) == 2 })
	if got := wantSize(t, address+"/img/cat.jpg?w=320", 320, 240).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("a warm size: got Cache-Status %q", got)
	}
	if response, _ := get(t, address+"/img/bad.jpg?w=320"); response.StatusCode != 422 {
		t.Errorf("the bad one: got %s, want 422", response.Status)
	}
	if err := os.Remove(filepath.Join(originals, "cat.jpg")); err != nil {
		t.Fatal(err)
	}
	send("secret", "ObjectRemoved:Delete", "cat.jpg", 202)
	await("all forgotten", func() bool { return countFiles(t, variants) == 0 })
	if response, _ := get(t, address+"/img/cat.jpg?w=320"); response.StatusCode != 404 {
		t.Errorf("the deleted one: got %s, want 404", response.Status)
	}
}

func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// By hand: warm what is there, say so as JSON, drop it, and bring a repaired original back.
func TestWarmDropRedrive(t *testing.T) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(400, 300), 80)
	write := func(name string, body []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(originals, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		write(fmt.Sprintf("%d.jpg", i), photo)
	}
	write("bad.jpg", []byte("no picture"))
	places := []string{"--originals", originals, "--variants", variants, "--quarantine", quarantine, "--warm", "w=160,320&fm=auto"}
	command := func(want error, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append(args, places...), func(string) string { return "" }, &out); !errors.Is(err, want) {
			t.Errorf("%v: got %v, want %v: %s", args, err, want, &out)
		}
		return out.String()
	}
	if got := command(exitCode(1), "warm"); !strings.Contains(got, `"done":5,`) || !strings.Contains(got, `"failed":1,`) || countFiles(t, variants) != 10 {
		t.Errorf("warm: got %s and %d files", got, countFiles(t, variants))
	}
	if got := command(nil, "warm", "0.jpg"); got != "0.jpg: 0 made, 2 there\n" {
		t.Errorf("again: got %s", got)
	}
	if command(nil, "drop", "0.jpg", "1.jpg"); countFiles(t, variants) != 6 {
		t.Errorf("drop: got %d files, want 6", countFiles(t, variants))
	}
	write("bad.jpg", photo)
	if got := command(nil, "redrive"); !strings.Contains(got, `"back":1,`) || countFiles(t, variants) != 8 {
		t.Errorf("redrive: got %s and %d files", got, countFiles(t, variants))
	}
}

func TestHelp(t *testing.T) {
	got := runOutput(t, "serve", "--help")
	for _, want := range []string{"--originals=PLACE", "($IMGORIGIN_ORIGINALS)", "--gate-memory", "IMGORIGIN_SIGN_KEYS"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %s in %s", want, got)
		}
	}
}

// process runs the program in a process of its own.
func process(t *testing.T, env []string, args ...string) (*exec.Cmd, *output) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(executable, args...)
	command.Env = append(append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1"), env...)
	out := new(output)
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	return command, out
}

// 64 sizes of one picture of 24 megapixels at once: answers or 503s, in less than twice the budget.
func TestMemoryStaysBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("what the race detector adds is not what is measured")
	}
	const budget = 512 << 20
	originals := t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(6000, 4000), 85), 0o600); err != nil {
		t.Fatal(err)
	}
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none", "--exact",
		"--memory", "64MiB", "--gate-memory", "448MiB", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[string]int)
	for i := range 64 {
		wg.Go(func() {
			response, err := http.Get(fmt.Sprintf("%s/img/cat.jpg?w=%d", address, 200+i*25))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				statuses[err.Error()]++
				return
			}
			defer response.Body.Close()
			io.Copy(io.Discard, response.Body)
			statuses[response.Status+response.Header.Get("Retry-After")]++
		})
	}
	wg.Wait()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v: %s", err, out)
	}
	for status := range statuses {
		if status != "200 OK" && status != "503 Service Unavailable2" {
			t.Errorf("got statuses %v", statuses)
		}
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no usage on this system")
	}
	peak := usage.Maxrss << 10 // Linux counts kilobytes
	t.Logf("%v, peak %d MiB, CPU %v", statuses, peak>>20, command.ProcessState.UserTime())
	if peak > 2*budget {
		t.Errorf("got a peak of %d MiB, want less than %d", peak>>20, 2*budget>>20)
	}
	if statuses["200 OK"] == 0 {
		t.Errorf("got statuses %v: nobody was answered", statuses)
	}
}

// SIGTERM lets what is in flight be answered, and nothing new in.
func TestDrain(t *testing.T) {
	originals := t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(4000, 3000), 85), 0o600); err != nil {
		t.Fatal(err)
	}
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	admin := "http://" + out.await(t, `"admin":"([^"]+)"`)
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get(address + "/img/cat.jpg?w=1080")
		if err == nil {
			defer response.Body.Close()
			if _, err = io.Copy(io.Discard, response.Body); response.StatusCode != 200 {
				err = errors.New(response.Status)
			}
		}
		answered <- err
	}()
	for !decoding(t, admin) {
		time.Sleep(time.Millisecond)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("in flight at SIGTERM: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("exit: %v: %s", err, out)
	}
	if _, err := http.Get(address + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func decoding(t *testing.T, admin string) bool {
	t.Helper()
	_, body := get(t, admin+"/metrics")
	return strings.Contains(string(body), "\nimgorigin_decodes_total 1\n")
}
