package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// TestMain is also the function of Lambda, in the process that the tests start. There is a single original. A message
// with "fail" in its body fails; a message with "slow" never ends.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		os.Exit(m.Run())
	}
	target := warmtest.NewTarget()
	target.Put("2026/ü b+c.jpg")
	w, err := warm.New(warm.Config{Target: target, Bucket: "photos", Transforms: warmtest.Ladder})
	if err != nil {
		panic(err)
	}
	lambda.Start(Lambda{Handle: func(ctx context.Context, m Message) error {
		switch {
		case strings.Contains(m.Body, "fail"):
			return errors.New("throttled")
		case strings.Contains(m.Body, "slow"):
			<-ctx.Done()
			return ctx.Err()
		}
		return errors.Join(EachEvent(firstOnly(w.Handle))(ctx, m), target.Check(warmtest.Ladder))
	}})
}

// startFunction starts this test's binary as the function of a runtime.
func startFunction(t *testing.T, r *intaketest.Runtime) {
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+r.Addr)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
}

func TestLambda(t *testing.T) {
	r := intaketest.NewRuntime(t)
	startFunction(t, r)
	batch := func(bodies ...string) string {
		var b strings.Builder
		for i, body := range bodies {
			quoted, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			const record = `,{"messageId":"m%d","body":%s,"eventSource":"aws:sqs","attributes":{"ApproximateReceiveCount":"1"}}`
			fmt.Fprintf(&b, record, i, quoted)
		}
		return `{"Records":[` + b.String()[1:] + `]}`
	}
	good := sample(t, "s3.json")
	tests := []struct{ what, payload, want string }{
		{"S3", good, `{"made":0,"present":0,"deleted":0,"failed":0,"records":[]}`},
		{"SNS", sample(t, "s3-sns-lambda.json"), `{"made":0,"present":0,"deleted":0,"failed":0,"records":[]}`},
		{"test event", sample(t, "s3-test-event.json"), `{"made":0,"present":0,"deleted":0,"failed":0,"records":[]}`},
		{"batch", batch(good, good), `{"batchItemFailures":[]}`},
		{"part of a batch", batch(good, "fail", good, "nonsense", "slow"),
			`{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"},{"itemIdentifier":"m4"}]}`},
	}
	for _, test := range tests {
		r.Timeout = time.Minute
		if strings.Contains(test.payload, "slow") { // which takes all but the last 2 s
			r.Timeout = 4 * time.Second
		}
		got, err := r.Invoke(t.Context(), []byte(test.payload))
		if err != nil || string(got.Body) != test.want {
			t.Errorf("%s: got %v, %v, want %s", test.what, got, err, test.want)
		}
	}
	for _, payload := range []string{`{"Records":[{"fail":1}]}`, `{"Records":[]}`, `"x"`} {
		_, err := r.Invoke(t.Context(), []byte(payload))
		if _, ok := errors.AsType[*intaketest.FunctionError](err); !ok {
			t.Errorf("%s: got %v, want the function's error", payload, err)
		}
	}
}

// The messages of a batch that wait for something else take no places from the rest of it, however many they are.
func TestLambdaWithoutPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var records []map[string]string
		for i := range 1000 {
			records = append(records, map[string]string{"messageId": fmt.Sprint(i), "body": "purge", "eventSource": "aws:sqs"})
		}
		payload, err := json.Marshal(map[string]any{"Records": records})
		if err != nil {
			t.Fatal(err)
		}
		var now, most, waiting atomic.Int64
		began := time.Now()
		l := Lambda{AtOnce: 4, Handle: func(ctx context.Context, m Message) error {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Millisecond)
			now.Add(-1)
			return WithoutPlace(ctx, func() error {
				for waiting.Add(1); waiting.Load() < 1000 && ctx.Err() == nil; { // as for a request that all share
					time.Sleep(time.Second)
				}
				return ctx.Err()
			})
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := l.Invoke(ctx, payload)
		if err != nil || string(out) != `{"batchItemFailures":[]}` {
			t.Errorf("got %.200s, %v", out, err)
		}
		if most.Load() != 4 || time.Since(began) > 5*time.Second {
			t.Errorf("got %d at once, and all in %v, want 4 and a few seconds", most.Load(), time.Since(began))
		}
	})
}
