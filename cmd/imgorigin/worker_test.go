package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// awsEnv lets a process talk to servers of the test.
func awsEnv(sqs string) []string {
	return []string{"AWS_ENDPOINT_URL_SQS=" + sqs, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s"}
}

func created(key string, sequencer int) string {
	return fmt.Sprintf(`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"any"},"object":{"key":%q,"sequencer":"%04X"}}}]}`, key, sequencer)
}

func sendMessage(t *testing.T, queues *warmtest.SQS, url, body string) {
	t.Helper()
	if _, err := queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}

// The worker is killed again and again while it works: in the end every variant is there, none damaged, the queue is
// empty and nothing is set aside.
func TestKilledWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("20 processes take too long under the race detector")
	}
	const uploads, kills = 500, 20
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(500, 400), 80)
	queues := new(warmtest.SQS)
	endpoint := queues.Serve(t)
	queue := queues.Create("events", time.Second, "", 0)
	for i := range uploads {
		key := fmt.Sprintf("%03d.jpg", i)
		if err := os.WriteFile(filepath.Join(originals, key), photo, 0o600); err != nil {
			t.Fatal(err)
		}
		sendMessage(t, queues, queue, created(key, i))
	}
	work := []string{"work", "--queue", queue, "--originals", originals, "--variants", variants, "--quarantine", quarantine, "--warm", "w=160,320&fm=auto", "--visibility", "3s"}
	for range kills {
		command, _ := process(t, awsEnv(endpoint), work...)
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond) // the moment is what is random here
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		command.Wait()
	}
	_, out := process(t, awsEnv(endpoint), work...)
	for range 600 {
		if visible, inFlight := queues.Count(queue); visible+inFlight == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if visible, inFlight := queues.Count(queue); visible+inFlight != 0 {
		t.Fatalf("got %d messages and %d in flight at the end: %.2000s", visible, inFlight, out)
	}
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

// The function of Lambda takes a batch and answers which of its messages should come again.
func TestLambdaEvents(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80), 0o600); err != nil {
		t.Fatal(err)
	}
	runtime := warmtest.NewRuntime(t)
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr},
		"lambda", "events", "--originals", originals, "--variants", variants, "--warm", "w=160&fm=auto")
	record := func(id, body string) map[string]string {
		return map[string]string{"messageId": id, "body": body, "eventSource": "aws:sqs"}
	}
	payload, err := json.Marshal(map[string]any{"Records": []any{record("1", created("cat.jpg", 1)), record("2", "not an event")}})
	if err != nil {
		t.Fatal(err)
	}
	response := invoke(t, runtime, string(payload))
	if got := string(response.Body); !strings.Contains(got, `"itemIdentifier":"2"`) || strings.Contains(got, `"itemIdentifier":"1"`) {
		t.Errorf("got %s, want only the second to come again", got)
	}
	if n := countFiles(t, variants); n != 1 {
		t.Errorf("got %d variants, want 1", n)
	}
}

// The function URL streams what the origin answers.
func TestLambdaHTTP(t *testing.T) {
	originals := t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80), 0o600); err != nil {
		t.Fatal(err)
	}
	runtime := warmtest.NewRuntime(t)
	process(t, []string{"AWS_LAMBDA_RUNTIME_API=" + runtime.Addr}, "lambda", "http", "--originals", originals, "--variants", "none")
	response := invoke(t, runtime, `{"version":"2.0","rawPath":"/img/cat.jpg","rawQueryString":"w=160","headers":{"host":"x.lambda-url.us-east-1.on.aws"},"requestContext":{"http":{"method":"GET","path":"/img/cat.jpg"},"domainName":"x"}}`)
	head, body, found := strings.Cut(string(response.Body), strings.Repeat("\x00", 8))
	if !found || !strings.Contains(head, `"statusCode":200`) || !strings.Contains(head, `image/jpeg`) {
		t.Fatalf("got %.300q", response.Body)
	}
	if m := resizetest.Decode([]byte(body)); m.Bounds().Dx() != 160 {
		t.Errorf("got a picture of %v", m.Bounds())
	}
}

func invoke(t *testing.T, runtime *warmtest.Runtime, payload string) *warmtest.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	response, err := runtime.Invoke(ctx, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return response
}
