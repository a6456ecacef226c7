package upload_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/server/upload"
)

// TestRealUpload uploads to the S3 server that IMGORIGIN_TEST_S3 names. It is skipped without one.
func TestRealUpload(t *testing.T) {
	t.Run("POST", testPost)
	t.Run("PUT", testPut)
}

// realPresigner returns a presigner for a new bucket on the server of TestRealUpload. The test is skipped without one.
func realPresigner(t *testing.T, lifetime time.Duration) (p *upload.Presigner, client *s3.Client, bucket string) {
	t.Helper()
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithBaseEndpoint(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	client = s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	bucket = "uploads-" + strings.ToLower(rand.Text()[:12])
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	policy := upload.Policy{Bucket: bucket, Originals: "in/", MinBytes: 10, MaxBytes: 2000, Lifetime: lifetime}
	return presigner(t, client, policy), client, bucket
}

// A server takes a form as it was issued, and refuses it with any other value.
func testPost(t *testing.T) {
	p, client, bucket := realPresigner(t, 2*time.Second)
	form := func(change func(upload.Ticket), body []byte) int {
		t.Helper()
		ticket, err := p.Post(t.Context(), "uploads/"+rand.Text()+".jpg", "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		change(ticket)
		status := postForm(t, ticket, body)
		size := objectSize(t.Context(), client, bucket, ticket.Fields["key"])
		if stored := size == int64(len(body)); stored != (status < 300) {
			t.Errorf("status %d, and an object of %d bytes", status, size)
		}
		return status
	}
	set := func(field, value string) func(upload.Ticket) {
		return func(k upload.Ticket) { k.Fields[field] = value }
	}
	wait := func(upload.Ticket) { time.Sleep(3 * time.Second) } // by the clock of the server
	otherCredential := func(k upload.Ticket) { k.Fields["X-Amz-Credential"] = "x" + k.Fields["X-Amz-Credential"] }
	unchanged := func(upload.Ticket) {}
	body := bytes.Repeat([]byte("x"), 1000)
	for name, test := range map[string]struct {
		change func(upload.Ticket)
		body   []byte
		ok     bool
	}{
		"unchanged":          {unchanged, body, true},
		"too long":           {unchanged, bytes.Repeat([]byte("x"), 2001), false},
		"too short":          {unchanged, body[:9], false},
		"of another type":    {set("Content-Type", "text/html"), body, false},
		"under another key":  {set("key", "in/other.jpg"), body, false},
		"above the prefix":   {set("key", "secret.jpg"), body, false},
		"readable by all":    {set("acl", "public-read"), body, false},
		"with other terms":   {func(k upload.Ticket) { k.Fields["policy"] = wider(k.Fields["policy"]) }, body, false},
		"under another name": {otherCredential, body, false},
		"too late":           {wait, body, false},
	} {
		if status := form(test.change, test.body); (status < 300) != test.ok {
			t.Errorf("a form %s: got %d", name, status)
		}
	}
}

// A server takes a PUT of the size and type that were signed, once.
func testPut(t *testing.T) {
	p, _, _ := realPresigner(t, time.Minute)
	ticket, err := p.Put(t.Context(), "uploads/put.jpg", "image/jpeg", 1000)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 1000)
	for _, test := range []struct {
		name, mediaType string
		body            []byte
		ok              bool
	}{
		{"of another size", "image/jpeg", body[:999], false},
		{"of another type", "text/html", body, false},
		{"unchanged", "image/jpeg", body, true},
		{"over an existing object", "image/jpeg", body, false},
	} {
		if status := put(t, ticket, test.mediaType, test.body); (status < 300) != test.ok {
			t.Errorf("a put %s: got %d", test.name, status)
		}
	}
}

// wider returns the policy changed so that it allows more bytes.
func wider(policy string) string {
	text, err := base64.StdEncoding.DecodeString(policy)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(bytes.Replace(text, []byte(",2000]"), []byte(",9000]"), 1))
}

func postForm(t *testing.T, ticket upload.Ticket, body []byte) (status int) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range ticket.Fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "cat.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ticket.URL, &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	return do(t, r)
}

func put(t *testing.T, ticket upload.Ticket, mediaType string, body []byte) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, ticket.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range ticket.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", mediaType)
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (status int) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// objectSize returns the size of an object in bytes, or -1 if there is none.
func objectSize(ctx context.Context, client *s3.Client, bucket, name string) int64 {
	out, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &name})
	if err != nil {
		return -1
	}
	return aws.ToInt64(out.ContentLength)
}
