package server

import (
	"cmp"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/render"
)

// stateItems bounds each list of a State: an operator looks for what is oldest.
const stateItems = 200

// A State is what a server does at a moment. Its lists begin with what has taken longest.
type State struct {
	At       time.Time `json:"at"`
	Draining bool      `json:"draining"`

	Fills      List[Flight] `json:"fills"`       // variants that requests ask for
	StoreReads List[Flight] `json:"store_reads"` // variants that may be stored
	Batches    List[Batch]  `json:"batches"`     // originals that they, and warmed variants, are made from

	Gate       GateState     `json:"gate"`
	Memory     MemoryState   `json:"memory"`
	Buckets    []BucketState `json:"buckets"`
	Goroutines int           `json:"goroutines"`
}

// A List is a list with its length and its first items.
type List[T any] struct {
	Total int `json:"total"`
	First []T `json:"first"` // at most 200
}

// A Flight is a variant that is being fetched or made.
type Flight struct {
	Original  string  `json:"original"`
	Transform string  `json:"transform"`
	Seconds   float64 `json:"seconds"` // since it began
	Waiting   int     `json:"waiting"` // requests; 0 when all clients have left
}

// A Batch is an original that variants are being made from.
type Batch struct {
	Original   string   `json:"original"`
	Transforms []string `json:"transforms"`
	Leg        string   `json:"leg"` // of the journey: original, gate, read, cpu, resize or put
	Seconds    float64  `json:"seconds"`
	Memory     int64    `json:"memory_bytes"` // that it has, or waits for, at the gate; 0 before
}

// A GateState is how full the gate is.
type GateState struct {
	Bytes    int64 `json:"bytes"`
	Budget   int64 `json:"budget_bytes"`
	Waiting  int64 `json:"waiting"`  // jobs that wait for memory
	Inside   int64 `json:"inside"`   // jobs that wait or have entered
	Refusals int64 `json:"refusals"` // since the start
}

// A MemoryState is what memory holds.
type MemoryState struct {
	Bytes    int64 `json:"bytes"`
	Variants int   `json:"variants"`
}

// A BucketState says whether a bucket answers.
type BucketState struct {
	Bucket string `json:"bucket"` // originals or variants
	Open   bool   `json:"breaker_open"`
	Cause  string `json:"cause,omitempty"` // of an open breaker
	Trips  int    `json:"breaker_trips"`   // since the start
}

// State returns what the server does now. It holds up requests no longer than it takes to copy the state.
func (s *Server) State() State {
	now := time.Now()
	state := State{
		At: now, Draining: s.isDraining.Load(),
		Fills: flightsOf(&s.fills, now), StoreReads: flightsOf(&s.storeReads, now), Batches: batchesOf(s.renderer, now),
		Gate:       GateState(s.gate.Stats()),
		Memory:     MemoryState{s.memory.Bytes(), s.memory.Len()},
		Goroutines: runtime.NumGoroutine(),
	}
	for _, b := range s.breakers {
		bucket := BucketState{Bucket: b.Bucket(), Trips: b.Trips()}
		if cause := b.Cause(); cause != nil {
			bucket.Open, bucket.Cause = true, cause.Error()
		}
		state.Buckets = append(state.Buckets, bucket)
	}
	return state
}

func flightsOf(f *cache.Flights, now time.Time) List[Flight] {
	var all []Flight
	for _, flight := range f.InFlight() {
		all = append(all, Flight{flight.Original, flight.Transform, secondsTo(now, flight.Began), flight.Waiting})
	}
	return oldest(all, func(f Flight) float64 { return f.Seconds })
}

func batchesOf(r *render.Renderer, now time.Time) List[Batch] {
	var all []Batch
	for _, state := range r.State() {
		b := Batch{Original: state.Original, Leg: state.Leg, Seconds: secondsTo(now, state.Began), Memory: state.Memory}
		for _, t := range state.Transforms {
			b.Transforms = append(b.Transforms, t.String())
		}
		all = append(all, b)
	}
	return oldest(all, func(b Batch) float64 { return b.Seconds })
}

func secondsTo(now, began time.Time) float64 { return max(0, now.Sub(began).Seconds()) }

func oldest[T any](all []T, age func(T) float64) List[T] {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(age(b), age(a)) })
	return List[T]{len(all), append([]T{}, all[:min(len(all), stateItems)]...)}
}

func (s *Server) serveState(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.Encode(s.State())
}
