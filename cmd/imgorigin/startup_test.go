package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud/cloudtest"
)

// answering has S3 answer GETs of originals with an error.
func answering(t *testing.T, status int, code, message string) {
	t.Helper()
	setAWSCredentials(t)
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if code == "" || r.Method != http.MethodGet {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
		return true
	})
}

// serveS3 runs serve until it listens or ends, and returns its log and its error.
func serveS3(t *testing.T, originals string) (log string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &stoppedAt{message: "listening", stop: cancel}
	err = run(ctx, []string{
		"serve", "--originals", originals, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "none",
	}, os.Getenv, out)
	return out.String(), err
}

// A stoppedAt is the output of a process that is stopped when it logs a message.
type stoppedAt struct {
	output
	message string
	stop    func()
}

func (l *stoppedAt) Write(p []byte) (int, error) {
	defer func() {
		if strings.Contains(string(p), `"msg":"`+l.message+`"`) {
			l.stop()
		}
	}()
	return l.output.Write(p)
}

// With settings by which no original can be read, serve and the commands that go through originals end at once and say what to do.
func TestServeNeedsOriginals(t *testing.T) {
	for _, test := range []struct {
		name         string
		set          func(t *testing.T)
		bucket, want string
	}{
		{"no credentials", cloudtest.SetNoCredentials, "photos", "there are no AWS credentials\n→ set AWS_PROFILE"},
		{"no bucket", func(t *testing.T) { answering(t, 0, "", "") }, "nonesuch", "the bucket does not exist (NoSuchBucket)\n→ is the name right"},
		{"another region", func(t *testing.T) { answering(t, 400, "AuthorizationHeaderMalformed", "") }, "photos", "\n→ set AWS_REGION"},
		{"expired", func(t *testing.T) { answering(t, 400, "ExpiredToken", "") }, "photos", "(ExpiredToken)\n→ look at AWS_ACCESS_KEY_ID"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.set(t)
			if log, err := serveS3(t, "s3://"+test.bucket); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q; log %s", err, test.want, log)
			}
			for _, command := range []string{"warm", "sweep", "redrive"} {
				err := run(t.Context(), []string{
					command, "--originals", "s3://" + test.bucket, "--variants", t.TempDir(), "--quarantine", "s3://quarantine",
				}, os.Getenv, io.Discard)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: got %v, want %q", command, err, test.want)
				}
			}
		})
	}
}

// S3 that is out, or denies one key, does not keep serve from starting.
func TestServeStartsInOutage(t *testing.T) {
	for _, test := range []struct {
		name, warning string
		set           func(t *testing.T)
	}{
		{"all is well", "", func(t *testing.T) { answering(t, 0, "", "") }},
		{"refused", "is there a route", func(t *testing.T) {
			setAWSCredentials(t)
			t.Setenv("AWS_ENDPOINT_URL_S3", "http://"+freePort(t))
		}},
		{"server error", "InternalError", func(t *testing.T) { answering(t, 500, "InternalError", "") }},
		{"slow down", "SlowDown", func(t *testing.T) { answering(t, 503, "SlowDown", "") }},
		{"denied", "s3:GetObject", func(t *testing.T) { answering(t, 403, "AccessDenied", "not authorized to perform: s3:GetObject") }},
		{"no list", "s3:ListBucket", func(t *testing.T) { answering(t, 403, "AccessDenied", "Access Denied") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.set(t)
			log, err := serveS3(t, "s3://photos")
			if err != nil || !strings.Contains(log, `"msg":"listening"`) {
				t.Errorf("got %v, log %s", err, log)
			}
			warns := strings.Contains(log, "can't be used now")
			if warns != (test.warning != "") || !strings.Contains(log, test.warning) {
				t.Errorf("want a warning of %q, log %s", test.warning, log)
			}
		})
	}
}

// Credentials that can't be had now do not keep serve from starting either.
func TestServeStartsWithoutCredentials(t *testing.T) {
	t.Parallel() // most of it is waiting for the credentials

	// The agent is what gives a container its credentials.
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"code": "Unavailable", "message": "not now"}`)
	}))
	t.Cleanup(agent.Close)
	var env []string
	for name, value := range cloudtest.NoCredentials(t) {
		env = append(env, name+"="+value)
	}
	env = append(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI="+agent.URL)
	_, out := process(t, env, "serve", "--originals", "s3://photos", "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	out.await(t, `("msg":"listening")`)
	if log := out.String(); !strings.Contains(log, "can't be used now") || !strings.Contains(log, "get credentials") {
		t.Errorf("want a warning of \"get credentials\", log %s", log)
	}
}
