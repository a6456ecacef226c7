package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/originals"
)

// logLines are the lines of a log.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

// count returns the number of lines with all of the parts.
func (l *logLines) count(parts ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			n++
		}
	}
	return n
}

// photosAndVariants returns two buckets, and the configuration of a server with them.
func photosAndVariants(t *testing.T) (*cachetest.S3, Config) {
	fake := cachetest.NewS3(t)
	fake.CreateBucket("photos")
	fake.CreateBucket("variants")
	fake.PutObject("photos", "cat.jpg", photo(200, 100, 1))
	return fake, Config{
		Originals: originals.S3{Client: fake.Client(), Bucket: "photos"},
		Store:     cache.NewS3(cache.S3Config{Client: fake.Client(), Bucket: "variants"}),
	}
}

// refuse answers a request to a bucket as S3 does.
func refuse(w http.ResponseWriter, r *http.Request, status int, code string) bool {
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
	}
	return true
}

// When S3 refuses whoever asks, the log and /readyz say why. Images in memory are served, and no cache keeps the errors.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		want   string
	}{
		{403, "SignatureDoesNotMatch", "S3 rejects the AWS credentials (SignatureDoesNotMatch)"},
		{403, "InvalidAccessKeyId", "S3 rejects the AWS credentials (InvalidAccessKeyId)"},
		{400, "ExpiredToken", "S3 rejects the AWS credentials (ExpiredToken)"},
		{403, "RequestTimeTooSkewed", "this machine's clock is wrong (RequestTimeTooSkewed)"},
		{404, "NoSuchBucket", "there is no such bucket (NoSuchBucket)"},
		{400, "AuthorizationHeaderMalformed", "the bucket is in another region (AuthorizationHeaderMalformed)"},
	} {
		t.Run(test.code, func(t *testing.T) {
			fake, c := photosAndVariants(t)
			c.Revalidate, c.Memory = time.Hour, 1<<20
			var lines logLines
			c.Log = slog.New(slog.NewTextHandler(&lines, nil))
			o := start(t, c)
			o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
			fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool { return refuse(w, r, test.status, test.code) })
			for i := range 6 {
				got := o.get(fmt.Sprintf("/img/cat%d.jpg?w=160", i))
				if got.StatusCode != http.StatusBadGateway || got.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("got %s, Cache-Control %q", got.Status, got.Header.Get("Cache-Control"))
				}
			}
			o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
			want := "ready\ndegraded: originals: " + test.want + "\ndegraded: variants: " + test.want + "\n"
			if got := o.get("/readyz"); got.StatusCode != http.StatusOK || string(got.body) != want {
				t.Errorf("got %s %q, want %q", got.Status, got.body, want)
			}
			for _, bucket := range []string{"originals", "variants"} {
				if n := lines.count(`msg="bucket can't be used, breaker opened" bucket=`+bucket, test.want); n != 1 {
					t.Errorf("got %d lines about %s:\n%s", n, bucket, lines.lines)
				}
			}
			if state := o.State().Buckets[0]; !state.Open || !strings.Contains(state.Cause, test.want) {
				t.Errorf("got the state %+v", state)
			}
		})
	}
}

// A proxy before the bucket that merges slashes breaks the signatures of some keys. Whoever asks for those does not make the
// bucket look broken to others.
func TestSignatureOfSomeKeys(t *testing.T) {
	fake, c := photosAndVariants(t)
	var refused atomic.Int64
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path[1:], "//") {
			return false
		}
		refused.Add(1)
		return refuse(w, r, http.StatusForbidden, "SignatureDoesNotMatch")
	})
	o := start(t, c)
	for i := range 8 {
		o.get(fmt.Sprintf("/img/a//%d.jpg?w=160", i)).want(t, http.StatusBadGateway, 0, 0)
	}
	if got := string(o.get("/readyz").body); got != "ready\n" || refused.Load() < 16 {
		t.Errorf("after %d refusals: got %q", refused.Load(), got)
	}
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
}
