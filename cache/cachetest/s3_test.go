package cachetest_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// statusOf returns the status of an error, and 200 for nil.
func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return bucket.Status(err)
}

func TestS3Objects(t *testing.T) {
	server := cachetest.NewS3(t)
	client, ctx := server.Client(), t.Context()
	bucket, key := aws.String("photos"), aws.String("a b/ü+%2F.jpg")
	put := func(change func(*s3.PutObjectInput)) error {
		in := &s3.PutObjectInput{
			Bucket: bucket, Key: key, Body: strings.NewReader("0123456789"),
			ContentType: aws.String("image/jpeg"), Metadata: map[string]string{"from": "ada"},
		}
		change(in)
		_, err := client.PutObject(ctx, in)
		return err
	}
	same := func(*s3.PutObjectInput) {}
	if got := statusOf(put(same)); got != 404 {
		t.Errorf("put without a bucket: got %d, want 404", got)
	}
	server.CreateBucket("photos")
	for _, test := range []struct {
		name   string
		change func(*s3.PutObjectInput)
		want   int
	}{
		{"put", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }, 200},
		{"put if there is none", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }, 412},
		{"put with a wrong checksum", func(in *s3.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAAAAA==") }, 400},
		{"put with a wrong MD5", func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("1B2M2Y8AsgTpgAmY7PhCfg==") }, 400},
	} {
		if got := statusOf(put(test.change)); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}

	server.CreateBucket("photos") // changes nothing
	for _, test := range []struct{ bytes, want string }{{"", "0123456789"}, {"bytes=2-4", "234"}} {
		in := &s3.GetObjectInput{Bucket: bucket, Key: key}
		if test.bytes != "" {
			in.Range = &test.bytes
		}
		out, err := client.GetObject(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		out.Body.Close()
		if string(body) != test.want || err != nil || *out.ContentType != "image/jpeg" || out.Metadata["from"] != "ada" ||
			*out.ETag != `"781e5e245d69b566979b86e28d23f2c7"` {
			t.Errorf("get %s: got %q, %v, %s, %v, %s", test.bytes, body, err, *out.ContentType, out.Metadata, *out.ETag)
		}
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	if err != nil || *head.ContentLength != 10 {
		t.Errorf("head: got %v, %v", head, err)
	}
	if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key}); err != nil {
		t.Error(err)
	}
	if _, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key}); statusOf(err) != 404 {
		t.Errorf("head after the deletion: got %v, want 404", err)
	}
	for operation, want := range map[string]int{"put": 5, "get": 2, "head": 2, "delete": 1} {
		if got := server.Count(operation); got != want {
			t.Errorf("%s: got %d requests, want %d", operation, got, want)
		}
	}
}

// The server refuses operations that it does not speak, so that no test takes them for done.
func TestS3Refuses(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("photos")
	server.PutObject("photos", "cat.jpg", []byte("cat"))
	client, bucket, key := server.Client(), aws.String("photos"), aws.String("cat.jpg")
	_, copied := client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: bucket, Key: key, CopySource: aws.String("photos/dog.jpg"),
	})
	_, tagged := client.DeleteObjectTagging(t.Context(), &s3.DeleteObjectTaggingInput{Bucket: bucket, Key: key})
	_, listed := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: bucket})
	for name, err := range map[string]error{"copy": copied, "delete tags": tagged, "versions": listed} {
		if got := statusOf(err); got != 501 {
			t.Errorf("%s: got %d, want 501", name, got)
		}
	}
	if o, _ := server.Object("photos", "cat.jpg"); !bytes.Equal(o.Body, []byte("cat")) {
		t.Errorf("got %q, want the object unchanged", o.Body)
	}
}

func TestS3Lists(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("photos")
	for _, key := range []string{"a", "b/", "b/1", "b/2", "b/c/3", "b/c/4", "b/d", "b0", "ü&<"} {
		server.PutObject("photos", key, nil)
	}
	for _, test := range []struct {
		prefix, delimiter string
		want              []string
	}{
		{"", "", []string{"a", "b/", "b/1", "b/2", "b/c/3", "b/c/4", "b/d", "b0", "ü&<"}},
		{"", "/", []string{"a", "b0", "prefix b/", "ü&<"}},
		{"b/", "/", []string{"b/", "b/1", "b/2", "b/d", "prefix b/c/"}},
		{"b", "", []string{"b/", "b/1", "b/2", "b/c/3", "b/c/4", "b/d", "b0"}},
		{"z", "/", nil},
	} {
		for _, most := range []int32{1, 2, 1000} {
			var got []string
			pages := s3.NewListObjectsV2Paginator(server.Client(), &s3.ListObjectsV2Input{
				Bucket: aws.String("photos"), Prefix: &test.prefix, Delimiter: &test.delimiter, MaxKeys: &most,
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, object := range page.Contents {
					got = append(got, *object.Key)
				}
				for _, folder := range page.CommonPrefixes {
					got = append(got, "prefix "+*folder.Prefix)
				}
			}
			if slices.Sort(got); !slices.Equal(got, test.want) {
				t.Errorf("%q, %q, pages of %d: got %q, want %q", test.prefix, test.delimiter, most, got, test.want)
			}
		}
	}
}
