package intake

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// An event is sent to the queue of its kind, whichever queue it came from, or to the only queue there is.
func TestSenderByKind(t *testing.T) {
	for _, test := range []struct{ url, removals, created, removed string }{
		{"events", "removals", "events", "removals"},
		{"events", "", "events", "events"},
		{"", "removals", "removals", "removals"},
	} {
		var queue intaketest.SQS
		urls := map[string]string{"": ""}
		for _, name := range []string{"events", "removals"} {
			urls[name] = queue.Create(name, time.Minute, "", 0)
		}
		s := Sender{Client: &queue, URL: urls[test.url], Removals: urls[test.removals]}
		for kind, want := range map[s3event.Kind]string{s3event.Created: test.created, s3event.Removed: test.removed} {
			before, _ := queue.Count(urls[want])
			if err := s.Send(t.Context(), s3event.Event{Kind: kind, Key: "a.jpg"}, 0); err != nil {
				t.Error(err)
			}
			if after, _ := queue.Count(urls[want]); after != before+1 {
				t.Errorf("%q and %q: an event of kind %s is not in %s", test.url, test.removals, kind, want)
			}
		}
	}
}

// Removals that wait for a CDN which accepts nothing do not delay an upload in the other queue, though more of them wait
// than may do so without their places. Events that arrive at the wrong queue are handled too. Each original is settled
// twice, the second time from the queue of its event's kind.
func TestRemovalsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		urls := []string{queue.Create("events", time.Minute, "", 0), queue.Create("removals", time.Minute, "", 0)}
		event := func(kind s3event.Kind, key string) string {
			return warmtest.Message(s3event.Event{Kind: kind, Bucket: "photos", Key: key})
		}
		for range 30 {
			send(t, &queue, urls[1], event(s3event.Removed, "gone.jpg"))
		}
		send(t, &queue, urls[1], event(s3event.Created, "misdirected.jpg"))
		send(t, &queue, urls[0], event(s3event.Removed, "misdirected-gone.jpg"), event(s3event.Created, "new.jpg"))
		began, accepts := time.Now(), make(chan struct{})
		time.AfterFunc(time.Hour, func() { close(accepts) })
		type settlement struct {
			key    string
			second bool
			from   int
			after  time.Duration
		}
		settled := make(chan settlement, 100)
		var stops []func() error
		for i, url := range urls {
			s := settlerOf(&queue, url, func(ctx context.Context, ev s3event.Event) (*s3event.Event, error) {
				if ev.Kind == s3event.Removed {
					if err := WithoutPlace(ctx, func() error { <-accepts; return nil }); err != nil {
						return nil, err
					}
				}
				settled <- settlement{ev.Key, ev.Second, i, time.Since(began)}
				if ev.Second {
					return nil, nil
				}
				second := ev
				second.Second = true
				return &second, nil
			})
			s.Send = Sender{Client: &queue, URL: urls[0], Removals: urls[1]}.Send
			stops = append(stops, consume(t, Consumer{Client: &queue, URL: url, AtOnce: 4, Waiting: 10, Handle: s.Message}))
		}
		time.Sleep(2 * time.Hour)
		for i, stop := range stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
			if visible, inFlight := queue.Count(urls[i]); visible+inFlight != 0 {
				t.Errorf("%s: got %d+%d messages left", urls[i], visible, inFlight)
			}
		}
		close(settled)
		var got []settlement
		for s := range settled {
			if s.key == "new.jpg" && s.after > 2*time.Minute {
				t.Errorf("the upload was settled after %v, want at once and after 90s", s.after)
			}
			s.after = 0
			got = append(got, s)
		}
		for _, want := range []settlement{
			{key: "gone.jpg", from: 1}, {key: "gone.jpg", second: true, from: 1},
			{key: "new.jpg", from: 0}, {key: "new.jpg", second: true, from: 0},
			{key: "misdirected.jpg", from: 1}, {key: "misdirected.jpg", second: true, from: 0},
			{key: "misdirected-gone.jpg", from: 0}, {key: "misdirected-gone.jpg", second: true, from: 1},
		} {
			if !slices.Contains(got, want) {
				t.Errorf("not settled: %+v, in %v", want, got)
			}
		}
		if len(got) != 2*33 {
			t.Errorf("got %d settlements, want 66", len(got))
		}
	})
}
