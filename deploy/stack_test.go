package deploy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// The table again, in the nearest to CloudFront's own runtime that there is: njs, which that is said to come from.
func TestCDNRunsTheEdgeFunction(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CDN") == "" {
		t.Skip("IMGORIGIN_TEST_CDN is not set")
	}
	for _, name := range []string{"signing allowed", "portable", "another ladder"} {
		code, err := EdgeFunction(edges[name])
		if err != nil {
			t.Fatal(err)
		}
		keys := signKeys
		if edges[name].Signing == "" {
			keys = nil
		}
		service := newOrigin(t, edges[name], keys)
		c := newCDN(t, code, strings.Join(keys, ","), "http://127.0.0.1:1", "http://127.0.0.1:1")
		asked, refused := 0, 0
		seed := rand.Uint64()
		t.Logf("%s: seed %d", name, seed)
		vs := vectors(t)
		for r := rand.New(rand.NewPCG(seed, 1)); len(vs) < 3000; {
			vs = append(vs, randomVector(r))
		}
		for _, v := range vs {
			v.target = sign(v.target)
			got, ok := c.explain(t, v)
			if !ok {
				refused++ // by nginx, before the function sees it
				continue
			}
			asked++
			compare(t, v, got, service.ask(v.target, v.header()))
		}
		t.Logf("%d asked, %d refused by nginx", asked, refused)
		if asked < 2700 {
			t.Errorf("%d of %d vectors reached the function", asked, len(vs))
		}
	}
}

// explain asks what the function makes of a request, which goes over the wire as it is.
func (c *cdn) explain(t *testing.T, v vector) (a answer, ok bool) {
	t.Helper()
	conn, err := net.Dial("unix", filepath.Join(c.dir, "explain.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	_ = v.header().Write(&lines) // a buffer takes everything
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", v.target, lines.String())
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.200s: %v", v.target, err)
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusBadRequest {
		return answer{}, false
	}
	var said struct {
		Path, Signed, Body, ContentType, CacheFor string
		Status                                    int
	}
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil {
		t.Fatalf("%.200s: %s, %v\n%s", v.target, r.Status, err, c.nginx.output())
	}
	return answer{said.Path, said.Signed, said.Status, said.Body, said.ContentType, said.CacheFor}, true
}

// The real function in front of the real service and a real S3 server, end to end. Its parts go on from one another.
func TestCDNStack(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CDN") == "" || os.Getenv("IMGORIGIN_TEST_S3") == "" {
		t.Skip("IMGORIGIN_TEST_CDN or IMGORIGIN_TEST_S3 is not set")
	}
	s := newWholeStack(t)
	t.Run("first filled, then served by the bucket alone", s.testBucketServes)
	t.Run("many spellings, one object", s.testSpellings)
	t.Run("forty at once reach the service once", s.testCollapses)
	t.Run("Accept decides and never mixes", s.testAccept)
	t.Run("signed", s.testSigned)
	t.Run("refused at the edge", s.testRefused)
	t.Run("answers about pictures", s.testAnswers)
	t.Run("overwritten", s.testOverwritten)
}

type wholeStack struct {
	owner *testing.T // whose end ends the processes

	endpoint, originals, variants string

	s3      *s3.Client
	binary  string
	addr    string
	service *process
	cdn     *cdn
	api     *invalidations
	webp    bool // the binary writes it
}

const (
	stackKey   = "a key of signatures"
	stackToken = "a token of the webhook"
)

func newWholeStack(t *testing.T) *wholeStack {
	t.Helper()
	s := &wholeStack{owner: t, endpoint: os.Getenv("IMGORIGIN_TEST_S3"), addr: freeAddr(t), binary: filepath.Join(t.TempDir(), "imgorigin")}
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
	code, err := EdgeFunction(EdgeConfig{Signing: SignAllowed, Encodes: func(f resize.Format) bool {
		return portable(f) || f == resize.WebP && s.webp
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.cdn = newCDN(t, code, stackKey, s.endpoint+"/"+s.variants, "http://"+s.addr)
	s.api.serves(s.cdn)
	return s
}

func (s *wholeStack) start(t *testing.T) {
	t.Helper()
	s.service = run(s.owner, []string{
		"AWS_ENDPOINT_URL_S3=" + s.endpoint, "AWS_ENDPOINT_URL_CLOUDFRONT=" + s.api.URL, "AWS_REGION=us-east-1",
		"IMGORIGIN_DISTRIBUTION=" + distribution,
		"IMGORIGIN_LISTEN=" + s.addr, "IMGORIGIN_ADMIN_LISTEN=none", "IMGORIGIN_ORIGINALS=s3://" + s.originals, "IMGORIGIN_VARIANTS=s3://" + s.variants + "/v",
		"IMGORIGIN_SIGN_KEYS=" + stackKey, "IMGORIGIN_REVALIDATE=0s", "IMGORIGIN_HOOK_TOKEN=" + stackToken,
		"IMGORIGIN_SIBLINGS=0", // what is stored is what was asked for
	}, s.binary, "serve")
	await(t, "http://"+s.addr+"/readyz", http.StatusOK)
}

func (s *wholeStack) put(t *testing.T, key string, c color.RGBA) {
	t.Helper()
	_, err := s.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &s.originals, Key: &key, Body: bytes.NewReader(photo(t, c))})
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

// kept returns an object of the variants bucket, nil when there is none.
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

// reached counts the requests for an original that the service has answered.
func (s *wholeStack) reached(key string) (n int) {
	for line := range strings.Lines(s.service.output()) {
		var entry struct{ Msg, Original string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "request" && entry.Original == key {
			n++
		}
	}
	return n
}

func (s *wholeStack) testBucketServes(t *testing.T) {
	s.put(t, "a b/ü.jpg", color.RGBA{200, 0, 0, 255})
	const target = "/img/a%20b/%C3%BC.jpg?w=470&fm=jpeg"
	r, first := s.cdn.get(t, target, "")
	if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Status"), "detail=fill") || r.Header.Get("Vary") != "Accept" {
		t.Fatalf("got %s %v, want a fill", r.Status, r.Header)
	}
	if m, format, err := image.DecodeConfig(bytes.NewReader(first)); err != nil || m.Width != 480 || format != "jpeg" {
		t.Errorf("got %v %s, %v", m, format, err)
	}
	if got := fmt.Sprint(s.stored(t, "a b/ü.jpg")); got != "[w=480.jpeg]" {
		t.Errorf("got %s in the bucket", got)
	}
	etag := r.Header.Get("ETag")

	s.service.stop()
	s.cdn.empty(t)
	r, second := s.cdn.get(t, target, "")
	if r.StatusCode != 200 || !bytes.Equal(first, second) || r.Header.Get("Cache-Status") != "" {
		t.Errorf("with the service stopped: got %s %v", r.Status, r.Header)
	}
	kept := strings.Contains(r.Header.Get("Cache-Control"), "max-age=86400")
	if r.Header.Get("ETag") != etag || r.Header.Get("Content-Type") != "image/jpeg" || !kept {
		t.Errorf("the bucket says otherwise than the service: %v, ETag was %s", r.Header, etag)
	}
	s.start(t)
}

func (s *wholeStack) testSpellings(t *testing.T) {
	s.put(t, "spell.jpg", color.RGBA{0, 200, 0, 255})
	pick := func(words ...string) string { return words[rand.IntN(len(words))] }
	for range 200 {
		pairs := []string{
			pick("w", "width") + "=" + fmt.Sprint(481+rand.IntN(160)), "fit=" + pick("cover", "crop"),
			pick("q", "quality") + "=" + fmt.Sprint(63+rand.IntN(20)), pick("fm=jpg", "format=jpeg", "f=jpeg"),
			"utm=" + fmt.Sprint(rand.IntN(1000)),
		}
		if rand.IntN(2) == 0 {
			pairs[0] = "dpr=2&w=" + fmt.Sprint(241+rand.IntN(80))
		}
		rand.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		path := pick("/img/spell.jpg", "/img/s%70ell.jpg", "/img/%73pell%2Ejpg")
		r, _ := s.cdn.get(t, path+"?"+strings.Join(pairs, "&"), pick("", "image/webp", "*/*"))
		if r.StatusCode != 200 {
			t.Fatalf("%v: got %s", pairs, r.Status)
		}
	}
	if got := fmt.Sprint(s.stored(t, "spell.jpg")); got != "[w=640,q=75.jpeg]" {
		t.Errorf("got %s in the bucket", got)
	}
	if n := s.reached("spell.jpg"); n != 1 {
		t.Errorf("got %d requests at the service, want 1", n)
	}
}

func (s *wholeStack) testCollapses(t *testing.T) {
	s.put(t, "crowd.jpg", color.RGBA{0, 0, 200, 255})
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if r, body := s.cdn.get(t, "/img/crowd.jpg?w=1080&fm=jpeg", ""); r.StatusCode != 200 || len(body) == 0 {
				t.Errorf("got %s", r.Status)
			}
		})
	}
	all.Wait()
	if n := s.reached("crowd.jpg"); n != 1 {
		t.Errorf("got %d requests at the service, want 1", n)
	}
}

func (s *wholeStack) testAccept(t *testing.T) {
	s.put(t, "accept.jpg", color.RGBA{200, 200, 0, 255})
	want := map[string]string{
		"": "image/jpeg", "*/*": "image/jpeg", "image/webp;q=0": "image/jpeg",
		"image/webp,*/*": "image/webp", "image/avif;q=0, image/webp;q=0.5": "image/webp",
	}
	if !s.webp {
		t.Log("the binary writes no WebP: every Accept comes to JPEG")
	}
	for range 5 {
		for accept, mediaType := range want {
			if !s.webp {
				mediaType = "image/jpeg"
			}
			r, body := s.cdn.get(t, "/img/accept.jpg?w=320", accept)
			said, is := r.Header.Get("Content-Type"), http.DetectContentType(body)
			if r.StatusCode != 200 || said != mediaType || is != mediaType || r.Header.Get("Vary") != "Accept" {
				t.Errorf("Accept %q: got %s %v, want %s", accept, r.Status, r.Header, mediaType)
			}
		}
	}
}

func (s *wholeStack) testAnswers(t *testing.T) {
	s.put(t, "told.jpg", color.RGBA{200, 0, 200, 255})
	for range 3 {
		r, body := s.cdn.get(t, "/info/told.jpg", "")
		var told server.ImageInfo
		if err := json.Unmarshal(body, &told); r.StatusCode != 200 || err != nil || told.Key != "told.jpg" || told.Bytes == 0 || r.Header.Get("ETag") == "" {
			t.Errorf("got %s %v, %v: %.200s", r.Status, r.Header, err, body)
		}
	}
	for _, width := range []string{"320", "640"} { // the query counts
		r, body := s.cdn.get(t, "/srcset/told.jpg?w="+width, "")
		if r.StatusCode != 200 || !strings.Contains(string(body), " "+width+"w") {
			t.Errorf("got %s: %.300s", r.Status, body)
		}
	}
	if n := s.reached("told.jpg"); n != 3 {
		t.Errorf("got %d requests at the service, want 3: one for each answer", n)
	}
	if r, _ := s.cdn.get(t, "/info/told.jpg?s=wrong", ""); r.StatusCode != 403 {
		t.Errorf("with a wrong signature: got %s, want 403", r.Status)
	}
}

func (s *wholeStack) testSigned(t *testing.T) {
	s.put(t, "signed.jpg", color.RGBA{0, 200, 200, 255})
	query := "w=333&fm=jpeg&q=81"
	target := "/img/signed.jpg?" + query + "&s=" + grammar.Sign(stackKey, "/img/signed.jpg", query)
	r, body := s.cdn.get(t, target, "")
	if m, _, err := image.DecodeConfig(bytes.NewReader(body)); r.StatusCode != 200 || err != nil || m.Width != 333 {
		t.Errorf("got %s %v, %v, want 333 pixels: %.200s", r.Status, m, err, body)
	}
	if r, _ := s.cdn.get(t, "/v/signed.jpg/w=333,q=81.jpeg", ""); r.StatusCode != 403 {
		t.Errorf("a viewer asks for what only a signature gets, which is kept: got %s, want 403", r.Status)
	}
	// Nor does the service, asked directly, take the word of whoever sends the header.
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/v/signed.jpg/w=334,q=81.jpeg", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set(SignedHeader, target)
	r, err = http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	r.Body.Close()
	if r.StatusCode != 403 {
		t.Errorf("a signature for another size: got %s, want 403", r.Status)
	}
}

func (s *wholeStack) testRefused(t *testing.T) {
	for target, want := range map[string]int{
		"/img/refused.jpg?w=abc": 400, "/img/refused.jpg?blur=2": 403, "/v/refused.jpg/w=481.auto": 403,
		"/img/refused.jpg?w=1&s=x": 403, "/metrics": 404, "/healthz": 404,
	} {
		if r, _ := s.cdn.get(t, target, ""); r.StatusCode != want {
			t.Errorf("%s: got %s, want %d", target, r.Status, want)
		}
	}
	if n := s.reached("refused.jpg"); n != 0 {
		t.Errorf("got %d requests at the service, want none", n)
	}
	if r, _ := s.cdn.get(t, "/img/missing.jpg?w=480", ""); r.StatusCode != 404 {
		t.Errorf("a missing original: got %s", r.Status)
	}
}

// What S3 says of a changed original takes its variants out of the bucket, and out of CloudFront's cache.
func (s *wholeStack) testOverwritten(t *testing.T) {
	s.put(t, "changing.jpg", color.RGBA{250, 0, 0, 255})
	s.put(t, "staying.jpg", color.RGBA{250, 0, 0, 255})
	const target, stays = "/img/changing.jpg?w=160&fm=jpeg", "/img/staying.jpg?w=160&fm=jpeg"
	_, before := s.cdn.get(t, target, "")
	s.cdn.get(t, stays, "")
	if r, _ := s.cdn.get(t, target, ""); r.Header.Get("X-Cache") != "HIT" {
		t.Errorf("before: got X-Cache %q, want a hit", r.Header.Get("X-Cache"))
	}
	s.put(t, "changing.jpg", color.RGBA{0, 250, 0, 255})
	s.notify(t, "changing.jpg")
	var after []byte
	for ctx := within(t, 40*time.Second); ; {
		var r *http.Response
		if r, after = s.cdn.get(t, target, ""); r.StatusCode == http.StatusOK && !bytes.Equal(before, after) {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the edge still has the old picture; it was told to forget %q", s.api.told())
		case <-time.After(100 * time.Millisecond):
		}
	}
	m, _, err := image.Decode(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if red, green, _, _ := m.At(80, 60).RGBA(); red > green {
		t.Errorf("got the old picture")
	}
	if kept := s.kept(t, "v/changing.jpg/w=160.jpeg"); bytes.Equal(kept, before) {
		t.Error("the bucket still has a variant of the old original")
	}
	if r, _ := s.cdn.get(t, stays, ""); r.Header.Get("X-Cache") != "HIT" {
		t.Errorf("another picture: got X-Cache %q, want a hit", r.Header.Get("X-Cache"))
	}
}

// notify tells the service of a change as S3 would.
func (s *wholeStack) notify(t *testing.T, key string) {
	t.Helper()
	body := fmt.Sprintf(`{"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
		"s3": {"bucket": {"name": %q}, "object": {"key": %q, "sequencer": "%016X"}}}]}`,
		s.originals, url.QueryEscape(key), time.Now().UnixNano())
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/hooks/s3", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+stackToken)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode >= 300 {
		t.Fatalf("POST /hooks/s3: %s", r.Status)
	}
}
