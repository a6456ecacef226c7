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

// A cdn is nginx in CloudFront's place: see nginx/nginx.conf.
type cdn struct {
	owner     *testing.T // whose end ends nginx
	dir, addr string
	nginx     *process
}

// newCDN fills in nginx's configuration. IMGORIGIN_TEST_CDN is the path of nginx; without it the test is not for this
// machine, and .ci/run looks that it ran.
func newCDN(t *testing.T, code, keys, bucket, service string) *cdn {
	t.Helper()
	// Short: the path of a socket has at most 107 bytes.
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
		"nginx.conf": source("nginx.conf"), "js/edge.js": code + source("adapter.js"), "js/cloudfront": source("cloudfront.js"),
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

// empty forgets all that the cache holds.
func (c *cdn) empty(t *testing.T) {
	t.Helper()
	c.nginx.stop()
	if err := os.RemoveAll(filepath.Join(c.dir, "cache")); err != nil {
		t.Fatal(err)
	}
	c.start(t)
}

// get asks the edge, as a browser would.
func (c *cdn) get(t *testing.T, target, accept string) (r *http.Response, body []byte) {
	t.Helper()
	return get(t, "http://"+c.addr+target, accept)
}

func get(t *testing.T, url, accept string) (*http.Response, []byte) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Accept", accept)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

// buckets makes an originals and a variants bucket on the S3 server of IMGORIGIN_TEST_S3. Whoever asks may read the
// variants, which is CloudFront's right by its origin access control.
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

// photo is a picture of one colour and its neighbours.
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
