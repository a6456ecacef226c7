package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A finding is one that doctor --json prints.
type finding struct{ State, About, Found string }

// A service that works passes every check, and nothing is left of the image that was uploaded.
func TestDoctorLive(t *testing.T) {
	originals := t.TempDir()
	address, _ := program(t, "serve", "--originals", originals, "--variants", t.TempDir(), "--sign-keys", "k", "--revalidate", "1ms")
	var out bytes.Buffer
	if err := run(t.Context(), []string{
		"doctor", "--json", "--live", address + "/", "--originals", originals, "--sign-keys", "k", "--live-wait", "1m",
	}, os.Getenv, &out); err != nil {
		t.Error(err)
	}
	var findings []finding
	must(t, json.Unmarshal(out.Bytes(), &findings))
	seen := make(map[string]bool)
	for _, f := range findings {
		if seen[f.About] = true; f.State != "ok" {
			t.Errorf("got %+v", f)
		}
	}
	for _, about := range []string{
		"upload", "image", "caching", "negotiation", "signatures", "info", "names", "refusals", "private paths", "deletion",
	} {
		if !seen[about] {
			t.Errorf("there is no finding about %s", about)
		}
	}
	if n := countFiles(t, originals); n != 0 {
		t.Errorf("%d files are left among the originals", n)
	}
}

// TestRealDoctor checks services on the servers that IMGORIGIN_TEST_S3 and IMGORIGIN_TEST_AWS name; on the second also
// queues and tables. It is skipped without them.
func TestRealDoctor(t *testing.T) {
	for name, variable := range map[string]string{"S3": "IMGORIGIN_TEST_S3", "AWS": "IMGORIGIN_TEST_AWS"} {
		t.Run(name, func(t *testing.T) {
			endpoint := os.Getenv(variable)
			if endpoint == "" {
				t.Skip(variable, "names no server")
			}
			t.Setenv("AWS_ENDPOINT_URL", endpoint)
			t.Setenv("AWS_REGION", "us-east-1")
			var args []string
			if name == "AWS" {
				c := newDeployment(t, endpoint)
				c.upload(t, "sea.jpg", resizetest.JPEG(resizetest.Photo(60, 40), 80))
				args = []string{
					"--originals", "s3://" + c.photos, "--variants", "s3://" + c.variants, "--queue", c.queue,
					"--removals-queue", c.removals,
					"--quarantine", "s3://" + c.quarantine, "--failures-table", c.table,
				}
			} else {
				bucket := fmt.Sprintf("doctor-%d", time.Now().UnixNano())
				settings, err := config.LoadDefaultConfig(t.Context())
				must(t, err)
				client := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
				_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
				must(t, err)
				args = []string{"--originals", "s3://" + bucket + "/originals", "--variants", "s3://" + bucket + "/variants"}
			}
			var out bytes.Buffer
			if err := run(t.Context(), append([]string{"doctor"}, args...), func(string) string { return "" }, &out); err != nil {
				t.Errorf("%v: %s", err, &out)
			}
			t.Log(out.String())
		})
	}
}
