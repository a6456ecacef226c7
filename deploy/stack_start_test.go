package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/resize"
)

// A wholeStack is the service and nginx as its CDN, with buckets on a real S3 server.
type wholeStack struct {
	owner *testing.T // the processes are stopped when this test ends

	endpoint, originals, variants string

	s3      *s3.Client
	binary  string
	addr    string
	service *process
	cdn     *cdn
	api     *invalidations
	webp    bool   // the binary writes WebP
	purge   string // how the service invalidates: paths or tags
	escape  bool   // paths need no percent-encoding
}

const (
	stackKey   = "a key of signed URLs"
	stackToken = "a token of the webhook"
)

func newWholeStack(t *testing.T) *wholeStack {
	t.Helper()
	s := &wholeStack{
		owner: t, endpoint: os.Getenv("IMGORIGIN_TEST_S3"), addr: freeAddr(t),
		purge:  "paths",
		binary: filepath.Join(t.TempDir(), "imgorigin"),
	}
	s.s3, s.originals, s.variants = buckets(t, s.endpoint)
	s.api = newInvalidations(t)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.binary, "../cmd/imgorigin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	s.put(t, "probe.jpg", color.RGBA{1, 2, 3, 255})
	s.start(t)
	r, _ := get(t, "http://"+s.addr+"/img/probe.jpg?w=160&fm=webp", "")
	s.webp = r.StatusCode == http.StatusOK
	s.startCDN(t)
	return s
}

// startCDN runs nginx with the edge function, which agrees with the service.
func (s *wholeStack) startCDN(t *testing.T) {
	t.Helper()
	code, err := EdgeFunction(EdgeConfig{Signing: SignAllowed, EscapePaths: s.escape, Encodes: func(f resize.Format) bool {
		return portable(f) || f == resize.WebP && s.webp
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.cdn = newCDN(s.owner, code, stackKey, s.endpoint+"/"+s.variants, "http://"+s.addr)
	s.api.setCDN(s.cdn)
}

// start runs the service, and waits until it is ready.
func (s *wholeStack) start(t *testing.T) {
	t.Helper()
	s.service = run(s.owner, []string{
		"AWS_ENDPOINT_URL_S3=" + s.endpoint, "AWS_ENDPOINT_URL_CLOUDFRONT=" + s.api.URL, "AWS_REGION=us-east-1",
		"IMGORIGIN_DISTRIBUTION=" + distribution, "IMGORIGIN_PURGE=" + s.purge,
		"IMGORIGIN_LISTEN=" + s.addr, "IMGORIGIN_ADMIN_LISTEN=none",
		"IMGORIGIN_ORIGINALS=s3://" + s.originals, "IMGORIGIN_VARIANTS=s3://" + s.variants + "/v",
		"IMGORIGIN_SIGN_KEYS=" + stackKey, "IMGORIGIN_REVALIDATE=0s", "IMGORIGIN_HOOK_TOKEN=" + stackToken,
		"IMGORIGIN_ESCAPE_PATHS=" + fmt.Sprint(s.escape), "IMGORIGIN_SIBLINGS=0", // so that only requested variants are stored
	}, s.binary, "serve")
	await(t, "http://"+s.addr+"/readyz", http.StatusOK)
}

// put stores an original of a color.
func (s *wholeStack) put(t *testing.T, key string, c color.RGBA) {
	t.Helper()
	body := bytes.NewReader(photo(t, c))
	_, err := s.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &s.originals, Key: &key, Body: body})
	if err != nil {
		t.Fatal(err)
	}
}

// stored lists the names of an original's variants.
func (s *wholeStack) stored(t *testing.T, key string) (names []string) {
	t.Helper()
	prefix := "v/" + key + "/"
	out, err := s.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &s.variants, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out.Contents {
		names = append(names, strings.TrimPrefix(*o.Key, prefix))
	}
	return names
}

// kept returns an object of the variants bucket, or nil if there is none.
func (s *wholeStack) kept(t *testing.T, name string) []byte {
	t.Helper()
	out, err := s.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &s.variants, Key: &name})
	if _, gone := errors.AsType[*types.NoSuchKey](err); gone {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// wantReached checks how many requests for an original have reached the service, which logs them. A busy service writes the lines
// of the last ones up to 100 ms later, and on a busy machine that takes longer.
func (s *wholeStack) wantReached(t *testing.T, key string, want int) {
	t.Helper()
	for ctx := within(t, patience); s.logged(key) < want && ctx.Err() == nil; {
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond) // for lines that are too many
	if n := s.logged(key); n != want {
		t.Errorf("got %d requests for %s at the service, want %d", n, key, want)
	}
}

// logged returns the number of requests for an original that the service has logged.
func (s *wholeStack) logged(key string) (n int) {
	for line := range strings.Lines(s.service.output()) {
		var entry struct{ Msg, Original string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "request" && entry.Original == key {
			n++
		}
	}
	return n
}

// notify sends the service the event of a new original, as S3 would.
func (s *wholeStack) notify(t *testing.T, key string) {
	t.Helper()
	body := fmt.Sprintf(`{"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
		"s3": {"bucket": {"name": %q}, "object": {"key": %q, "sequencer": "%016X"}}}]}`,
		s.originals, url.QueryEscape(key), time.Now().UnixNano())
	hook := "http://" + s.addr + "/hooks/s3"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hook, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+stackToken)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("POST /hooks/s3: %s", response.Status)
	}
}
