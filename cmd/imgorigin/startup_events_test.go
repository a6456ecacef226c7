package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// A backend is the queues and the table of a process that handles events. Empty answers are those of a service that works.
type backend struct {
	queue         string // its URL
	sqs, dynamoDB string // the code of the error that the API answers
	status        int    // of that answer
}

// set has the AWS SDK use the backend.
func (b *backend) set(t *testing.T) {
	setAWSCredentials(t)
	queues := new(intaketest.SQS)
	failing := func(code *string, next http.Handler) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if *code == "" {
				next.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(b.status)
			fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":"no"}`, *code)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	b.queue = queues.Create("events", time.Minute, "", 0)
	t.Setenv("AWS_ENDPOINT_URL_SQS", failing(&b.sqs, queues))
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", failing(&b.dynamoDB, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "{}")
	})))
}

// start runs a command that handles the events of a queue, until it logs a message or ends.
func (b *backend) start(t *testing.T, message, queue string, command ...string) (log string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &stoppedAt{message: message, stop: cancel}
	err = run(ctx, append(command, "--originals", t.TempDir(), "--variants", "none", "--quarantine", filepath.Join(t.TempDir(), "q"),
		"--failures-table", "failures", "--queue", queue), os.Getenv, out)
	return out.String(), err
}

// With a queue or a table that is not there, commands that handle events end at once and say what to do.
func TestEventsNeedQueueAndTable(t *testing.T) {
	const hint = "\n→ imgorigin doctor checks the other settings too"
	const elsewhere = "https://sqs.eu-west-1.amazonaws.com/123456789012/photos"
	for _, test := range []struct {
		name    string
		backend backend
		queue   string // "" is the one that is there
		want    string
	}{
		{
			"no queue", backend{}, "http://127.0.0.1/1/none",
			"--queue http://127.0.0.1/1/none: the queue does not exist (QueueDoesNotExist)\n→ is the URL right?",
		},
		{"another region", backend{}, elsewhere, "the queue is in eu-west-1, and the AWS region is us-east-1\n→ set AWS_REGION=eu-west-1"},
		{"no URL", backend{}, "elsewhere", "elsewhere is not the URL of a queue\n→ want https://sqs.REGION"},
		{"rejected", backend{sqs: "UnrecognizedClientException", status: 403}, "", "SQS does not accept the AWS credentials (Unrec"},
		{"expired", backend{sqs: "ExpiredTokenException", status: 400}, "", "(ExpiredTokenException)\n→ look at AWS_ACCESS_KEY_ID"},
		{
			"no table", backend{dynamoDB: "ResourceNotFoundException", status: 400}, "",
			"--failures-table failures: the table does not exist (ResourceNotFoundException)\n→ is the name right",
		},
		{"another key", backend{dynamoDB: "ValidationException", status: 400}, "", "want original alone, a string\n→ create it again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.backend
			b.set(t)
			if test.queue == "" {
				test.queue = b.queue
			}
			for _, command := range [][]string{{"work", "--admin-listen", "none"}, {"lambda", "events"}} {
				log, err := b.start(t, "consuming", test.queue, command...)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasSuffix(err.Error(), hint) {
					t.Errorf("%s: got %v, want %q; log %s", command[0], err, test.want, log)
				}
			}
		})
	}
}

// Queues and tables that are out, or that a role may not use yet, do not keep a worker from starting.
func TestWorkStartsInOutage(t *testing.T) {
	for _, test := range []struct {
		name    string
		backend backend
		warning string
	}{
		{"all is well", backend{}, ""},
		{"SQS is out", backend{sqs: "InternalFailure", status: 500}, "InternalFailure"},
		{"SQS denies", backend{sqs: "AccessDeniedException", status: 400}, "sqs:ReceiveMessage"},
		{"the table is throttled", backend{dynamoDB: "ThrottlingException", status: 400}, "ThrottlingException"},
		{"the table denies", backend{dynamoDB: "AccessDeniedException", status: 400}, "dynamodb:DeleteItem"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.backend
			b.set(t)
			log, err := b.start(t, "consuming", b.queue, "work", "--admin-listen", "none")
			warns := strings.Contains(log, "can't be used now")
			if err != nil || !strings.Contains(log, `"consuming"`) || warns != (test.warning != "") || !strings.Contains(log, test.warning) {
				t.Errorf("got %v, want a warning of %q, log %s", err, test.warning, log)
			}
		})
	}
}

// The function of requests ends at its start when originals can't be read, as serve does.
func TestLambdaHTTPNeedsOriginals(t *testing.T) {
	answering(t, 0, "", "")
	err := run(t.Context(), []string{"lambda", "http", "--originals", "s3://nonesuch", "--variants", "none"}, os.Getenv, new(output))
	if err == nil || !strings.Contains(err.Error(), "--originals s3://nonesuch/: the bucket does not exist (NoSuchBucket)\n→ is the name right") {
		t.Errorf("got %v", err)
	}
}
