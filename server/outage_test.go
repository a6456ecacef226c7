package server

import (
	"net/http"
	"os"
	"strings"
	"testing"

	// breaks connections in the ways that networks do

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/originals"
)

// An outage is a way in which a bucket fails.
type outage struct {
	name  string
	begin func(*testing.T, *network) (end func())
	total bool // no original can be read
	looks bool // originals can be looked at all the same, which closes a breaker that is open
	slow  bool // takes the whole deadline: for TestRealOutages only
}

var outages = []outage{
	{name: "down", total: true, begin: func(t *testing.T, r *network) func() {
		r.proxy.Stop()
		return func() {
			if err := r.proxy.Start(); err != nil {
				t.Error(err)
			}
		}
	}},
	{name: "reset", total: true, begin: toxic(`"type":"reset_peer","attributes":{"timeout":0}`)},
	{name: "latency", slow: true, total: true, begin: toxic(`"type":"latency","attributes":{"latency":5000}`)},
	{name: "10 kB/s", slow: true, begin: toxic(`"type":"bandwidth","attributes":{"rate":10}`)},
	{name: "cut", total: true, looks: true, begin: toxic(`"type":"limit_data","attributes":{"bytes":3000}`)},
	{name: "SlowDown", total: true, begin: wrongly(slowDown)},
	{name: "short", total: true, looks: true, begin: wrongly(lengthened(func(n int) int { return n / 2 }))},
	{name: "long", total: true, looks: true, begin: wrongly(lengthened(func(n int) int { return n + 1000 }))},
}

// TestOutages is the hermetic matrix, without the slow outages.
func TestOutages(t *testing.T) {
	if testing.Short() {
		t.Skip("connections that break, in many ways: not under the race detector too")
	}
	fake := cachetest.NewS3(t)
	fake.CreateBucket("photos")
	fake.CreateBucket("variants")
	for _, o := range outages {
		if !o.slow {
			testOutage(t, fake.URL, o)
		}
	}
}

// TestRealOutages is the whole matrix, against the server that IMGORIGIN_TEST_S3 names. Without it, it is skipped.
func TestRealOutages(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	client := testClient(endpoint, http.DefaultClient)
	for _, bucket := range []string{"photos", "variants"} {
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil &&
			!strings.Contains(err.Error(), "BucketAlready") {
			t.Fatal(err)
		}
	}
	for _, o := range outages {
		testOutage(t, endpoint, o)
	}
}

func testOutage(t *testing.T, endpoint string, o outage) {
	for _, bucket := range []string{"originals", "variants"} {
		t.Run(o.name+" of "+bucket, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			w := newOutageWorld(t, endpoint, o)
			network := w.originals
			if bucket == "variants" {
				network = w.variants
			}
			w.run(t, o, bucket, network)
		})
	}
}

// Requests for objects that may not be read, or do not exist, open no breaker.
func TestRefusalsAreNoOutage(t *testing.T) {
	fake := cachetest.NewS3(t)
	fake.CreateBucket("photos")
	fake.PutObject("photos", "cat.jpg", photo(200, 100, 1))
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/secret.jpg") {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	o := start(t, Config{Originals: originals.S3{Client: fake.Client(), Bucket: "photos"}})
	for range 10 {
		o.get("/img/secret.jpg?w=160").want(t, http.StatusBadGateway, 0, 0)
		o.get("/img/gone.jpg?w=160").want(t, http.StatusNotFound, 0, 0)
	}
	o.get("/img/cat.jpg?w=160").want(t, http.StatusOK, 160, 80)
}
