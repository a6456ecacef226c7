package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Lambda is a handler for AWS Lambda, to be given to lambda.Start of aws-lambda-go. It takes batches of SQS,
// which it answers with those messages that should come again (the function's mapping must say
// ReportBatchItemFailures), and events of S3, SNS and EventBridge as they are. Handle is needed.
//
// Lambda forgets an event of S3 itself after its third try, and a try does not know whether it is the first. With a
// queue in between neither is so.
type Lambda struct {
	Handle func(ctx context.Context, m Message) error // [Warmer.Message] or [Warmer.DeadLetter]

	AtOnce  int           // messages of a batch; default 10
	Reserve time.Duration // of the function's time, kept to answer what is done and what not; default 2 s
	Log     *slog.Logger  // default discards
}

// sqsBatch is what Lambda gives for a mapping to a queue.
type sqsBatch struct {
	Records []struct {
		MessageID   string `json:"messageId"`
		Body        string `json:"body"`
		EventSource string `json:"eventSource"`
		Attributes  map[string]string
	}
}

// batchResponse lists the messages that should come again.
type batchResponse struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Invoke implements Handler of aws-lambda-go.
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
	if err := l.Handle(ctx, Message{Body: string(payload), Receives: 1}); err != nil {
		return nil, err
	}
	return []byte("null"), nil
}

// batch handles the messages of a batch, each for itself.
func (l Lambda) batch(ctx context.Context, batch sqsBatch) batchResponse {
	places := semaphore.NewWeighted(int64(cmp.Or(l.AtOnce, 10)))
	failed := make([]bool, len(batch.Records))
	var all sync.WaitGroup
	for i, r := range batch.Records {
		receives, _ := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
		m := Message{ID: r.MessageID, Body: r.Body, Receives: max(receives, 1)}
		all.Go(func() {
			err := places.Acquire(ctx, 1)
			if err == nil {
				defer places.Release(1)
				err = l.Handle(ctx, m)
			}
			if failed[i] = err != nil; err != nil && l.Log != nil {
				l.Log.WarnContext(ctx, "message failed", "message", m.ID, "receives", m.Receives, "err", err)
			}
		})
	}
	all.Wait()
	response := batchResponse{Failures: []batchFailure{}} // null would mean that all failed
	for i, r := range batch.Records {
		if failed[i] {
			response.Failures = append(response.Failures, batchFailure{r.MessageID})
		}
	}
	return response
}
