package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/imgorigin/imgorigin/server"
)

const (
	faultsRevalidate  = 10 * time.Second
	faultsFillTimeout = 15 * time.Second // other steps of the CI may run beside this
	faultsVisibility  = 10 * time.Second
	faultsOutage      = 2 * time.Minute

	// faultsHandling is how long two events and their purges may take. An event that an outage deferred is handled up to
	// a minute after it.
	faultsHandling = 90 * time.Second
)

// faultsBound is the staleness bound of the deployment under test.
var faultsBound = server.SecondSettlement(faultsRevalidate, faultsFillTimeout) + faultsHandling

// TestRealFaults runs two serving processes, a worker, and nginx as the edge, on the S3 and SQS of the server that
// IMGORIGIN_TEST_AWS names, such as moto. Clients ask the edge and the processes all the time, while originals are put,
// overwritten and deleted, the bucket of variants answers 503 for two minutes, and a serving process and the worker are
// killed. It is the end of what the package simulation shows for many worlds. It holds that
//
//   - the edge answers everything, in the outage too
//   - nobody gets an original that was replaced longer ago than the staleness bound, counted from the end of the faults
//   - at the end, nothing is stored of originals that are gone, and the queues and the quarantine are empty
func TestRealFaults(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_CDN") == "" || os.Getenv("IMGORIGIN_TEST_AWS") == "" {
		t.Skip("IMGORIGIN_TEST_CDN or IMGORIGIN_TEST_AWS is not set")
	}
	f := newFaultyStack(t)
	for _, key := range faultsKeys {
		f.change(key, true)
	}
	time.Sleep(5 * time.Second)
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() { f.ask(ctx, "edge", func() string { return "http://" + f.cdn.addr }) })
		for i := range f.addrs {
			clients.Go(func() { f.ask(ctx, "server", func() string { return "http://" + f.addrs[i] }) })
		}
	}
	f.change("a.jpg", true)
	f.change("b.jpg", false)
	time.Sleep(5 * time.Second)

	endOutage := f.begin("the bucket of variants is out")
	f.isOut.Store(true)
	f.change("c.jpg", true)
	f.change("2026/d e.jpg", false)
	time.Sleep(faultsOutage / 4)
	f.change("b.jpg", true)
	endKill := f.begin("the worker is killed")
	f.kill(f.worker)
	time.Sleep(time.Second)
	f.startWorker()
	time.AfterFunc(faultsVisibility, endKill) // its messages are leased until then
	time.Sleep(faultsOutage / 4)
	f.change("a.jpg", false)
	endKill = f.begin("a serving process is killed")
	f.kill(f.servers[0])
	f.startServer(0)
	endKill()
	time.Sleep(faultsOutage / 4)
	f.change("c.jpg", true)
	f.change("c.jpg", true)
	time.Sleep(faultsOutage / 4)
	f.isOut.Store(false)
	endOutage()

	time.Sleep(faultsBound)
	f.checkAnswers()
	stop()
	clients.Wait()
	f.checkEnd()
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Logf("answers: %v; refused while out: %d", f.answers, f.refused.Load())
	if len(f.violations) > 0 {
		t.Errorf("%d violations, the first: %s", len(f.violations), f.violations[0])
	}
	if f.answers["edge"] < 500 || f.answers["server"] < 500 || f.refused.Load() == 0 {
		t.Error("too few clients asked, or the outage was not felt")
	}
}

var (
	faultsKeys  = []string{"a.jpg", "b.jpg", "c.jpg", "2026/d e.jpg", "still.jpg"}
	faultsSizes = []string{"160", "320", "480"} // the last is not warmed
)

// begin notes that a fault begins. The function that it returns ends it.
func (f *faultyStack) begin(what string) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	begun := &fault{what: what, from: time.Now()}
	f.faults = append(f.faults, begun)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		begun.to = time.Now()
	}
}

// versionStep is the difference in red between two versions of an original.
const versionStep = 20

// change puts a new version of an original, or deletes it.
func (f *faultyStack) change(key string, exists bool) {
	f.t.Helper()
	f.mu.Lock()
	version := 0
	if exists {
		f.versions++
		version = f.versions
	}
	f.states[key] = append(f.states[key], faultState{version: version})
	index := len(f.states[key]) - 1
	f.mu.Unlock()
	var err error
	if exists {
		body := photo(f.t, color.RGBA{uint8(version * versionStep), 100, 0, 255})
		_, err = f.s3.PutObject(f.t.Context(), &s3.PutObjectInput{
			Bucket: aws.String(f.buckets["originals"]), Key: &key, Body: bytes.NewReader(body),
		})
	} else {
		_, err = f.s3.DeleteObject(f.t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(f.buckets["originals"]), Key: &key})
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[key][index].at = time.Now()
}

// ask asks for images until ctx ends, and checks the answers.
func (f *faultyStack) ask(ctx context.Context, who string, address func() string) {
	for ctx.Err() == nil {
		key, size := faultsKeys[rand.IntN(len(faultsKeys))], faultsSizes[rand.IntN(len(faultsSizes))]
		f.askOnce(ctx, who, address(), key, size)
		time.Sleep(100 * time.Millisecond)
	}
}

func (f *faultyStack) askOnce(ctx context.Context, who, address, key, size string) {
	asked := time.Now()
	target := address + (&url.URL{Path: "/img/" + key}).EscapedPath() + "?fm=jpeg&w=" + size
	version, status, err := fetchVersion(ctx, target)
	if ctx.Err() != nil || err != nil && who != "edge" { // that of a process that was killed
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[who]++
	switch {
	case err != nil:
		f.violations = append(f.violations, fmt.Sprintf("%s: %v", who, err))
	case status != http.StatusOK && status != http.StatusNotFound:
		if who == "edge" {
			f.violations = append(f.violations, fmt.Sprintf("%s answered %s w=%s with %d", who, key, size, status))
		}
	default:
		f.check(who+" w="+size, key, version, asked)
	}
}

// fetchVersion returns the version of an original that an answer shows, 0 for a 404.
func fetchVersion(ctx context.Context, target string) (version, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return 0, response.StatusCode, err
	}
	version, err = versionOf(body)
	return version, response.StatusCode, err
}

// versionOf returns the version of the original that a variant was made from.
func versionOf(body []byte) (int, error) {
	m, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	red, _, _, _ := m.At(m.Bounds().Dx()/2, m.Bounds().Dy()/2).RGBA()
	return (int(red>>8) + versionStep/2) / versionStep, nil
}

// check notes an answer of a version that was replaced longer ago than the bound, counted from the end of the faults
// since. f.mu is held.
func (f *faultyStack) check(who, key string, version int, asked time.Time) {
	states := f.states[key]
	i := len(states) - 1
	for ; i >= 0 && states[i].version != version; i-- {
	}
	if i < 0 {
		f.violations = append(f.violations, fmt.Sprintf("%s answered %s with version %d, which it never was", who, key, version))
		return
	}
	if i == len(states)-1 || states[i+1].at.IsZero() {
		return
	}
	calm := states[i+1].at
	for _, fault := range f.faults {
		if fault.to.IsZero() {
			return
		}
		if fault.to.After(calm) {
			calm = fault.to
		}
	}
	if late := asked.Sub(calm); late > faultsBound {
		f.violations = append(f.violations, fmt.Sprintf("%s answered %s with version %d, %v after it was replaced or the last fault ended", who, key, version, late))
	}
}

// checkAnswers asks for every size of every original, everywhere.
func (f *faultyStack) checkAnswers() {
	for _, address := range []string{f.cdn.addr, f.addrs[0], f.addrs[1]} {
		for _, key := range faultsKeys {
			f.mu.Lock()
			want := f.states[key][len(f.states[key])-1].version
			f.mu.Unlock()
			for _, size := range faultsSizes {
				target := "http://" + address + (&url.URL{Path: "/img/" + key}).EscapedPath() + "?fm=jpeg&w=" + size
				if got, status, err := fetchVersion(f.t.Context(), target); err != nil || got != want {
					f.t.Errorf("%s: got version %d, status %d, %v, want %d", target, got, status, err, want)
				}
			}
		}
	}
}

// checkEnd checks what is left in the buckets and queues.
func (f *faultyStack) checkEnd() {
	ctx := f.t.Context()
	stored, err := f.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(f.buckets["variants"]), Prefix: aws.String("v/")})
	if err != nil {
		f.t.Fatal(err)
	}
	kept := make(map[string]int) // variants by key
	for _, object := range stored.Contents {
		key, _ := filepath.Split(strings.TrimPrefix(*object.Key, "v/"))
		key = strings.TrimSuffix(key, "/")
		states := f.states[key]
		if len(states) == 0 || strings.HasSuffix(*object.Key, "/removed") {
			continue // not a variant, but a trace of those that a server removed
		}
		want := states[len(states)-1].version
		got, err := f.storedVersion(ctx, *object.Key)
		if err != nil || got != want {
			f.t.Errorf("stored: %s is of version %d, %v, want %d", *object.Key, got, err, want)
		}
		kept[key]++
	}
	for key, states := range f.states {
		if exists := states[len(states)-1].version > 0; exists != (kept[key] > 0) {
			f.t.Errorf("%s: %d variants are stored, and the original is there: %t", key, kept[key], exists)
		}
	}
	quarantined, err := f.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(f.buckets["quarantine"])})
	if err != nil || len(quarantined.Contents) > 0 {
		f.t.Errorf("%d objects in quarantine, %v", len(quarantined.Contents), err)
	}
	for _, queue := range []string{f.queue, f.removals, f.dead} {
		if n := f.messages(queue); n != "0+0+0" {
			f.t.Errorf("%s: %s messages are left", queue, n)
		}
	}
}

func (f *faultyStack) storedVersion(ctx context.Context, name string) (int, error) {
	out, err := f.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(f.buckets["variants"]), Key: &name})
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(out.Body)
	if err = errors.Join(err, out.Body.Close()); err != nil {
		return 0, err
	}
	return versionOf(body)
}

// messages returns how many messages a queue has: visible, in flight and delayed.
func (f *faultyStack) messages(queue string) string {
	out, err := f.sqs.GetQueueAttributes(f.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &queue, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	a := out.Attributes
	return a["ApproximateNumberOfMessages"] + "+" + a["ApproximateNumberOfMessagesNotVisible"] + "+" + a["ApproximateNumberOfMessagesDelayed"]
}
