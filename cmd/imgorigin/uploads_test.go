package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server/upload"
)

// setAWSCredentials sets credentials that are good for signing. No request is sent to AWS.
func setAWSCredentials(t *testing.T) {
	for name, value := range map[string]string{"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"} {
		t.Setenv(name, value)
	}
}

func TestUploads(t *testing.T) {
	setAWSCredentials(t)
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	address, _ := program(t, "serve", "--originals", "s3://photos/in", "--variants", "none", "--uploads", "--upload-tokens", "one,two",
		"--upload-types", "image/jpeg", "--upload-prefix", "from/users/")
	ask := func(token, body string) (*http.Response, upload.Ticket) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/uploads", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var ticket upload.Ticket
		if err := json.NewDecoder(response.Body).Decode(&ticket); err != nil {
			t.Fatal(err)
		}
		return response, ticket
	}
	response, ticket := ask("two", `{"type": "image/jpeg"}`)
	isKey := strings.HasPrefix(ticket.Key, "from/users/") && ticket.Fields["key"] == "in/"+ticket.Key
	if response.StatusCode != http.StatusCreated || !isKey {
		t.Errorf("got %s, %+v", response.Status, ticket)
	}
	for body, want := range map[string]int{`{"type": "image/png"}`: 415, `{`: 400} {
		if response, _ := ask("two", body); response.StatusCode != want {
			t.Errorf("%s: got %s, want %d", body, response.Status, want)
		}
	}
	if response, _ := ask("three", `{"type": "image/jpeg"}`); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unknown token: got %s", response.Status)
	}
	address, _ = program(t, "serve", "--originals", "s3://photos/in", "--variants", "none")
	response, err := http.Post(address+"/uploads", "application/json", strings.NewReader("{}"))
	if err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("without --uploads: got %v, %v, want 404", response, err)
	}
}

func TestUploadsNeedAuthentication(t *testing.T) {
	setAWSCredentials(t)
	for want, args := range map[string][]string{
		"--upload-tokens":   {"--originals", "s3://photos", "--uploads"},
		"--trusted-proxies": {"--originals", "s3://photos", "--uploads", "--upload-user-header", "X-User"},
		"not a type":        {"--originals", "s3://photos", "--uploads", "--upload-tokens", "t", "--upload-types", "text/html"},
		"not a bucket":      {"--originals", t.TempDir(), "--uploads", "--upload-tokens", "t"},
	} {
		args = append([]string{"serve", "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "none"}, args...)
		err := run(t.Context(), args, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", args, err, want)
		}
	}
}

func TestPresign(t *testing.T) {
	setAWSCredentials(t)
	var form, link upload.Ticket
	if err := json.Unmarshal([]byte(runOutput(t, "presign", "--originals", "s3://photos/in", "2026/cat.jpg")), &form); err != nil {
		t.Fatal(err)
	}
	if form.Method != http.MethodPost || form.Fields["key"] != "in/2026/cat.jpg" || form.Fields["Content-Type"] != "image/jpeg" {
		t.Errorf("got %+v", form)
	}
	got := runOutput(t, "presign", "--originals", "s3://photos", "--size", "12", "--type", "image/png", "cat")
	if err := json.Unmarshal([]byte(got), &link); err != nil {
		t.Fatal(err)
	}
	if link.Method != http.MethodPut || link.Headers["Content-Type"] != "image/png" || !strings.Contains(link.URL, "/cat?") {
		t.Errorf("got %+v", link)
	}
	got = runOutput(t, "presign", "--originals", "s3://photos", "--curl", "it's.jpg")
	if !strings.Contains(got, `-F 'file=@it'\''s.jpg' 'https://`) {
		t.Errorf("got %s", got)
	}
	for want, args := range map[string][]string{
		"media type": {"--originals", "s3://photos", "page.html"}, "size": {"--originals", "s3://photos", "--size", "99999999999", "a.jpg"},
		"bucket": {"--originals", t.TempDir(), "a.jpg"}, "not the key": {"--originals", "s3://photos", "../a.jpg"},
		"want --type, such as image/jpeg": {"--originals", "s3://photos", "a"},
	} {
		err := run(t.Context(), append([]string{"presign"}, args...), func(string) string { return "" }, io.Discard)
		if _, isUsage := errors.AsType[usage.Error](err); !isUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s, and a hint at --help", args, err, want)
		}
	}
}

// S3 takes no forms through an access point, so none are made.
func TestUploadsNeedTheNameOfABucket(t *testing.T) {
	setAWSCredentials(t)
	for at, want := range map[string]string{
		"s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/photos/2026": "through an access point",
		"gs://photos": "not a bucket of S3", t.TempDir(): "not a bucket of S3",
	} {
		err := run(t.Context(), []string{"presign", "cat.jpg", "--originals", at, "--type", "image/jpeg"}, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", at, err, want)
		}
	}
}
