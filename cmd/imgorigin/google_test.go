package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// newGoogle starts a server that speaks S3 as Google Cloud Storage does: its front end changes Accept-Encoding before signatures are
// verified, and it knows no checksums behind a body.
func newGoogle(t *testing.T, keys aws.Credentials) *cachetest.S3 {
	google := cachetest.NewS3(t)
	google.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		r.Header.Set("Accept-Encoding", r.Header.Get("Accept-Encoding")+",gzip(gfe)")
		if want := signatureOf(t, r, keys); r.Header.Get("Authorization") != want {
			t.Errorf("%s %s: got the signature %s, want %s", r.Method, r.URL, r.Header.Get("Authorization"), want)
		}
		if r.Header.Get("X-Amz-Trailer") != "" || !strings.HasPrefix(r.Header.Get("Accept-Encoding"), "identity") {
			t.Errorf("%s %s: got the header %v", r.Method, r.URL, r.Header)
		}
		return false
	})
	return google
}

// signatureOf returns the Authorization of a request, of the headers that it says are signed, as they have arrived.
func signatureOf(t *testing.T, r *http.Request, keys aws.Credentials) string {
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Error(err)
		return ""
	}
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	signed := r.Clone(t.Context())
	signed.URL.Host, signed.URL.Scheme, signed.Header = r.Host, "http", make(http.Header)
	for name := range strings.SplitSeq(names, ";") {
		if value := r.Header.Get(name); value != "" {
			signed.Header.Set(name, value)
		}
	}
	err = v4.NewSigner().SignHTTP(t.Context(), keys, signed, r.Header.Get("X-Amz-Content-Sha256"), "s3", "auto", at,
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		t.Error(err)
	}
	return signed.Header.Get("Authorization")
}

// Originals are read and listed from Google Cloud Storage, with keys of their own beside those of AWS. A change is seen.
func TestGoogleOriginals(t *testing.T) {
	setAWSCredentials(t)
	credentials := filepath.Join(t.TempDir(), "credentials")
	writeFile(t, credentials, []byte("[google]\naws_access_key_id = GOOG1EXAMPLE\naws_secret_access_key = secret\n"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", credentials)
	google := newGoogle(t, aws.Credentials{AccessKeyID: "GOOG1EXAMPLE", SecretAccessKey: "secret"})
	google.CreateBucket("photos")
	google.PutObject("photos", "in/a sea.jpg", resizetest.JPEG(resizetest.Photo(300, 300), 80))
	at := "gs://photos/in?profile=google&endpoint=" + google.URL

	address, _ := program(t, "serve", "--originals", at, "--variants", "none", "--revalidate", "0")
	wantSize(t, address+"/img/a%20sea.jpg?w=160", 160, 160)
	google.PutObject("photos", "in/a sea.jpg", resizetest.JPEG(resizetest.Photo(300, 150), 80))
	wantSize(t, address+"/img/a%20sea.jpg?w=160", 160, 80)
	if response, _ := get(t, address+"/img/no.jpg"); response.StatusCode != http.StatusNotFound {
		t.Errorf("a missing original: got %d, want 404", response.StatusCode)
	}
	var out bytes.Buffer
	must(t, run(t.Context(), []string{
		"warm", "--originals", at, "--variants", t.TempDir(), "--warm", "w=160&fm=jpeg",
	}, func(string) string { return "" }, &out))
	if !strings.Contains(out.String(), `"variants":1`) || google.Count("list") != 1 {
		t.Errorf("warm: got %s, %d lists", out.String(), google.Count("list"))
	}
}
