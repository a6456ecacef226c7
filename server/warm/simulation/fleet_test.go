package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

// A fleet is the processes of a deployment: servers first, then workers. A process that is killed is replaced.
type fleet struct {
	t     *testing.T
	world *world
	cases *quarantinetest.Memory

	mu        sync.Mutex
	processes []*member
	ending    sync.WaitGroup // of those that were killed
}

// A member is a process with its server, and its warmer if it is a worker.
type member struct {
	process
	origin  *server.Server
	handler http.Handler
	warmer  *warm.Warmer
	stop    context.CancelFunc
}

func newFleet(t *testing.T, w *world, q *quarantinetest.Memory) *fleet {
	f := &fleet{t: t, world: w, cases: q}
	for i := range servers + workers {
		f.processes = append(f.processes, f.newMember(i))
	}
	return f
}

func (f *fleet) newMember(i int) *member {
	m := &member{process: process{name: fmt.Sprint("process ", i), isServer: i < servers}, stop: func() {}}
	config := server.Config{
		Originals: source{f.world, &m.process}, Store: variantStore{f.world, &m.process},
		Engine: engine{f.world, false}, WarmEngine: engine{f.world, true},
		Memory: 1 << 20, Revalidate: revalidate, MaxAge: 24 * time.Hour, Load: server.Load{FillTimeout: fillTimeout},
	}
	if f.world.hasDrafts() && i < servers {
		config.Drafts = server.Drafts{Formats: []resize.Format{resize.JPEG}, Delay: 2 * time.Second}
	}
	origin, err := server.New(config)
	if err != nil {
		f.t.Fatal(err)
	}
	m.origin, m.handler = origin, origin.Handler()
	if i < servers {
		return m
	}
	m.warmer, err = warm.New(warm.Config{
		Target: origin, Transforms: []resize.Transform{{Width: 160}, {Width: 320}}, Bucket: "photos",
		Quarantine: quarantine.NewCached(f.cases, nil), CDN: purger{f.world, &m.process}, AtOnce: 4,
		Overwritten: source{f.world, &m.process}.Overwritten,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// run runs the workers until ctx ends.
func (f *fleet) run(ctx context.Context) {
	var all sync.WaitGroup
	for i := servers; i < servers+workers; i++ {
		all.Go(func() {
			for ctx.Err() == nil {
				f.mu.Lock()
				m := f.processes[i]
				life, stop := context.WithCancel(ctx)
				m.stop = stop
				f.mu.Unlock()
				f.work(life, m)
				stop()
			}
		})
	}
	all.Wait()
}

// A queueRole is how a worker handles the events of a queue, and where it sends what is to be handled later.
type queueRole struct {
	settler func(*warm.Warmer) intake.Settler
	sender  intake.Sender
}

// queues returns the queues of the world, by URL.
func (w *world) queues() map[string]queueRole {
	handle := func(w *warm.Warmer) intake.Settler { return intake.Settler{Handle: w.Handle} }
	deadLetter := func(w *warm.Warmer) intake.Settler { return intake.Settler{Handle: w.DeadLetter} }
	all := map[string]queueRole{
		w.url:  {handle, intake.Sender{URL: w.url, Removals: w.removals}},
		w.dead: {deadLetter, intake.Sender{URL: w.dead}},
	}
	if w.removals != "" {
		all[w.removals] = all[w.url]
	}
	return all
}

// work consumes the queues and the dead letters until the process is killed.
func (f *fleet) work(ctx context.Context, m *member) {
	var all sync.WaitGroup
	for url, role := range f.world.queues() {
		client := queueClient{f.world, &m.process}
		s := role.settler(m.warmer)
		role.sender.Client = client
		s.IsOutage, s.Send = warm.IsOutage, role.sender.Send
		s.SecondAfter = server.SecondSettlement(revalidate, fillTimeout)
		s.Jitter = f.world.jitter(m.name + " settles " + url)
		s.Metrics, s.Log = intake.NewMetrics(), slog.New(slog.DiscardHandler)
		all.Go(func() {
			c := intake.Consumer{
				Client: client, URL: url, Handle: s.Message, IsPaused: m.origin.HasOutage, AtOnce: 16,
				Visibility: visibility, Grace: time.Nanosecond, Jitter: f.world.jitter(m.name + " consumes " + url),
			}
			if err := c.Run(ctx); err != nil {
				f.t.Error(err)
			}
		})
	}
	all.Wait()
}

// kill kills a process and starts another in its place.
func (f *fleet) kill(i int) {
	replacement := f.newMember(i)
	f.mu.Lock()
	killed := f.processes[i]
	killed.killed.Store(true)
	f.processes[i] = replacement
	stop := killed.stop
	f.mu.Unlock()
	f.world.mu.Lock()
	f.world.disturbed = time.Now().Add(visibility)
	f.world.mu.Unlock()
	stop()
	f.ending.Go(func() { killed.end(f.t) }) // as nothing that it does has an effect, it might as well do nothing
}

// end ends what a process does in the background.
func (m *member) end(t *testing.T) {
	if err := m.origin.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// end ends all processes.
func (f *fleet) end() {
	for _, m := range f.processes {
		m.end(f.t)
	}
	f.ending.Wait()
}

func (f *fleet) server(i int) http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.processes[i].handler
}

func (f *fleet) anyServer() http.Handler { return f.server(f.world.chance("server", servers)) }

// settle settles an original by hand.
func (f *fleet) settle(t *testing.T, key string) {
	f.mu.Lock()
	w := f.processes[servers].warmer
	f.mu.Unlock()
	var err error
	for range 10 { // an access may be slow
		if _, err = w.Settle(t.Context(), key); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
	t.Errorf("settle %s: %v", key, err)
}

// finish finishes a draft, as a sweep does.
func (f *fleet) finish(t *testing.T, k cache.Key) {
	f.mu.Lock()
	origin := f.processes[servers].origin
	f.mu.Unlock()
	if err := origin.Finish(t.Context(), k.Original, []string{k.Transform}); err != nil {
		t.Logf("finish %s: %v", k, err) // an access may be slow
	}
}

// A queueClient is the queue, as a process sees it.
type queueClient struct {
	*world
	*process
}

func (c queueClient) SendMessage(ctx context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if err := c.access(ctx, c.process, "queue", "send "+*in.QueueUrl); err != nil {
		return nil, err
	}
	return c.queue.SendMessage(ctx, in)
}

func (c queueClient) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if err := c.access(ctx, c.process, "queue", "receive "+*in.QueueUrl); err != nil {
		return nil, err
	}
	return c.queue.ReceiveMessage(ctx, in)
}

func (c queueClient) DeleteMessageBatch(ctx context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	if err := c.access(ctx, c.process, "queue", "delete "+*in.QueueUrl); err != nil {
		return nil, err
	}
	return c.queue.DeleteMessageBatch(ctx, in)
}

func (c queueClient) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if err := c.access(ctx, c.process, "queue", "visibility "+*in.QueueUrl); err != nil {
		return nil, err
	}
	return c.queue.ChangeMessageVisibilityBatch(ctx, in)
}
