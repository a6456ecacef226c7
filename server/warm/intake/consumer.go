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

// A QueueClient is the part of a *sqs.Client that a Consumer needs.
type QueueClient interface {
	ReceiveMessage(
		context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options),
	) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(
		context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options),
	) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(
		context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options),
	) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// A Consumer handles the messages of a queue of SQS. A message is deleted once it was handled. A message whose handling
// failed is delivered again, after a pause that doubles each time, until the queue moves it to its dead-letter queue.
// Client, URL and Handle are required.
type Consumer struct {
	Client QueueClient
	URL    string

	// Handle handles a message. It is called for several messages at once, and again for a message that it has handled
	// if that could not be deleted. See [EachEvent].
	Handle func(ctx context.Context, m Message) error

	// IsPaused, if not nil, reports that handling messages would be in vain at the moment, because a bucket does not
	// answer. While it does, the consumer receives a single message at a time and pauses before each, so that messages
	// wait in the queue, and it finds out when the bucket answers again.
	IsPaused func() bool

	// AtOnce is the number of messages that are handled at once, not counting those that wait in [WithoutPlace]. The
	// default is 64.
	AtOnce int

	// Waiting is the number of messages that may wait in [WithoutPlace]. The default is 10,000, which take about 100 MB.
	// SQS leases 120,000 messages of a queue at a time.
	Waiting int

	// Visibility is how long after its last renewal the lease of a message ends, so that another consumer receives it.
	// The default is 1 minute.
	Visibility time.Duration

	// Grace is how long Run waits, once its context has ended, for the messages that are being handled. The default is
	// 20 seconds.
	Grace time.Duration

	// Jitter returns a random part of a duration. The default is [rand.N].
	Jitter func(time.Duration) time.Duration

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// LongestPoll is how long a request for messages waits for one, the most that SQS allows. The client must wait longer for the
// answer: a request that it has given up may still take a message, which then waits for the end of its lease.
const LongestPoll = 20 * time.Second

// batchSize is the number of messages in a request, the most that SQS allows.
const batchSize = 10

// outagePause is the time between two messages that are received during an outage.
const outagePause = 2 * time.Second

// longestRetry bounds the pause before a message is delivered again. SQS allows 12 hours.
const longestRetry = 15 * time.Minute

// Run consumes the queue until ctx ends. The messages that are being handled then have Grace to finish; the others are
// interrupted and returned to the queue, where consumers can receive them at once. The error is that there is no such
// queue.
func (c Consumer) Run(ctx context.Context) error {
	c.AtOnce = cmp.Or(c.AtOnce, 64)
	c.Waiting = cmp.Or(c.Waiting, 10_000)
	c.Visibility = cmp.Or(c.Visibility, time.Minute)
	c.Grace = cmp.Or(c.Grace, 20*time.Second)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Jitter == nil {
		c.Jitter = rand.N[time.Duration]
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	handling, interrupt := context.WithCancel(context.WithoutCancel(ctx))
	defer interrupt()
	r := &consumerRun{
		Consumer: c, leases: newLeases(c),
		places: semaphore.NewWeighted(int64(c.AtOnce)), waiting: semaphore.NewWeighted(int64(c.Waiting)),
		handled: make(chan string, c.AtOnce),
	}
	var helpers sync.WaitGroup
	helpers.Go(func() { r.leases.RenewAll(handling) })
	helpers.Go(func() { r.leases.DeleteAll(context.WithoutCancel(ctx), r.handled) })

	err := r.receive(ctx, handling)
	grace := time.AfterFunc(c.Grace, interrupt)
	r.handlers.Wait()
	grace.Stop()
	close(r.handled)
	interrupt()
	helpers.Wait()
	return err
}

// consumerRun is a call of [Consumer.Run].
type consumerRun struct {
	Consumer
	leases   *leases
	places   *semaphore.Weighted // one for each message that may be handled at once
	waiting  *semaphore.Weighted // one for each message that may wait without a place
	handlers sync.WaitGroup
	handled  chan string // receipts of messages to delete
}

// receive starts a goroutine for every message, with the context handling. It returns when ctx ends, or when there is
// no such queue.
func (r *consumerRun) receive(ctx, handling context.Context) error {
	pause := time.Second
	for {
		places := r.acquirePlaces(ctx)
		if places > 1 && r.IsPaused != nil && r.IsPaused() {
			r.places.Release(int64(places - 1))
			places = 1
			if !r.sleep(ctx, outagePause) {
				r.places.Release(1)
				return nil
			}
		}
		if places == 0 {
			return nil
		}
		out, err := r.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &r.URL, MaxNumberOfMessages: int32(places), WaitTimeSeconds: int32(LongestPoll / time.Second),
			VisibilityTimeout: int32(r.Visibility / time.Second),
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{
				types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameAWSTraceHeader,
			},
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
			r.handlers.Go(func() { r.handle(handling, m) })
		}
	}
}

// acquirePlaces waits for a place, and acquires as many more as are free, up to the messages of one request. It returns 0
// when ctx ends.
func (r *consumerRun) acquirePlaces(ctx context.Context) int {
	if r.places.Acquire(ctx, 1) != nil {
		return 0
	}
	n := 1
	for n < batchSize && r.places.TryAcquire(1) {
		n++
	}
	return n
}

// pauseAfter pauses after an error of the queue. It returns false when ctx ended.
func (r *consumerRun) pauseAfter(ctx context.Context, err error, pause time.Duration) bool {
	if ctx.Err() == nil {
		r.Log.WarnContext(ctx, "queue does not answer", "queue", r.URL, "err", err)
	}
	return r.sleep(ctx, pause/2+r.Jitter(pause))
}

// sleep returns false when ctx ended before d was over.
func (r *consumerRun) sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// handle handles a message, and deletes it or returns it to the queue.
func (r *consumerRun) handle(ctx context.Context, received types.Message) {
	p := &place{places: r.places, waiting: r.waiting, isHeld: true}
	defer p.release()
	r.Metrics.inFlight.Inc()
	defer r.Metrics.inFlight.Dec()
	m := newMessage(*received.MessageId, *received.Body, received.Attributes)
	err := r.Handle(context.WithValue(ctx, placeKey{}, p), m)
	switch {
	case err == nil:
		r.handled <- *received.ReceiptHandle
	case ctx.Err() != nil:
		r.Metrics.messages.WithLabelValues("released").Inc()
		r.leases.Return(ctx, *received.ReceiptHandle, 0)
	default:
		r.Metrics.messages.WithLabelValues("failed").Inc()
		r.Log.WarnContext(ctx, "message failed", "queue", r.URL, "message", m.ID, "receives", m.Receives, "err", err)
		r.leases.Return(ctx, *received.ReceiptHandle, r.retryAfter(m.Receives))
	}
}

// newMessage returns a message with the system attributes of SQS.
func newMessage(id, body string, attributes map[string]string) Message {
	n, err := strconv.Atoi(attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		n = 0
	}
	trace := attributes[string(types.MessageSystemAttributeNameAWSTraceHeader)]
	return Message{ID: id, Body: body, Receives: max(n, 1), Trace: trace}
}

// retryAfter returns the pause before a message is delivered again: 2 to 4 s after its first delivery, and twice as
// long after each further one.
func (c Consumer) retryAfter(receives int) time.Duration {
	pause := min(time.Second<<min(receives, 20), longestRetry/2)
	return pause + c.Jitter(pause)
}
