package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// awsEnv is the environment with which a process uses an SQS of the test.
func awsEnv(sqs string) []string {
	return []string{"AWS_ENDPOINT_URL_SQS=" + sqs, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s"}
}

func created(key string, sequencer int) string {
	return fmt.Sprintf(`{"Records":[{"eventName":"ObjectCreated:Put",`+
		`"s3":{"bucket":{"name":"any"},"object":{"key":%q,"sequencer":"%04X"}}}]}`, key, sequencer)
}

func sendMessage(t *testing.T, queues *intaketest.SQS, url, body string) {
	t.Helper()
	if _, err := queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}

// A worker is killed repeatedly while it works. In the end every variant is there and whole, the queue is empty, and
// nothing is in quarantine.
func TestKilledWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("20 processes take too long under the race detector")
	}
	t.Parallel() // most of it is waiting for the second settlement
	uploads, kills := 150, 6
	if os.Getenv("IMGORIGIN_TEST_KILLS") != "" { // for .ci/run
		uploads, kills = 500, 20
	}
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(500, 400), 80)
	queues := new(intaketest.SQS)
	endpoint := queues.Serve(t)
	queue := queues.Create("events", time.Second, "", 0)
	for i := range uploads {
		key := fmt.Sprintf("%03d.jpg", i)
		writeFile(t, filepath.Join(originals, key), photo)
		sendMessage(t, queues, queue, created(key, i))
	}
	work := []string{
		"work", "--queue", queue, "--originals", originals, "--variants", variants, "--quarantine", quarantine,
		"--warm", "w=160,320&fm=auto", "--visibility", "3s",
		"--revalidate", "0s", "--fill-timeout", "2s", // so that originals are settled a second time after 7 s
	}
	for range kills {
		command, _ := process(t, awsEnv(endpoint), work...)
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond) // at a random moment
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		command.Wait()
	}
	_, out := process(t, awsEnv(endpoint), work...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last worker wrote: %.2000s", out)
		}
	})
	eventually(t, "every event is settled", func() bool {
		visible, inFlight := queues.Count(queue)
		return visible+inFlight == 0
	})
	store, err := cache.OpenFolder(variants)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i := range uploads {
		for _, transform := range []string{"w=160.auto", "w=320.auto"} {
			if _, err := store.Get(t.Context(), cache.Key{Original: fmt.Sprintf("%03d.jpg", i), Transform: transform}); err != nil {
				t.Errorf("%03d.jpg, %s: %v", i, transform, err)
			}
		}
	}
	if n := countFiles(t, quarantine); n != 0 {
		t.Errorf("got %d files in quarantine, want none", n)
	}
}

// A command that consumes dead letters needs a quarantine, and reports that at its start instead of for each of them.
func TestDeadLettersNeedQuarantine(t *testing.T) {
	for _, args := range [][]string{{"work", "--dead-letters", "https://sqs/dead"}, {"lambda", "events", "--dead-letters"}} {
		args = append(args, "--originals", t.TempDir(), "--variants", "none")
		err := run(t.Context(), args, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "--dead-letters needs --quarantine") {
			t.Errorf("%v: got %v", args, err)
		}
	}
}
