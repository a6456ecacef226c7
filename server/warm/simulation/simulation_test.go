package simulation

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/warm/quarantine/quarantinetest"
)

const (
	servers     = 2
	workers     = 2
	activity    = 8 * time.Minute // of clients and uploads; faults end with it
	revalidate  = time.Minute
	fillTimeout = 25 * time.Second
	visibility  = time.Minute
)

// bound is the staleness bound: when the original is settled a second time, and the time that handling the two events
// and purging the edges takes. An event that an outage deferred is handled up to a minute after it; so is one that a
// killed worker had received.
var bound = server.SecondSettlement(revalidate, fillTimeout) + 3*time.Minute

var (
	start time.Time // of the run, in virtual time
	keys  = []string{"a.jpg", "b.jpg", "c.jpg", "2026/d.jpg"}
	sizes = []string{"w=160.auto", "w=320.auto", "w=480.auto"}
)

// TestWorld runs a world of serving processes, workers, buckets, queues and a CDN for some minutes of virtual time. In every
// other world, removals have a queue of their own. While clients ask for images, originals are put, overwritten, deleted,
// and brought back by deleting a version; events repeat, come late, out of order or to the other queue, and are lost; each
// part is out for a while; variants expire; accesses are slow, puts land after their client has given up, processes are killed.
// In every third world the servers answer drafts at first. It holds what the service promises:
//
//   - from the staleness bound after the event of a change was delivered, with everything up, no process, bucket or edge
//     answers with the old original
//   - at the end nothing is stored of a state that an original is not in, except for lost events, and settling those keys
//     again mends that. Traces of what was removed may be left, but not of an original that is gone
//   - no draft is left, once requests and a sweep have found it
//   - no original is in quarantine, since all of them decode; the queues and their dead letters are empty
//   - the work is bounded by the changes and requests
//
// A seed that fails is printed, and replays with IMGORIGIN_TEST_SEED: nearly always, see TestWorldReplays. IMGORIGIN_TEST_WORLDS
// is the number of runs, from that seed on.
func TestWorld(t *testing.T) {
	first, err := strconv.ParseUint(os.Getenv("IMGORIGIN_TEST_SEED"), 10, 64)
	worlds := 24
	if testing.Short() {
		worlds = 5
	}
	if err == nil {
		worlds = 1
	}
	if n, err := strconv.Atoi(os.Getenv("IMGORIGIN_TEST_WORLDS")); err == nil {
		worlds = n
	}
	for seed := first; seed < first+uint64(worlds); seed++ {
		simulate(t, seed) // which ends the test if it fails
	}
}

// checkDrafts asks for what is a draft until the servers have finished it. A draft that is found is left to the process that has
// made it for a minute. What a put that landed late has made a draft again, while servers hold its final, is left to a sweep.
func checkDrafts(t *testing.T, w *world, fleet *fleet) {
	for round := range 8 {
		left := w.drafts()
		if len(left) == 0 {
			return
		}
		time.Sleep(2 * time.Minute)
		for _, k := range left {
			for i := range servers {
				ask(t.Context(), fleet.server(i), k.Original, k.Transform)
			}
			if round >= 4 {
				fleet.finish(t, k)
			}
		}
	}
	t.Errorf("seed %d: %v are drafts still", w.seed, w.drafts())
}

func messageTo(url, body string) *sqs.SendMessageInput {
	return &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}
}

// A seed that is run twice has the same history, or there would be no looking for what it found. There are exceptions: what
// goroutines of one process do at the same instant is in no order, and a select of two channels that are ready takes any.
// About one run in fifteen meets a place where that matters.
func TestWorldReplays(t *testing.T) {
	const seeds = 6
	replayed := 0
	for seed := range uint64(seeds) {
		if slices.Equal(simulate(t, seed), simulate(t, seed)) {
			replayed++
		}
	}
	if replayed < seeds/2 {
		t.Errorf("%d of %d seeds replayed", replayed, seeds)
	}
}

// simulate runs a world, and returns its history.
func simulate(t *testing.T, seed uint64) (history []string) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that goroutines run in the same order each time
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		start = time.Now()
		w := &world{seed: seed, states: make(map[string][]state), outages: make(map[string][]interval)}
		w.dead = w.queue.Create("dead", visibility, "", 0)
		w.url = w.queue.Create("events", visibility, w.dead, 3)
		if seed%2 == 1 {
			w.removals = w.queue.Create("removals", visibility, w.dead, 3)
		}
		w.planOutages()
		q := quarantinetest.NewMemory()
		fleet := newFleet(t, w, q)
		for i := range 2 {
			w.edges = append(w.edges, &edge{
				world: w, name: fmt.Sprint("edge ", i), service: fleet.anyServer, entries: make(map[string]entry),
			})
		}
		var running sync.WaitGroup
		running.Go(func() { fleet.run(ctx) })
		w.act(ctx, fleet)
		time.Sleep(20 * time.Minute) // so that everything is settled twice
		checkEnd(t, w, fleet, q)
		cancel()
		running.Wait()
		time.Sleep(time.Minute) // for what servers do in the background after the last answer
		fleet.end()
		for _, violation := range w.violations[:min(len(w.violations), 5)] {
			t.Errorf("seed %d: %s", seed, violation)
		}
		if t.Failed() {
			t.Logf("IMGORIGIN_TEST_SEED=%d replays this", seed)
		}
		slices.Sort(w.history)
		history = w.history
	})
	return history
}

// planOutages decides when each part is out: mostly never, else once for up to two minutes, within the activity.
func (w *world) planOutages() {
	for _, part := range []string{"originals", "variants", "queue", "cdn"} {
		if w.chance("outage of "+part, 3) != 0 {
			continue
		}
		from := start.Add(time.Duration(w.chance("begin "+part, int(activity/2))))
		w.outages[part] = []interval{{from, from.Add(time.Duration(w.chance("length "+part, int(2*time.Minute))))}}
	}
}

// act lets clients ask and originals change.
func (w *world) act(ctx context.Context, fleet *fleet) {
	var clients sync.WaitGroup
	defer clients.Wait()
	for i := 0; time.Since(start) < activity; i++ {
		time.Sleep(time.Duration(1+w.chance("pause", 4000)) * time.Millisecond) // time must pass: chance depends on it
		key, size := keys[w.chance("key", len(keys))], sizes[w.chance("size", len(sizes))]
		switch w.chance("act", 10) {
		case 0:
			w.change(ctx, key)
		case 1:
			if w.chance("kill", 4) == 0 {
				fleet.kill(w.chance("which", servers+workers))
			}
		case 2:
			if w.chance("expire", 4) == 0 {
				w.expire(ctx, key)
			}
		case 3:
			clients.Go(func() { w.askServer(ctx, fleet.anyServer(), "a server", key, size) })
		default:
			e := w.edges[w.chance("edge", len(w.edges))]
			clients.Go(func() { w.askEdge(ctx, e, key, size) })
		}
	}
}

func (w *world) askEdge(ctx context.Context, e *edge, key, size string) {
	began := time.Now()
	etag, ok := e.get(ctx, key, size)
	if ok && time.Since(began) < 10*time.Second { // else the answer is of a while ago
		w.check(e.name, key, etag)
	}
}

func (w *world) askServer(ctx context.Context, service http.Handler, who, key, size string) {
	began := time.Now()
	answer, ok := ask(ctx, service, key, size)
	if ok && !answer.isUnchecked && time.Since(began) < 10*time.Second {
		w.check(who, key, answer.etag)
	}
}

// checkEnd holds what must be true when all has been settled.
func checkEnd(t *testing.T, w *world, fleet *fleet, q *quarantinetest.Memory) {
	for url := range w.queues() {
		if visible, inFlight := w.queue.Count(url); visible+inFlight != 0 {
			t.Errorf("seed %d: %d+%d messages left in %s", w.seed, visible, inFlight, url)
		}
	}
	if len(q.Cases) != 0 {
		t.Errorf("seed %d: got %v in quarantine, and all originals decode", w.seed, q.Cases)
	}
	for _, key := range keys { // what a sweep does about lost events
		isLost := false
		for _, s := range w.states[key] {
			isLost = isLost || s.lost
		}
		if isLost {
			fleet.settle(t, key)
		}
	}
	time.Sleep(time.Minute) // for the edges
	for k, v := range w.store.Variants() {
		now := w.current(k.Original)
		if isTrace(k) && now.etag != "" { // an outage kept a server from looking at the original after a fill
			continue
		}
		if v.OriginalETag != now.etag || etagOf(v.Body) != now.etag {
			t.Errorf("seed %d: %s is stored of %s, the original is %q", w.seed, k, v.OriginalETag, now.etag)
		}
	}
	time.Sleep(revalidate)
	for _, key := range keys {
		want := w.current(key).etag
		for _, size := range sizes {
			for i := range servers {
				got := settled(want, func() (string, bool) {
					answer, ok := ask(t.Context(), fleet.server(i), key, size)
					return answer.etag, ok && !answer.isUnchecked
				})
				if got != want {
					t.Errorf("seed %d: server %d answers %s %s with %q, want %q", w.seed, i, key, size, got, want)
				}
			}
			for _, e := range w.edges {
				if got := settled(want, func() (string, bool) { return e.get(t.Context(), key, size) }); got != want {
					t.Errorf("seed %d: %s answers %s %s with %q, want %q", w.seed, e.name, key, size, got, want)
				}
			}
		}
	}
	checkDrafts(t, w, fleet)
	if finals := w.finals.Load(); w.hasDrafts() && finals == 0 {
		t.Errorf("seed %d: no final was made", w.seed)
	}
	if t.Failed() {
		for _, key := range keys {
			for _, s := range w.states[key] {
				t.Logf("%s: %q at %v, delivered %v, lost %t", key, s.etag, s.at.Sub(start), s.delivered.Sub(start), s.lost)
			}
		}
		t.Logf("outages %v", w.outages)
	}
	// Each delivery is handled at most a few times, twice settled, and purged for each of it.
	if purges, most := w.purges.Load(), 6*(w.deliveries.Load()+4); purges > most {
		t.Errorf("seed %d: %d purges for %d deliveries", w.seed, purges, w.deliveries.Load())
	}
	if decodes, most := w.decodes.Load(), int64(12*(w.changes+4)*(servers+workers)); decodes > most {
		t.Errorf("seed %d: %d decodes for %d changes", w.seed, decodes, w.changes)
	}
}

// settled repeats a request until its answer is the wanted one, or promises something about the original.
func settled(want string, request func() (etag string, ok bool)) string {
	for range 10 {
		if etag, ok := request(); ok || etag == want && want != "" {
			return etag
		}
		time.Sleep(15 * time.Second)
	}
	return "no answer"
}
