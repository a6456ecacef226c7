package main

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A twoQueues is a folder with an original, cat.jpg, a folder with a variant of one that is gone, and the queues of events
// and of removals.
type twoQueues struct {
	*intaketest.SQS
	originals, variants string
	events, removals    string
	env                 []string // of a process that consumes the queues
}

func newTwoQueues(t *testing.T) *twoQueues {
	q := &twoQueues{SQS: new(intaketest.SQS), originals: t.TempDir(), variants: t.TempDir()}
	q.events, q.removals = q.Create("events", time.Minute, "", 0), q.Create("removals", time.Minute, "", 0)
	q.env = awsEnv(q.Serve(t))
	writeFile(t, filepath.Join(q.originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(500, 400), 80))
	store, err := cache.OpenFolder(q.variants)
	must(t, err)
	defer store.Close()
	must(t, store.Put(t.Context(), goneVariant, &cache.Variant{Body: []byte("x"), MediaType: "image/jpeg", OriginalETag: `"x"`, ETag: `"y"`}))
	return q
}

var goneVariant = cache.Key{Original: "gone.jpg", Transform: "w=160.auto"}

// isSettled reports whether the variant of the original is there, that of the one that is gone is not, and each queue holds
// nothing but the second event of its kind.
func (q *twoQueues) isSettled(t *testing.T) bool {
	t.Helper()
	for _, url := range []string{q.events, q.removals} {
		if visible, later := q.Count(url); visible != 0 || later != 1 {
			return false
		}
	}
	store, err := cache.OpenFolder(q.variants)
	must(t, err)
	defer store.Close()
	_, errMade := store.Get(t.Context(), cache.Key{Original: "cat.jpg", Transform: "w=160.auto"})
	_, errGone := store.Get(t.Context(), goneVariant)
	return errMade == nil && errGone != nil
}

func removed(key string) string {
	return strings.Replace(created(key, 1), "ObjectCreated:Put", "LifecycleExpiration:Delete", 1)
}

// Commands with both queues consume both, whatever the events in them, and send second events to the queue of their kind.
func TestRemovalsQueue(t *testing.T) {
	for name, send := range map[string]func(q *twoQueues){
		"": func(q *twoQueues) {
			sendMessage(t, q.SQS, q.events, created("cat.jpg", 1))
			sendMessage(t, q.SQS, q.removals, removed("gone.jpg"))
		},
		", swapped": func(q *twoQueues) {
			sendMessage(t, q.SQS, q.removals, created("cat.jpg", 1))
			sendMessage(t, q.SQS, q.events, removed("gone.jpg"))
		},
	} {
		for _, args := range [][]string{{"work"}, {"serve", "--listen", "127.0.0.1:0", "--admin-listen", "none"}} {
			t.Run(args[0]+name, func(t *testing.T) {
				q := newTwoQueues(t)
				send(q)
				process(t, q.env, append(args, "--originals", q.originals, "--variants", q.variants, "--warm", "w=160&fm=auto",
					"--queue", q.events, "--removals-queue", q.removals)...)
				eventually(t, "both originals settled", func() bool { return q.isSettled(t) })
			})
		}
	}
}

func TestRemovalsQueueOfLambda(t *testing.T) {
	q, runtime := newTwoQueues(t), intaketest.NewRuntime(t)
	process(t, append(q.env, "AWS_LAMBDA_RUNTIME_API="+runtime.Addr), "lambda", "events", "--originals", q.originals,
		"--variants", q.variants, "--warm", "w=160&fm=auto", "--queue", q.events, "--removals-queue", q.removals)
	record := func(id, body string) map[string]string {
		return map[string]string{"messageId": id, "body": body, "eventSource": "aws:sqs"}
	}
	payload, err := json.Marshal(map[string]any{"Records": []any{record("1", created("cat.jpg", 1)), record("2", removed("gone.jpg"))}})
	must(t, err)
	response := invoke(t, runtime, string(payload))
	if got := string(response.Body); got != `{"batchItemFailures":[]}` || !q.isSettled(t) {
		t.Errorf("got %s, want both originals settled", got)
	}
}

// A queue of its own that is the same queue would keep nothing apart, and a function of dead letters has no other queue.
func TestRemovalsQueueIsAnother(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ command, args, want string }{
		{"work", "--queue https://sqs/q --removals-queue https://sqs/q", "want one of its own"},
		{"serve", "--queue https://sqs/q --removals-queue https://sqs/q", "want one of its own"},
		{"lambda events", "--queue https://sqs/q --removals-queue https://sqs/q", "want one of its own"},
		{"lambda events", "--quarantine " + t.TempDir() + " --dead-letters --removals-queue https://sqs/q", "back to --queue only"},
		{"work", "", "want at least one"},
	} {
		args := strings.Fields(test.command + " --originals " + folder + " --variants none " + test.args)
		err := run(t.Context(), args, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want …%s…", args, err, test.want)
		}
	}
}
