package main

import (
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A draft is short-lived in the answer and in the bucket, where CloudFront finds it; with --drafts off nothing is.
func TestDraftsInABucket(t *testing.T) {
	bucket := cachetest.NewS3(t)
	bucket.CreateBucket("variants")
	t.Setenv("AWS_ENDPOINT_URL_S3", bucket.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-east-1")
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 85))
	for _, test := range []struct{ drafts, prefix, age, mark string }{
		{"jpeg", "on", "public, max-age=10", "true"}, {"off", "off", cacheControl24h, ""},
	} {
		address, stop := program(t, "serve", "--originals", originals, "--variants", "s3://variants/"+test.prefix, "--drafts", test.drafts)
		answer := wantSize(t, address+"/img/cat.jpg?w=160&fm=jpeg", 160, 120)
		o, ok := bucket.Object("variants", test.prefix+"/cat.jpg/w=160.jpeg")
		if !ok || answer.Header.Get("Cache-Control") != test.age || o.Header.Get("Cache-Control") != test.age ||
			o.Header.Get("X-Amz-Meta-Draft") != test.mark {
			t.Errorf("%s: got an answer with %s, and an object with %v", test.drafts, answer.Header.Get("Cache-Control"), o.Header)
		}
		must(t, stop())
	}
}
