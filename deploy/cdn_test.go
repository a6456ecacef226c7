package deploy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A cdn is nginx configured like CloudFront, see nginx/nginx.conf.
type cdn struct {
	owner     *testing.T // nginx is stopped when this test ends
	dir, addr string
	nginx     *process
}

// newCDN starts nginx, whose path is in IMGORIGIN_TEST_CDN, with the edge function in code and its keys, in front of
// the URLs of a bucket and a service.
func newCDN(t *testing.T, code, keys, bucket, service string) *cdn {
	t.Helper()
	// t.TempDir is too long: the path of a socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "cdn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // for nginx's workers
		t.Fatal(err)
	}
	c := &cdn{owner: t, dir: dir, addr: freeAddr(t)}
	fill := strings.NewReplacer(
		"@@DIR@@", dir, "@@LISTEN@@", c.addr, "@@BUCKET@@", bucket, "@@SERVICE@@", service,
		"@@MODULES@@", cmp.Or(os.Getenv("IMGORIGIN_TEST_NGINX_MODULES"), "/usr/lib/nginx/modules"),
		"@@ENTRIES@@", fmt.Sprintf("{%q: %q}", KeysName, keys),
	)
	source := func(name string) string {
		text, err := os.ReadFile(filepath.Join("nginx", name))
		if err != nil {
			t.Fatal(err)
		}
		return fill.Replace(string(text))
	}
	for name, text := range map[string]string{
		"nginx.conf": source("nginx.conf"), "js/edge.js": code + source("adapter.js"),
		"js/cloudfront": source("cloudfront.js"),
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c.start(t)
	return c
}

func (c *cdn) start(t *testing.T) {
	t.Helper()
	c.nginx = run(c.owner, nil, os.Getenv("IMGORIGIN_TEST_CDN"), "-p", c.dir, "-c", filepath.Join(c.dir, "nginx.conf"))
	await(t, "http://"+c.addr+"/", http.StatusNotFound)
}

// empty removes everything from the cache.
func (c *cdn) empty(t *testing.T) {
	t.Helper()
	c.nginx.stop()
	if err := os.RemoveAll(filepath.Join(c.dir, "cache")); err != nil {
		t.Fatal(err)
	}
	c.start(t)
}

// get sends a request to the edge, as a browser would.
func (c *cdn) get(t *testing.T, target, accept string) (r *http.Response, body []byte) {
	t.Helper()
	return get(t, "http://"+c.addr+target, accept)
}

func get(t *testing.T, url, accept string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// buckets creates a bucket for originals and one for variants on an S3 server. The variants can be read by anybody,
// since nginx cannot sign requests as CloudFront does by its origin access control.
func buckets(t *testing.T, endpoint string) (client *s3.Client, originals, variants string) {
	t.Helper()
	ctx := t.Context()
	settings, err := config.LoadDefaultConfig(ctx, config.WithBaseEndpoint(endpoint), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	client = s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	stamp := strconv.FormatInt(time.Now().UnixNano(), 36)
	originals, variants = "originals-"+stamp, "variants-"+stamp
	for _, bucket := range []string{originals, variants} {
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{
		"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::%s/*"}]}`, variants)
	if _, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &variants, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	return client, originals, variants
}

// photo returns a JPEG whose pixels have the given red and green.
func photo(t *testing.T, c color.RGBA) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for y := range 1200 {
		for x := range 1600 {
			m.SetRGBA(x, y, color.RGBA{c.R, c.G, uint8(x / 8), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
