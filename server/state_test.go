package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func (o *origin) state() (s State) {
	o.t.Helper()
	page := httptest.NewRecorder()
	o.Admin().ServeHTTP(page, httptest.NewRequestWithContext(o.t.Context(), http.MethodGet, "/debug/state", nil))
	if err := json.Unmarshal(page.Body.Bytes(), &s); err != nil {
		o.t.Fatalf("%v: %s", err, page.Body)
	}
	return s
}

// until waits for what other goroutines do.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 3000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: does not come", what)
}

func TestStateShowsWhatIsInFlight(t *testing.T) {
	source := newOriginals()
	source.put("stuck.jpg", photo(64, 48, 1))
	opened, release := make(chan struct{}), make(chan struct{})
	source.onOpen = func(context.Context, string) { close(opened); <-release }
	o := start(t, Config{Originals: source, Memory: 1 << 20, URLs: URLs{Exact: true}})
	if got := o.state(); got.Fills.Total+got.Batches.Total+got.StoreReads.Total != 0 || got.Fills.First == nil ||
		got.Gate.Budget == 0 || len(got.Buckets) != 1 {
		t.Errorf("at rest: got %+v", got)
	}

	answers := make(chan int, 3)
	ask := func() {
		a, err := o.try(t.Context(), http.MethodGet, "/img/stuck.jpg?w=32&fm=jpeg")
		if err != nil {
			t.Error(err)
			answers <- 0
			return
		}
		answers <- a.StatusCode
	}
	for range cap(answers) {
		go ask()
	}
	<-opened
	until(t, "three wait for one fill", func() bool {
		got := o.state().Fills
		return got.Total == 1 && got.First[0].Waiting == 3
	})
	got := o.state()
	if f := got.Fills.First[0]; f.Original != "stuck.jpg" || f.Transform != "w=32.jpeg" || f.Seconds <= 0 {
		t.Errorf("got fill %+v", f)
	}
	if b := got.Batches.First; len(b) != 1 || b[0].Original != "stuck.jpg" || b[0].Leg != "original" ||
		len(b[0].Transforms) != 1 || b[0].Seconds <= 0 {
		t.Errorf("got batches %+v", b)
	}
	close(release)
	for range cap(answers) {
		if status := <-answers; status != http.StatusOK {
			t.Errorf("got %d", status)
		}
	}
	until(t, "nothing is left", func() bool {
		got := o.state()
		return got.Fills.Total+got.Batches.Total == 0 && got.Memory.Variants == 1
	})
}

// A batch that waits for memory is shown with its leg and how much it wants.
func TestStateShowsWhoWaitsAtTheGate(t *testing.T) {
	source := newOriginals()
	source.put("cat.jpg", photo(64, 48, 1))
	o := start(t, Config{Originals: source, URLs: URLs{Exact: true}, Load: Load{GateBytes: 1 << 20}})
	leave, err := o.gate.Enter(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan answer, 1)
	go func() {
		a, err := o.try(t.Context(), http.MethodGet, "/img/cat.jpg?w=32")
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	until(t, "it waits", func() bool { return o.state().Gate.Waiting == 1 })
	if b := o.state().Batches.First[0]; b.Leg != "gate" || b.Memory < 64*48 {
		t.Errorf("got %+v", b)
	}
	leave()
	if a := <-answered; a.Response != nil {
		a.want(t, 200, 32, 24)
	}
}
