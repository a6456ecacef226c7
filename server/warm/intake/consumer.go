package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/semaphore"
)

// A QueueClient is what a Consumer needs of SQS; a *sqs.Client is one.
type QueueClient interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// A Consumer takes messages from a queue of SQS. Each is its own: one that fails comes again, later every time,
// until the queue moves it to its dead letters; the others are deleted. Client, URL and Handle are needed.
type Consumer struct {
	Client QueueClient
	URL    string

	// Handle does the work of a message: [Warmer.Message], or [Warmer.DeadLetter] on a queue of dead letters. It
	// may be called for several messages at once, and again for one that it has handled.
	Handle func(ctx context.Context, m Message) error

	AtOnce     int           // messages being worked on, those that wait for their turn included; default 64
	Visibility time.Duration // how long a message stays ours without a sign of life; default 1 min
	Grace      time.Duration // how long Run goes on with what it has begun, once its context ended; default 20 s

	Metrics *Metrics     // default NewMetrics()
	Log     *slog.Logger // default discards
}

// SQS's limits on one request.
const (
	batchSize    = 10
	waitSeconds  = 20
	longestRetry = 15 * time.Minute // ours: SQS would go to 12 hours
)

// Run consumes the queue until ctx ends. What it has begun then has Grace to end; what has not ended is
// interrupted, and given back to the queue for others to take at once. The error is of a queue that isn't there.
func (c Consumer) Run(ctx context.Context) error {
	c.AtOnce = cmp.Or(c.AtOnce, 64)
	c.Visibility = cmp.Or(c.Visibility, time.Minute)
	c.Grace = cmp.Or(c.Grace, 20*time.Second)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	working, interrupt := context.WithCancel(context.WithoutCancel(ctx))
	defer interrupt()
	r := &consuming{
		Consumer: c, leases: newLeases(c), places: semaphore.NewWeighted(int64(c.AtOnce)), done: make(chan string, c.AtOnce),
	}
	var helpers sync.WaitGroup
	helpers.Go(func() { r.leases.Keep(working) })
	helpers.Go(func() { r.leases.DeleteAll(context.WithoutCancel(ctx), r.done) })

	err := r.receive(ctx, working)
	grace := time.AfterFunc(c.Grace, interrupt)
	r.works.Wait()
	grace.Stop()
	close(r.done)
	interrupt()
	helpers.Wait()
	return err
}

// consuming is one run of a Consumer.
type consuming struct {
	Consumer
	leases *leases
	places *semaphore.Weighted
	works  sync.WaitGroup
	done   chan string // receipts of messages to delete
}

// receive starts a work for every message. It returns when ctx ends, or the queue is not there.
func (r *consuming) receive(ctx, working context.Context) error {
	pause := time.Second
	for {
		places := r.enter(ctx)
		if places == 0 {
			return nil
		}
		out, err := r.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &r.URL, MaxNumberOfMessages: int32(places), WaitTimeSeconds: waitSeconds,
			VisibilityTimeout:           int32(r.Visibility / time.Second),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount},
		})
		if err != nil {
			r.places.Release(int64(places))
			if _, ok := errors.AsType[*types.QueueDoesNotExist](err); ok {
				return fmt.Errorf("sqs receive from %s: %w", r.URL, err)
			}
			if !r.pauseAfter(ctx, err, pause) {
				return nil
			}
			pause = min(2*pause, 30*time.Second)
			continue
		}
		pause = time.Second
		r.places.Release(int64(places - len(out.Messages)))
		for _, m := range out.Messages {
			r.leases.Add(*m.ReceiptHandle)
			r.works.Go(func() { r.work(working, m) })
		}
	}
}

// enter takes as many places as a request can fill, waiting for the first.
func (r *consuming) enter(ctx context.Context) int {
	if r.places.Acquire(ctx, 1) != nil {
		return 0
	}
	n := 1
	for n < batchSize && r.places.TryAcquire(1) {
		n++
	}
	return n
}

// pauseAfter waits after an error of the queue, and tells whether to go on.
func (r *consuming) pauseAfter(ctx context.Context, err error, pause time.Duration) bool {
	if ctx.Err() == nil {
		r.Log.WarnContext(ctx, "queue does not answer", "queue", r.URL, "err", err)
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause/2 + rand.N(pause)):
		return true
	}
}

// work handles one message and says what becomes of it.
func (r *consuming) work(ctx context.Context, m types.Message) {
	defer r.places.Release(1)
	r.Metrics.inFlight.Inc()
	defer r.Metrics.inFlight.Dec()
	receives, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	one := Message{ID: *m.MessageId, Body: *m.Body, Receives: max(receives, 1)}
	err := r.Handle(ctx, one)
	switch {
	case err == nil:
		r.done <- *m.ReceiptHandle
	case ctx.Err() != nil:
		r.Metrics.messages.WithLabelValues("released").Inc()
		r.leases.Return(ctx, *m.ReceiptHandle, 0)
	default:
		r.Metrics.messages.WithLabelValues("failed").Inc()
		r.Log.WarnContext(ctx, "message failed", "queue", r.URL, "message", one.ID, "receives", one.Receives, "err", err)
		r.leases.Return(ctx, *m.ReceiptHandle, retryAfter(one.Receives))
	}
}

// retryAfter is how long a message that was received that often stays away: 2 to 4 s at first, then twice as long
// every time.
func retryAfter(receives int) time.Duration {
	pause := min(time.Second<<min(receives, 20), longestRetry/2)
	return pause + rand.N(pause)
}
