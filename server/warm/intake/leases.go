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

// leases are the leases of the messages that this process has received and not yet deleted or returned. While a message
// has a lease, other consumers do not receive it. Leases are renewed as long as the message is being handled.
type leases struct {
	Consumer

	// mu is held while leases are renewed. Otherwise, a message that was returned to the queue meanwhile could be
	// leased again by the renewal.
	mu   sync.Mutex
	held map[string]bool // by receipt
}

func newLeases(c Consumer) *leases { return &leases{Consumer: c, held: make(map[string]bool)} }

// Add adds the lease of a message that was just received.
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

// RenewAll renews all leases, in time, until ctx ends.
func (l *leases) RenewAll(ctx context.Context) {
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

// Return ends a lease, so that a consumer receives the message after the pause. If the request fails, that happens when
// the lease expires.
func (l *leases) Return(ctx context.Context, receipt string, pause time.Duration) {
	l.end(receipt)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	l.setVisibility(ctx, []string{receipt}, pause)
}

// setVisibility hides messages from consumers for this long.
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

// DeleteAll deletes the messages whose receipts it receives from handled, in batches of those that have arrived, until
// handled is closed.
func (l *leases) DeleteAll(ctx context.Context, handled <-chan string) {
	for receipt := range handled {
		receipts := []string{receipt}
	gather:
		for len(receipts) < batchSize {
			select {
			case receipt, ok := <-handled:
				if !ok {
					break gather
				}
				receipts = append(receipts, receipt)
			default:
				break gather
			}
		}
		left := l.delete(ctx, receipts)
		l.end(receipts...)
		l.Metrics.messages.WithLabelValues("done").Add(float64(len(receipts) - len(left)))
		l.Metrics.messages.WithLabelValues("undeleted").Add(float64(len(left)))
	}
}

// delete deletes messages, and returns the receipts of those that it could not delete. They are delivered again.
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

// deleteOnce is delete without retries.
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
