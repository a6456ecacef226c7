package main

import (
	"bytes"
	"fmt"
	"image"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A pageCommand is a command line of a page.
type pageCommand struct {
	line   string
	serves string        // a pattern that its output matches once it serves; it is ended when those within are done
	within []pageCommand // to run while it serves
	says   string        // a pattern that its output matches
}

// pageCommands are the commands of all pages that can be run on any machine, in an order in which each finds what it
// needs.
var pageCommands = []pageCommand{
	{line: "go run ./cmd/imgorigin dev", serves: `on http://localhost:8080/\n`, within: []pageCommand{
		{line: "curl localhost:8080/info/lighthouse.jpg", says: `"blurHash": "`},
		{line: "curl 'localhost:8080/srcset/lighthouse.jpg?w=320,640,1080&sizes=50vw&alt=A+lighthouse'", says: `(?s)<img .*srcset=`},
		{line: "curl 'localhost:8080/img/lighthouse.jpg?fm=thumbhash'", says: `^[\w+/=]{20,}$`},
	}},
	{line: "go install ./cmd/imgorigin", says: "^$"},
	{line: "GOEXPERIMENT=simd go install ./cmd/imgorigin", says: "^$"},
	{line: "go run ./cmd/imgorigin dev ~/Pictures", serves: `on http://localhost:8080/\n`, within: []pageCommand{
		{line: "curl -o out.jpg 'http://localhost:8080/img/holiday/cat.jpg?w=480'"},
		{line: "/img/cat.jpg?w=480"},
		{line: "/img/cat.jpg?w=320&h=320&fit=cover&crop=smart"},
		{line: "/img/cat.jpg?w=400&dpr=2&q=60&fm=jpeg"},
		{line: "/img/logo.png?w=640&h=360&fit=contain"},
	}},
	{line: "imgorigin bench ~/Pictures", says: `SSIM`},
	{line: "imgorigin bench --curve --widths 320,800 ~/Pictures", says: `JPEG ÷ jpeg`},
	{line: "imgorigin plan --originals 1e7 --views 1e9 --uploads 5e5", says: `imgorigin on Lambda +\$`},
	{line: "imgorigin formats", says: `(?i)jpeg`},
	{line: `imgorigin sign --sign-keys "$KEY" --for 24h '/img/cat.jpg?w=333&blur=4'`,
		says: `^/img/cat.jpg\?blur=4&expires=\d+&w=333&s=[\w-]+\n$`},
	{line: `imgorigin sign --sign-keys "$KEY" --for 1h '/img/cat.jpg?raw=true'`, says: `^/img/cat.jpg\?expires=\d+&raw=true&s=[\w-]+\n$`},
	{line: `imgorigin sign --sign-keys "$KEY" --any-size '/img/cat.jpg?w=320&blur=4'`,
		says: `^/img/cat.jpg\?w=320&blur=4&any=w,h,dpr&s=[\w-]+\n$`},
	{line: "export IMGORIGIN_ORIGINALS=s3://my-photos IMGORIGIN_VARIANTS=s3://my-variants/v1"},
	{line: "imgorigin doctor", says: "Nothing is wrong"},
	{line: "imgorigin serve --listen :8080", serves: `"msg":"listening"`, within: []pageCommand{
		{line: "imgorigin doctor --live http://localhost:8080", says: "Nothing is wrong"},
	}},
	{line: `imgorigin serve --uploads --upload-tokens "$TOKEN"`, serves: `"msg":"listening"`, within: []pageCommand{
		{line: `curl -H "Authorization: Bearer $TOKEN" -d '{"type": "image/jpeg"}' http://localhost:8080/uploads`, says: `"fields":`},
	}},
	{line: `imgorigin serve --purge-tokens "$TOKEN"`, serves: `"msg":"listening"`, within: []pageCommand{
		{line: `curl -X PURGE -H "Authorization: Bearer $TOKEN" http://localhost:8080/img/cat.jpg`, says: `had no variants|dropped`},
	}},
	{line: "imgorigin serve --preset avatar='w=128&h=128&fit=cover&crop=smart' --preset faded='w=640&blur=12'",
		serves: `"msg":"listening"`, within: []pageCommand{{line: "/img/cat.jpg?preset=avatar"}}},
	{line: "imgorigin serve --dialect imgproxy --dialect-keys imgproxy=943b421c:520f986b", serves: `"msg":"listening"`},
	{line: "imgorigin explain --dialect thumbor '/unsafe/480x360/smart/cat.jpg'", says: `here +/img/cat.jpg\?w=480&h=360&fit=cover&crop=smart`},
	{line: `imgorigin serve --marks marks/ --sign-keys "$KEY" --preset web='w=1080&mark=marks/logo.png&mark-scale=20' --only-presets`,
		serves: `"msg":"listening"`},
	{line: "imgorigin serve --default-mark 'photos/=marks/logo.png&mark-align=bottom&mark-scale=20'", serves: `"msg":"listening"`},
	{line: "imgorigin presign --curl 2026/cat.jpg", says: "curl "},
	{line: "imgorigin edge > edge.js"},
	{line: "imgorigin edge --widths 320,640,1280 --formats jpeg,png,gif,webp > edge-function.js"},
	{line: "imgorigin edge --test-url '/img/cat.jpg?w=400'", says: `^/v/cat.jpg/w=480.(webp|avif)\n$`},
	{line: "export IMGORIGIN_ORIGINALS=s3://my-photos IMGORIGIN_VARIANTS=s3://my-variants/v1 IMGORIGIN_QUARANTINE=s3://my-quarantine"},
	{line: `imgorigin serve --queue "$QUEUE_URL"`, serves: `"msg":"consuming"`},
	{line: `imgorigin work --queue "$QUEUE_URL" --dead-letters "$DEAD_LETTERS_URL"`, serves: `"msg":"consuming"`},
	{line: "imgorigin warm --prefix 2026/", says: `"variants":6`},
	{line: "imgorigin sweep --dry-run", says: `"clean":`},
	{line: "imgorigin sweep --state s3://my-states/sweep.json", says: `"clean":`},
	{line: "imgorigin sweep --shard 2/4 --rate 100", says: `"clean":`},
	{line: "imgorigin drop 2026/cat.jpg", says: "2026/cat.jpg"},
	{line: "imgorigin warm --prefix 2026/ --state s3://my-states/warm.json", says: `"variants":6`},
	{line: "imgorigin drop --prefix 2026/", says: "^1 original"},
	{line: "imgorigin redrive", says: `"back":0`},
	{line: "imgorigin redrive --prefix 2026/", says: `"back":0`},
}

// notRun are patterns of commands that need more than this machine, or are run elsewhere.
var notRun = regexp.MustCompile(strings.Join([]string{
	`^(\w+=\$\()?aws `, `\$\(output `, // an AWS account
	`^docker `, ` docker compose `, // a Docker daemon
	`^(IMGORIGIN_TEST_.*)?go test`,                   // this test
	`^\.ci/`, `^npm install sharp && `, `^cfn-lint `, // steps of .ci/run
}, "|"))

// linesOf returns the lines of commands, and of those within them.
func linesOf(commands []pageCommand) (lines []string) {
	for _, c := range commands {
		lines = append(append(lines, c.line), linesOf(c.within)...)
	}
	return lines
}

// commandLine matches indented commands, and paths of images to request. Two spaces end them.
var commandLine = regexp.MustCompile(`(?m)^ {4,8}(?:\$ )?((?:[A-Z][A-Z0-9_]*=[^\s(]+ )*` +
	`(?:go (?:run|install|test)|imgorigin|curl|docker|npm|cfn-lint|export|(?:\w+=\$\()?aws|\.ci/|/img/)\S*(?: \S+)*)`)

// pageCommands are the commands of the pages.
func TestPageCommandsAreKnown(t *testing.T) {
	known := linesOf(pageCommands)
	var seen []string
	for name, text := range readPages(t) {
		text = strings.ReplaceAll(text, " \\\n", "")
		for _, found := range commandLine.FindAllStringSubmatch(text, -1) {
			line := found[1]
			if strings.HasSuffix(line, "s=…") { // the output of sign
				continue
			}
			if seen = append(seen, line); !slices.Contains(known, line) && !notRun.MatchString(line) {
				t.Errorf("%s has the command %q, which no test runs", name, line)
			}
		}
	}
	for _, line := range known {
		if !slices.Contains(seen, line) {
			t.Errorf("no page has the command %q", line)
		}
	}
}

// TestPageCommands runs the commands of the pages in the clean checkout that IMGORIGIN_TEST_CHECKOUT names, with a
// shell, as a reader does: the program is the one that go install builds. S3 and SQS are fakes. It is skipped without a
// checkout.
func TestPageCommands(t *testing.T) {
	checkout := os.Getenv("IMGORIGIN_TEST_CHECKOUT")
	if checkout == "" {
		t.Skip("IMGORIGIN_TEST_CHECKOUT names no folder")
	}
	r := newReader(t, checkout)
	for _, c := range pageCommands {
		r.run(t, c)
	}
	if m, _, err := image.DecodeConfig(bytes.NewReader(r.read(t, "out.jpg"))); err != nil || m.Width != 480 {
		t.Errorf("out.jpg: %d wide, %v", m.Width, err)
	}
	if code := r.read(t, "edge.js"); !bytes.Contains(code, []byte("const config=")) {
		t.Errorf("edge.js: %.100s", code)
	}
}

// A reader runs commands of the pages.
type reader struct {
	checkout string
	env      []string
}

func newReader(t *testing.T, checkout string) *reader {
	s3, queues := cachetest.NewS3(t), new(intaketest.SQS)
	for _, bucket := range []string{"my-photos", "my-variants", "my-quarantine", "my-states"} {
		s3.CreateBucket(bucket)
	}
	photo := resizetest.JPEG(resizetest.Photo(1000, 700), 80)
	for _, key := range []string{"cat.jpg", "2026/cat.jpg"} {
		s3.PutObject("my-photos", key, photo)
	}
	endpoint := queues.Serve(t)
	deadLetters := queues.Create("dead", time.Minute, "", 0)
	queue := queues.Create("events", time.Minute, "dead", 3)

	home := t.TempDir()
	for name, body := range map[string][]byte{
		"holiday/cat.jpg": photo, "cat.jpg": photo, "logo.png": resizetest.PNG(resizetest.Photo(900, 700)),
	} {
		path := filepath.Join(home, "Pictures", name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		writeFile(t, path, body)
	}
	r := &reader{checkout: checkout, env: append(os.Environ(),
		"HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"GOBIN="+filepath.Join(home, "bin"), "PATH="+filepath.Join(home, "bin")+":"+os.Getenv("PATH"),
		"KEY=secret", "TOKEN=token", "QUEUE_URL="+queue, "DEAD_LETTERS_URL="+deadLetters,
		"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_REGION=us-east-1",
		"AWS_ENDPOINT_URL_S3="+s3.URL, "AWS_ENDPOINT_URL_SQS="+endpoint, "AWS_ENDPOINT_URL=",
		"AWS_CONFIG_FILE="+filepath.Join(home, "none"),
	)}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} { // by default they are below HOME
		value, err := exec.Command("go", "env", name).Output()
		must(t, err)
		r.env = append(r.env, name+"="+strings.TrimSpace(string(value)))
	}
	return r
}

func (r *reader) read(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(r.checkout, name))
	must(t, err)
	return body
}

func (r *reader) run(t *testing.T, c pageCommand) {
	t.Helper()
	if settings, ok := strings.CutPrefix(c.line, "export "); ok {
		r.env = append(r.env, strings.Fields(settings)...)
		return
	}
	if strings.HasPrefix(c.line, "/img/") {
		response, err := http.Get("http://localhost:8080" + c.line)
		must(t, err)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: got %s", c.line, response.Status)
		}
		return
	}
	command, out, faults := exec.Command("bash", "-c", c.line), new(output), new(output)
	command.Dir, command.Env, command.Stdout, command.Stderr = r.checkout, r.env, out, faults
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a process group, as go run has a child
	must(t, command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	defer syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	if c.serves == "" {
		select {
		case err := <-ended:
			if err != nil || !regexp.MustCompile(c.says).MatchString(out.String()) {
				t.Errorf("%s: %v: got %s%s, want …%s…", c.line, err, out, faults, c.says)
			}
		case <-time.After(5 * time.Minute):
			t.Errorf("%s does not end: %s", c.line, out)
		}
		return
	}
	if !awaitOutput(out, c.serves, ended) {
		t.Errorf("%s: got %s%s, want …%s…", c.line, out, faults, c.serves)
		return
	}
	for _, inner := range c.within {
		r.run(t, inner)
	}
	must(t, syscall.Kill(-command.Process.Pid, syscall.SIGINT))
	select {
	case <-ended: // with an error: go run reports the signal
	case <-time.After(time.Minute):
		t.Errorf("%s does not end: %s", c.line, out)
	}
}

// awaitOutput waits until the output of a program matches a pattern, and reports whether it does. It gives up when the
// program ends.
func awaitOutput(out *output, pattern string, ended <-chan error) bool {
	re := regexp.MustCompile(pattern)
	for range 3000 {
		if re.MatchString(out.String()) {
			return true
		}
		select {
		case err := <-ended:
			fmt.Fprintf(out, "\n%v\n", err)
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
	return false
}
