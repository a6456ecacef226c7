package intake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

func newWarmer(t testing.TB, c warm.Config) *warm.Warmer {
	t.Helper()
	if c.Transforms == nil {
		c.Transforms = warmtest.Ladder
	}
	w, err := warm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func send(t testing.TB, s interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}, url string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if _, err := s.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
}

// A deliveryCount counts deliveries, by the body of a message or the key of an event.
type deliveryCount struct {
	mu    sync.Mutex
	times map[string]int
}

// add counts a delivery and returns how many there were.
func (h *deliveryCount) add(body string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.times == nil {
		h.times = make(map[string]int)
	}
	h.times[body]++
	return h.times[body]
}

// consume runs c in a goroutine. stop ends it and returns its error.
func consume(t *testing.T, c Consumer) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func TestConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		var h deliveryCount
		url, m := queue.Create("images", time.Minute, "", 0), NewMetrics()
		for i := range 200 {
			send(t, &queue, url, fmt.Sprint(i))
		}
		var now, most atomic.Int64
		handle := func(ctx context.Context, m Message) error {
			h.add(m.Body)
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(5 * time.Minute) // far longer than the visibility timeout
			now.Add(-1)
			return nil
		}
		stop := consume(t, Consumer{Client: &queue, URL: url, AtOnce: 25, Metrics: m, Handle: handle})
		time.Sleep(time.Hour)
		if visible, inFlight := queue.Count(url); visible+inFlight != 0 || len(h.times) != 200 || most.Load() != 25 {
			t.Errorf("got %d+%d messages left, %d handled, %d at once, want 0, 200, 25",
				visible, inFlight, len(h.times), most.Load())
		}
		for body, times := range h.times {
			if times != 1 {
				t.Errorf("%s: handled %d times", body, times)
			}
		}
		err := stop()
		done, left := warmtest.Count(t, m, "queue_messages_total", "done"), warmtest.Count(t, m, "queue_in_flight")
		if err != nil || done != 200 || left != 0 {
			t.Errorf("got %v, %v done, %v in flight, want 200 and 0", err, done, left)
		}
	})
}

func TestConsumerFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		var h deliveryCount
		dead := queue.Create("dead", time.Minute, "", 0)
		url := queue.Create("images", time.Minute, dead, 5)
		for i := range 30 {
			send(t, &queue, url, fmt.Sprint(i))
		}
		var tries []time.Time
		stop := consume(t, Consumer{Client: &queue, URL: url, Handle: func(ctx context.Context, m Message) error {
			times := h.add(m.Body)
			switch {
			case times != m.Receives:
				t.Errorf("%s: got %d receives, want %d", m.Body, m.Receives, times)
			case m.Body == "7":
				tries = append(tries, time.Now())
				return errors.New("never")
			case m.Body == "8" && times == 1:
				return errors.New("not yet")
			}
			return nil
		}})
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		visible, inFlight := queue.Count(url)
		buried, _ := queue.Count(dead)
		if visible+inFlight != 0 || buried != 1 || h.times["7"] != 5 || h.times["8"] != 2 || h.times["9"] != 1 {
			t.Errorf("got %d+%d left, %d dead, handled %v", visible, inFlight, buried, h.times)
		}
		for i := 1; i < len(tries); i++ {
			if pause, least := tries[i].Sub(tries[i-1]), time.Second<<i; pause < least || pause > 2*least+time.Second {
				t.Errorf("pause %d: got %v, want %v to %v", i, pause, least, 2*least)
			}
		}
	})
}

// No message is lost when requests to SQS fail, as a whole or for single entries.
func TestConsumerQueueFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		var h deliveryCount
		url := queue.Create("images", time.Minute, "", 0)
		send(t, &queue, url, "1", "2", "3", "4")
		failures := make(map[string]int)
		queue.Intercept(func(operation, message string) error {
			failures[operation+message]++
			whole := message == "" && failures[operation] <= 2 // the first two calls of each operation
			if whole || operation+message == "DeleteMessageBatchmessage-2" && failures[operation+message] == 1 {
				return errors.New("InternalError")
			}
			return nil
		})
		stop := consume(t, Consumer{Client: &queue, URL: url, Handle: func(ctx context.Context, m Message) error {
			h.add(m.Body)
			return nil
		}})
		time.Sleep(10 * time.Minute)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if visible, inFlight := queue.Count(url); visible+inFlight != 0 || len(h.times) != 4 || h.times["2"] != 1 {
			t.Errorf("got %d+%d left, handled %v, want each once", visible, inFlight, h.times)
		}
		gone := Consumer{Client: &queue, URL: url + "-not", Handle: func(context.Context, Message) error { return nil }}
		err := gone.Run(t.Context())
		if _, ok := errors.AsType[*types.QueueDoesNotExist](err); !ok {
			t.Errorf("got %v, want QueueDoesNotExist", err)
		}
	})
}

// When its context ends, Run waits for messages that are handled within the grace, and returns the others to the queue.
func TestConsumerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		url := queue.Create("images", time.Minute, "", 0)
		send(t, &queue, url, "short", "long", "long")
		var interrupted atomic.Int64
		handle := func(ctx context.Context, m Message) error {
			d := 5 * time.Second
			if m.Body == "long" {
				d = time.Hour
			}
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				interrupted.Add(1)
				return ctx.Err()
			}
		}
		stop := consume(t, Consumer{Client: &queue, URL: url, Grace: 10 * time.Second, Handle: handle})
		time.Sleep(time.Second)
		send(t, &queue, url, "later")
		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		visible, inFlight := queue.Count(url)
		took := time.Since(began)
		if visible != 2 || inFlight != 0 || interrupted.Load() != 2 || took < 9*time.Second || took > 11*time.Second {
			t.Errorf("got %d visible, %d in flight, %d interrupted after %v, want 2, 0, 2 after 10s",
				visible, inFlight, interrupted.Load(), took)
		}
	})
}

func TestDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
		w := newWarmer(t, warm.Config{Target: target, Quarantine: quarantine.NewCached(m, nil)})
		url := queue.Create("dead", time.Minute, "", 0)
		for _, key := range []string{"recovered.jpg", "bad.jpg", "denied.jpg", "gone.jpg"} {
			target.Put(key)
		}
		target.Remove("gone.jpg")
		target.DecodeErrors["bad.jpg"] = resize.ErrCorrupt
		target.Unreachable["denied.jpg"] = errors.New("AccessDenied")
		for _, ev := range target.Events {
			send(t, &queue, url, warmtest.Message(ev))
		}
		send(t, &queue, url, "nonsense")
		stop := consume(t, Consumer{Client: &queue, URL: url, Handle: EachEvent(firstOnly(w.DeadLetter))})
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		delete(target.Originals, "denied.jpg")
		if err := target.Check(warmtest.Ladder); err != nil {
			t.Error(err)
		}
		bad, denied := m.Cases["bad.jpg"], m.Cases["denied.jpg"]
		if len(m.Cases) != 2 || bad.Reason != quarantine.Corrupt || denied.Reason != quarantine.Exhausted ||
			denied.Error != "AccessDenied" {
			t.Errorf("got %+v, want bad.jpg corrupt, denied.jpg exhausted", m.Cases)
		}
		if visible, inFlight := queue.Count(url); visible+inFlight != 1 {
			t.Errorf("got %d+%d left, want the message that is not an event", visible, inFlight)
		}
	})
}

func TestMessage(t *testing.T) {
	target := warmtest.NewTarget()
	handle := EachEvent(firstOnly(newWarmer(t, warm.Config{Target: target}).Handle))
	target.Put("a.jpg")
	message := Message{Body: warmtest.Message(target.LastEvent()), Receives: 1}
	for range 2 {
		if err := handle(t.Context(), message); err != nil {
			t.Error(err)
		}
	}
	if target.Decodes["a.jpg"] != 1 {
		t.Errorf("got %d decodes, want 1", target.Decodes["a.jpg"])
	}
	delete(target.Variants, "a.jpg") // by an interrupted attempt
	message.Receives = 2
	if err := errors.Join(handle(t.Context(), message), target.Check(warmtest.Ladder)); err != nil {
		t.Error(err)
	}
	if err := handle(t.Context(), Message{Body: "nonsense"}); !errors.Is(err, s3event.ErrEnvelope) {
		t.Errorf("got %v, want ErrEnvelope", err)
	}
}

// killableClient is the client of a process that is killed when the context life ends: after that, no request that
// changes the queue arrives.
type killableClient struct {
	QueueClient
	life context.Context
}

var errKilled = errors.New("killed")

func (c killableClient) DeleteMessageBatch(
	ctx context.Context, in *sqs.DeleteMessageBatchInput, o ...func(*sqs.Options),
) (*sqs.DeleteMessageBatchOutput, error) {
	if c.life.Err() != nil {
		return nil, errKilled
	}
	return c.QueueClient.DeleteMessageBatch(ctx, in, o...)
}

func (c killableClient) ChangeMessageVisibilityBatch(
	ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, o ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if c.life.Err() != nil {
		return nil, errKilled
	}
	return c.QueueClient.ChangeMessageVisibilityBatch(ctx, in, o...)
}

// The worker is killed 20 times, at random moments of 500 uploads, some of which replace originals and some of which
// are removed again. In the end, every variant is there, and the queue, its dead-letter queue and the quarantine are
// empty.
func TestConsumerKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(7, 7))
		var queue intaketest.SQS
		target, m := warmtest.NewTarget(), quarantinetest.NewMemory()
		target.DelayAtRandom(rand.New(rand.NewPCG(8, 8)))
		dead := queue.Create("dead", time.Minute, "", 0)
		url := queue.Create("images", time.Minute, dead, 25)
		var uploads sync.WaitGroup
		uploads.Go(func() {
			for range 500 {
				time.Sleep(100 * time.Millisecond)
				key := fmt.Sprintf("%d.jpg", random.IntN(300))
				if target.Put(key); random.IntN(5) == 0 {
					send(t, &queue, url, warmtest.Message(target.LastEvent()))
					target.Remove(key)
				}
				send(t, &queue, url, warmtest.Message(target.LastEvent()))
			}
		})
		kills := rand.New(rand.NewPCG(9, 9))
		for range 20 {
			kill, died := startWorker(t, &queue, url, target, m)
			time.Sleep(time.Duration(kills.IntN(8000)) * time.Millisecond)
			kill()
			<-died
		}
		uploads.Wait()
		kill, died := startWorker(t, &queue, url, target, m)
		time.Sleep(time.Hour)
		kill()
		<-died
		if err := target.Check(warmtest.Ladder); err != nil {
			t.Error(err)
		}
		visible, inFlight := queue.Count(url)
		buried, _ := queue.Count(dead)
		if visible+inFlight+buried+len(m.Cases) != 0 {
			t.Errorf("got %d+%d left, %d dead, %d in quarantine, want none", visible, inFlight, buried, len(m.Cases))
		}
	})
}

// startWorker starts a worker as in a new process. kill kills it; died is closed when it has ended.
func startWorker(
	t *testing.T, queue QueueClient, url string, target *warmtest.Target, m *quarantinetest.Memory,
) (kill func(), died <-chan struct{}) {
	life, kill := context.WithCancel(context.Background())
	w := newWarmer(t, warm.Config{Target: target, AtOnce: 4, Quarantine: quarantine.NewCached(m, nil)})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c := Consumer{Client: killableClient{queue, life}, URL: url, AtOnce: 16, Grace: time.Nanosecond, Handle: EachEvent(firstOnly(w.Handle))}
		if err := c.Run(life); err != nil {
			t.Error(err)
		}
	}()
	return kill, ended
}

// TestConsumerServer consumes a queue of the server at IMGORIGIN_TEST_SQS, the URL of SQS or of a double.
func TestConsumerServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_SQS")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_SQS is not set")
	}
	testConsumerOver(t, endpoint)
}

func TestConsumerOverHTTP(t *testing.T) { testConsumerOver(t, new(intaketest.SQS).Serve(t)) }

func testConsumerOver(t *testing.T, endpoint string) {
	client := intaketest.ClientOf(endpoint)
	name := fmt.Sprint("q", time.Now().UnixNano())
	out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	target := warmtest.NewTarget()
	w := newWarmer(t, warm.Config{Target: target, Bucket: "photos"})
	for i := range 25 {
		target.Put(fmt.Sprintf("2026/ü %d.jpg", i))
		send(t, client, *out.QueueUrl, warmtest.Message(target.LastEvent()))
	}
	var all sync.WaitGroup
	all.Add(25)
	var h deliveryCount
	stop := consume(t, Consumer{Client: client, URL: *out.QueueUrl, Handle: func(ctx context.Context, m Message) error {
		if h.add(m.Body) == 1 {
			defer all.Done()
		}
		return EachEvent(firstOnly(w.Handle))(ctx, m)
	}})
	all.Wait()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := target.Check(warmtest.Ladder); err != nil {
		t.Error(err)
	}
	left, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: out.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	visible := left.Attributes["ApproximateNumberOfMessages"]
	received := left.Attributes["ApproximateNumberOfMessagesNotVisible"]
	if visible+received != "00" {
		t.Errorf("got %v, want an empty queue", left.Attributes)
	}
}

// firstOnly returns a handler that sends no second events.
func firstOnly(handle func(context.Context, s3event.Event) (*s3event.Event, error)) func(context.Context, s3event.Event) error {
	return func(ctx context.Context, ev s3event.Event) error {
		_, err := handle(ctx, ev)
		return err
	}
}
