package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A tally counts the requests to a bucket store by their prices: GETs, HEADs, PUTs and lists. Deletions are free.
type tally struct {
	mu                      sync.Mutex
	gets, heads, puts, list int
}

func (c *tally) count(_ http.ResponseWriter, r *http.Request) bool {
	if strings.Contains(r.URL.Path, "/imgorigin-doctor/") { // of the check at the start
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	isList := strings.Count(strings.Trim(r.URL.Path, "/"), "/") == 0
	switch {
	case r.Method == http.MethodGet && isList:
		c.list++
	case r.Method == http.MethodGet:
		c.gets++
	case r.Method == http.MethodHead:
		c.heads++
	case r.Method == http.MethodPut:
		c.puts++
	}
	return false
}

// take returns the counts, and begins again.
func (c *tally) take() [4]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := [4]int{c.gets, c.heads, c.puts, c.list}
	c.gets, c.heads, c.puts, c.list = 0, 0, 0, 0
	return counts
}

// The requests to S3 that imgorigin plan reckons with are those that are sent: of a miss, an upload with six variants and a
// deletion. Each event is settled twice.
func TestRequestsAsPlanned(t *testing.T) {
	t.Parallel() // most of it is waiting for the second settlement
	s3, queues, requests := cachetest.NewS3(t), new(intaketest.SQS), new(tally)
	for _, bucket := range []string{"originals", "variants", "quarantine"} {
		s3.CreateBucket(bucket)
	}
	photo := resizetest.JPEG(resizetest.Photo(1200, 900), 80)
	s3.PutObject("originals", "lazy.jpg", photo)
	endpoint := queues.Serve(t)
	queue := queues.Create("events", time.Minute, "", 0)
	env := append(awsEnv(endpoint), "AWS_ENDPOINT_URL_S3="+s3.URL)
	s3.Intercept(requests.count)

	_, served := process(t, env, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "none", "--originals", "s3://originals",
		"--variants", "s3://variants", "--drafts", "off", "--siblings", "0")
	address := "http://" + served.await(t, `"addr":"([^"]+)"`)
	for _, query := range []string{"w=320", "w=640"} {
		requests.take()
		get(t, address+"/img/lazy.jpg?fm=jpeg&"+query)
		if got, want := requests.take(), [4]int{cost.FillGets, cost.FillHeads, cost.FillPuts, 0}; got != want {
			t.Errorf("miss of %s: got %v GETs, HEADs, PUTs and lists, want %v", query, got, want)
		}
	}

	process(t, env, "work", "--queue", queue, "--originals", "s3://originals", "--variants", "s3://variants",
		"--quarantine", "s3://quarantine", "--warm", "w=160,320,640&fm=auto,jpeg", "--revalidate", "0s", "--fill-timeout", "2s")
	settled := func() bool {
		visible, inFlight := queues.Count(queue)
		return visible+inFlight == 0
	}
	requests.take()
	s3.PutObject("originals", "new.jpg", photo)
	sendMessage(t, queues, queue, createdIn("originals", "new.jpg", 1))
	eventually(t, "the upload is settled", settled)
	want := [4]int{cost.UploadGets, cost.UploadHeads + 6*cost.WarmHeads, 6 * cost.WarmPuts, cost.UploadLists}
	if got := requests.take(); got != want {
		t.Errorf("upload: got %v GETs, HEADs, PUTs and lists, want %v", got, want)
	}
	s3.DeleteObject("originals", "new.jpg")
	sendMessage(t, queues, queue, strings.Replace(createdIn("originals", "new.jpg", 2), "ObjectCreated:Put", "ObjectRemoved:Delete", 1))
	eventually(t, "the deletion is settled", settled)
	if got, want := requests.take(), [4]int{cost.DeleteGets, cost.DeleteHeads, 0, cost.DeleteLists}; got != want {
		t.Errorf("deletion: got %v GETs, HEADs, PUTs and lists, want %v", got, want)
	}
}

// createdIn is the event of an upload to a bucket.
func createdIn(bucket, key string, sequencer int) string {
	return strings.Replace(created(key, sequencer), `"any"`, fmt.Sprintf("%q", bucket), 1)
}
