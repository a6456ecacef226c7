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
	"golang.org/x/sync/errgroup"
)

// leases are the leases of the messages that this process has received and not yet deleted or returned. While a message
// has a lease, other consumers do not receive it. Leases are renewed as long as the message is being handled.
type leases struct {
	Consumer

	mu   sync.Mutex        // not held during requests
	held map[string]*lease // by receipt
}

// A lease is that of one message.
type lease struct {
	// renewal is closed when the renewal that is under way has ended; nil while there is none. The lease does not end
	// before: otherwise, a message that was returned to the queue could be leased again by the renewal.
	renewal chan struct{}
}

func newLeases(c Consumer) *leases { return &leases{Consumer: c, held: make(map[string]*lease)} }

// Add adds the lease of a message that was just received.
func (l *leases) Add(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[receipt] = new(lease)
}

// end ends leases, when their renewals have ended.
func (l *leases) end(receipts ...string) {
	var renewals []chan struct{}
	l.mu.Lock()
	for _, receipt := range receipts {
		if lease := l.held[receipt]; lease != nil && lease.renewal != nil {
			renewals = append(renewals, lease.renewal)
		}
		delete(l.held, receipt)
	}
	l.mu.Unlock()
	for _, renewal := range renewals {
		<-renewal
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

// renew renews all leases once.
func (l *leases) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.Visibility/3)
	defer cancel()
	l.mu.Lock()
	all := slices.Collect(maps.Keys(l.held))
	l.mu.Unlock()
	var renewals errgroup.Group
	renewals.SetLimit(renewalsAtOnce)
	for receipts := range slices.Chunk(all, batchSize) {
		renewals.Go(func() error {
			l.renewBatch(ctx, receipts)
			return nil
		})
	}
	renewals.Wait()
}

// renewalsAtOnce is the number of requests that renew leases at once: 1,000 of them, for 10,000 messages that wait, take
// a few seconds then.
const renewalsAtOnce = 8

// renewBatch renews those leases that have not ended meanwhile.
func (l *leases) renewBatch(ctx context.Context, receipts []string) {
	renewal := make(chan struct{})
	defer close(renewal)
	var held []string
	var renewed []*lease
	l.mu.Lock()
	for _, receipt := range receipts {
		if lease := l.held[receipt]; lease != nil {
			lease.renewal = renewal
			held, renewed = append(held, receipt), append(renewed, lease)
		}
	}
	l.mu.Unlock()
	if len(held) > 0 {
		l.setVisibility(ctx, held, l.Visibility)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lease := range renewed {
		lease.renewal = nil
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
