package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Lambda is a handler for AWS Lambda, to be passed to lambda.Start of aws-lambda-go. Handle is required.
//
// It handles batches of messages of SQS, and answers with the messages that have to be delivered again; the function's
// event source mapping must report batch item failures. It also handles the events of S3, SNS and EventBridge that
// invoke a function directly, and answers with a [Report], or with the error of an event that is to be handled again. Lambda
// drops those after the third attempt, and does not tell a function which attempt it is: put a queue in between.
type Lambda struct {
	// Handle handles a message. It is called for several messages at once. See [EachEvent].
	Handle func(ctx context.Context, m Message) error

	// AtOnce is the number of messages of a batch that are handled at once, not counting those that wait in
	// [WithoutPlace]. The default is 64.
	AtOnce int

	// Reserve is how long before the function's deadline handling ends, so that there is time to answer which messages
	// were handled. The default is 2 seconds.
	Reserve time.Duration

	// Log defaults to discarding.
	Log *slog.Logger
}

// sqsBatch is the payload of a function that is mapped to a queue.
type sqsBatch struct {
	Records []struct {
		MessageID   string `json:"messageId"`
		Body        string `json:"body"`
		EventSource string `json:"eventSource"`
		Attributes  map[string]string
	}
}

// batchResponse lists the messages that have to be delivered again.
type batchResponse struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Invoke implements lambda.Handler of aws-lambda-go.
func (l Lambda) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-cmp.Or(l.Reserve, 2*time.Second)))
		defer cancel()
	}
	var batch sqsBatch
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, fmt.Errorf("%w: %w", s3event.ErrEnvelope, err)
	}
	if len(batch.Records) > 0 && batch.Records[0].EventSource == "aws:sqs" {
		return json.Marshal(l.batch(ctx, batch))
	}
	var i invocation
	if err := l.Handle(context.WithValue(ctx, invocationKey{}, &i), Message{Body: string(payload), Receives: 1, Trace: TraceOf(ctx)}); err != nil {
		return nil, err
	}
	return json.Marshal(i.done())
}

// TraceOf returns the header of AWS X-Ray that an invocation came with, which aws-lambda-go keeps under this key.
func TraceOf(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	return header
}

// batch handles the messages of a batch, independently of each other.
func (l Lambda) batch(ctx context.Context, batch sqsBatch) batchResponse {
	places := semaphore.NewWeighted(int64(cmp.Or(l.AtOnce, 64)))
	waiting := semaphore.NewWeighted(int64(len(batch.Records))) // all may: a batch is in memory as a whole
	failed := make([]bool, len(batch.Records))
	var all sync.WaitGroup
	for i, r := range batch.Records {
		m := newMessage(r.MessageID, r.Body, r.Attributes)
		m.Trace = cmp.Or(m.Trace, TraceOf(ctx))
		all.Go(func() {
			err := places.Acquire(ctx, 1)
			if err == nil {
				p := &place{places: places, waiting: waiting, isHeld: true}
				defer p.release()
				err = l.Handle(context.WithValue(ctx, placeKey{}, p), m)
			}
			if failed[i] = err != nil; err != nil && l.Log != nil {
				l.Log.WarnContext(ctx, "message failed", "message", m.ID, "receives", m.Receives, "err", err)
			}
		})
	}
	all.Wait()
	response := batchResponse{Failures: []batchFailure{}} // Lambda takes null for the failure of all
	for i, r := range batch.Records {
		if failed[i] {
			response.Failures = append(response.Failures, batchFailure{r.MessageID})
		}
	}
	return response
}
