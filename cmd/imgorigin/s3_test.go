package main

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// realBuckets creates buckets, with names that begin with prefixes, on the server that IMGORIGIN_TEST_S3 names, and has
// this process use that server.
func realBuckets(t *testing.T, prefixes ...string) (client *s3.Client, names []string) {
	t.Helper()
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", endpoint)
	for _, prefix := range prefixes {
		names = append(names, bucketName(prefix))
	}
	return createBuckets(t, names...), names
}

func bucketName(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:12]) }

// createBuckets creates buckets on the server that the environment names.
func createBuckets(t *testing.T, names ...string) *s3.Client {
	t.Helper()
	settings, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	for _, name := range names {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

// TestRealS3 runs the program with two buckets of the server that IMGORIGIN_TEST_S3 names, and credentials from AWS_….
// It is skipped without one.
func TestRealS3(t *testing.T) {
	client, buckets := realBuckets(t, "photos", "variants")
	photos, variants := buckets[0], buckets[1]
	const key = "2026/a cat ü+.jpg"
	upload := func(w, h int) {
		t.Helper()
		name := "in/" + key
		body := bytes.NewReader(resizetest.JPEG(resizetest.Photo(w, h), 85))
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &photos, Key: &name, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	serve := []string{"serve", "--originals", "s3://" + photos + "/in", "--variants", "s3://" + variants + "/v1/", "--revalidate", "0"}
	const path = "/img/2026/a%20cat%20%C3%BC+.jpg?w=320"

	upload(800, 600)
	address, stop := program(t, serve...)
	made := wantSize(t, address+path, 320, 240)
	if got := made.Header.Get("Cache-Status"); got != "imgorigin; fwd=miss; stored; detail=fill" {
		t.Errorf("the first request: got Cache-Status %q", got)
	}
	name := "v1/" + key + "/w=320.auto"
	object, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &variants, Key: &name})
	if err != nil {
		t.Fatal(err)
	}
	if *object.ContentType != "image/jpeg" || *object.CacheControl != cacheControl24h || *object.ETag != made.Header.Get("ETag") {
		t.Errorf("the object has %s, %s, %s", *object.ContentType, *object.CacheControl, *object.ETag)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	address, _ = program(t, serve...)
	if got := wantSize(t, address+path, 320, 240).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("after a restart: got Cache-Status %q", got)
	}
	upload(600, 800)
	wantSize(t, address+path, 320, 427)
	original := "in/" + key
	if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &photos, Key: &original}); err != nil {
		t.Fatal(err)
	}
	if response, _ := get(t, address+path); response.StatusCode != 404 {
		t.Errorf("after its deletion: got %s, want 404", response.Status)
	}
	store := cache.NewS3(cache.S3Config{Client: client, Bucket: variants, Prefix: "v1/"})
	if v, err := store.Get(t.Context(), cache.Key{Original: key, Transform: "w=320.auto"}); err == nil {
		t.Errorf("after its deletion: the store still holds %d bytes", len(v.Body))
	}
}

const cacheControl24h = "public, max-age=86400, stale-while-revalidate=604800"

// TestRealHook starts the versitygw whose binary IMGORIGIN_TEST_VERSITYGW names, and has it send its events to the
// program by webhook: variants of objects appear, and are dropped with them. It is skipped without one.
func TestRealHook(t *testing.T) {
	gateway := os.Getenv("IMGORIGIN_TEST_VERSITYGW")
	if gateway == "" {
		t.Skip("IMGORIGIN_TEST_VERSITYGW names no binary")
	}
	listen := freePort(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://"+listen)
	photos, variants := bucketName("photos"), bucketName("variants")
	address, stop := program(t, "serve", "--originals", "s3://"+photos, "--variants", "s3://"+variants,
		"--hook-token", "ci", "--revalidate", "never", "--siblings", "0", "--warm", "w=160,320&fm=auto")

	startGateway(t, gateway, listen, strings.Replace(address, "http://", "http://ci:ci@", 1)+"/hooks/s3")
	t.Cleanup(func() { _ = stop() }) // before the gateway, which the events in hand need
	client := createBuckets(t, photos, variants)
	key := "2026/a cat ü.jpg"
	store := cache.NewS3(cache.S3Config{Client: client, Bucket: variants})
	stored := func(transform string) *cache.Variant {
		v, err := store.Get(t.Context(), cache.Key{Original: key, Transform: transform})
		if err != nil {
			return nil
		}
		return v
	}
	upload := func(w, h int) {
		t.Helper()
		body := bytes.NewReader(resizetest.JPEG(resizetest.Photo(w, h), 85))
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &photos, Key: &key, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	upload(800, 600)
	eventually(t, "its variants", func() bool { return stored("w=160.auto") != nil && stored("w=320.auto") != nil })
	old := stored("w=160.auto")
	upload(600, 800)
	eventually(t, "new variants in place of the old", func() bool {
		v := stored("w=160.auto")
		return v != nil && old != nil && v.OriginalETag != old.OriginalETag
	})
	if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &photos, Key: &key}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all gone", func() bool { return stored("w=160.auto") == nil && stored("w=320.auto") == nil })
}

// startGateway starts a versitygw that sends its events to a webhook, until the test ends.
func startGateway(t *testing.T, gateway, listen, hook string) {
	t.Helper()
	command := exec.Command(gateway, "--port", listen, "--keep-alive", "--health", "/healthz",
		"--event-webhook-url", hook, "posix", t.TempDir())
	command.Env = append(os.Environ(),
		"ROOT_ACCESS_KEY="+os.Getenv("AWS_ACCESS_KEY_ID"), "ROOT_SECRET_KEY="+os.Getenv("AWS_SECRET_ACCESS_KEY"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	eventually(t, "versitygw", func() bool {
		response, err := http.Get("http://" + listen + "/healthz")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
}
