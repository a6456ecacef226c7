package intake

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// leases are the messages that are ours for a while, by receipt. They are renewed as long as they are worked on,
// and end by deleting the message or giving it back.
type leases struct {
	Consumer

	mu   sync.Mutex // held while renewing: what ends meanwhile must not be renewed after
	held map[string]bool
}

func newLeases(c Consumer) *leases { return &leases{Consumer: c, held: make(map[string]bool)} }

// Add begins a lease.
func (l *leases) Add(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[receipt] = true
}

func (l *leases) end(receipts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, receipt := range receipts {
		delete(l.held, receipt)
	}
}

// Keep renews all leases until ctx ends.
func (l *leases) Keep(ctx context.Context) {
	ticks := time.NewTicker(l.Visibility / 3)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			l.renew(ctx)
		}
	}
}

func (l *leases) renew(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, l.Visibility/3)
	defer cancel()
	for receipts := range slices.Chunk(slices.Collect(maps.Keys(l.held)), batchSize) {
		l.setVisibility(ctx, receipts, l.Visibility)
	}
}

// Return ends a lease: others can take the message after the pause. Should SQS not hear of it, it is theirs when
// the lease runs out.
func (l *leases) Return(ctx context.Context, receipt string, pause time.Duration) {
	l.end(receipt)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	l.setVisibility(ctx, []string{receipt}, pause)
}

func (l *leases) setVisibility(ctx context.Context, receipts []string, d time.Duration) {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &l.URL}
	for i, receipt := range receipts {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &receipt, VisibilityTimeout: int32(d / time.Second),
		})
	}
	out, err := l.Client.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		l.Log.WarnContext(ctx, "visibility not changed", "queue", l.URL, "messages", len(receipts), "err", err)
		return
	}
	for _, failed := range out.Failed {
		l.Log.WarnContext(ctx, "visibility not changed", "queue", l.URL, "err", aws.ToString(failed.Message))
	}
}

// DeleteAll deletes the messages whose receipts come through done, as many at once as have come, until it is
// closed.
func (l *leases) DeleteAll(ctx context.Context, done <-chan string) {
	for receipt := range done {
		receipts := []string{receipt}
	more:
		for len(receipts) < batchSize {
			select {
			case receipt, ok := <-done:
				if !ok {
					break more
				}
				receipts = append(receipts, receipt)
			default:
				break more
			}
		}
		left := l.delete(ctx, receipts)
		l.end(receipts...)
		l.Metrics.messages.WithLabelValues("done").Add(float64(len(receipts) - len(left)))
		l.Metrics.messages.WithLabelValues("undeleted").Add(float64(len(left)))
	}
}

// delete deletes messages and returns the receipts of those that it could not. They come again, and are found
// done.
func (l *leases) delete(ctx context.Context, receipts []string) (left []string) {
	left = receipts
	for attempt := range 4 {
		time.Sleep(time.Duration(attempt*attempt) * 200 * time.Millisecond)
		if left = l.deleteOnce(ctx, left); len(left) == 0 {
			return nil
		}
	}
	return left
}

func (l *leases) deleteOnce(ctx context.Context, receipts []string) (left []string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &l.URL}
	for i, receipt := range receipts {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &receipt,
		})
	}
	out, err := l.Client.DeleteMessageBatch(ctx, in)
	if err != nil {
		l.Log.WarnContext(ctx, "messages not deleted", "queue", l.URL, "messages", len(receipts), "err", err)
		return receipts
	}
	for _, failed := range out.Failed {
		l.Log.WarnContext(ctx, "message not deleted", "queue", l.URL, "err", aws.ToString(failed.Message))
		if i, err := strconv.Atoi(aws.ToString(failed.Id)); err == nil && i >= 0 && i < len(receipts) {
			left = append(left, receipts[i])
		}
	}
	return left
}
