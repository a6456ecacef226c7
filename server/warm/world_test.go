package warm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A world is a Target that holds originals and variants: what is stored is the number of the state it was made
// from. Everything takes a while, within which everybody else goes on. It announces what happens to originals.
type world struct {
	delay func() // of every act

	mu        sync.Mutex
	originals map[string]int            // state
	stored    map[string]map[string]int // by key and transform
	faults    map[string]error          // of the bytes of an original
	passing   map[string]error          // of reaching it
	tries     map[string]int            // decodes
	states    int
	events    []s3event.Event
}

func newWorld() *world {
	return &world{
		delay: func() {}, originals: make(map[string]int), stored: make(map[string]map[string]int),
		faults: make(map[string]error), passing: make(map[string]error), tries: make(map[string]int),
	}
}

// pause makes every act take a random while. Only for a bubble, where time is free.
func (w *world) pause(random *rand.Rand) {
	var mu sync.Mutex
	w.delay = func() {
		mu.Lock()
		d := time.Duration(random.IntN(300)) * time.Millisecond
		if random.IntN(8) == 0 {
			d *= 30
		}
		mu.Unlock()
		time.Sleep(d)
	}
}

// etagOf repeats itself: pictures are replaced and put back.
func etagOf(state int) string { return fmt.Sprintf(`"%x"`, state%3) }

func (w *world) put(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states++
	w.originals[key] = w.states
	w.announce(s3event.Event{Kind: s3event.Created, Key: key, ETag: strings.Trim(etagOf(w.states), `"`), Size: 1})
}

func (w *world) remove(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.originals, key)
	w.announce(s3event.Event{Kind: s3event.Removed, Key: key})
}

func (w *world) announce(ev s3event.Event) {
	ev.Bucket, ev.Sequencer = "photos", s3event.Sequencer(fmt.Sprintf("%x", len(w.events)+10))
	w.events = append(w.events, ev)
}

func (w *world) Stat(ctx context.Context, key string) (string, error) {
	w.delay()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(w.passing[key], ctx.Err()); err != nil {
		return "", err
	}
	state, ok := w.originals[key]
	if !ok {
		return "", fs.ErrNotExist
	}
	return etagOf(state), nil
}

func (w *world) Warm(ctx context.Context, key string, ts []resize.Transform) (made, skipped int, err error) {
	state, missing, err := w.open(ctx, key, ts)
	if err != nil || len(missing) == 0 {
		return 0, len(ts) - len(missing), err
	}
	for _, t := range missing {
		w.delay()
		if err := ctx.Err(); err != nil {
			return made, 0, err
		}
		w.mu.Lock()
		w.keep(key, t.String(), state)
		w.mu.Unlock()
		made++
	}
	return made, len(ts) - made, nil
}

func (w *world) open(ctx context.Context, key string, ts []resize.Transform) (state int, missing []resize.Transform, err error) {
	w.delay()
	w.mu.Lock()
	defer w.mu.Unlock()
	state, ok := w.originals[key]
	if !ok {
		return 0, nil, fs.ErrNotExist
	}
	for _, t := range ts {
		if kept, ok := w.stored[key][t.String()]; !ok || etagOf(kept) != etagOf(state) {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		w.tries[key]++
	}
	return state, missing, errors.Join(w.faults[key], w.passing[key], ctx.Err())
}

func (w *world) keep(key, t string, state int) {
	if w.stored[key] == nil {
		w.stored[key] = make(map[string]int)
	}
	w.stored[key][t] = state
}

func (w *world) Drop(ctx context.Context, key string) (bool, error) {
	w.delay()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	any := len(w.stored[key]) > 0
	delete(w.stored, key)
	return any, nil
}

// read is somebody asking for a variant that no warmer makes. After the put the original is looked at again, as
// the server does.
func (w *world) read(key, t string) {
	w.delay()
	w.mu.Lock()
	state, ok := w.originals[key]
	_, hit := w.stored[key][t]
	w.mu.Unlock()
	if !ok || hit {
		return
	}
	w.delay()
	w.mu.Lock()
	w.keep(key, t, state)
	w.mu.Unlock()
	w.delay()
	w.mu.Lock()
	defer w.mu.Unlock()
	if now, ok := w.originals[key]; (!ok || etagOf(now) != etagOf(state)) && w.stored[key][t] == state {
		delete(w.stored[key], t)
	}
}

// wrong says what is not as it should be once every event was handled.
func (w *world) wrong(ts []resize.Transform) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	for key, state := range w.originals {
		for _, t := range ts {
			if _, ok := w.stored[key][t.String()]; !ok && w.faults[key] == nil {
				errs = append(errs, fmt.Errorf("%s: no %s", key, t))
			}
		}
		for t, made := range w.stored[key] {
			if etagOf(made) != etagOf(state) {
				errs = append(errs, fmt.Errorf("%s: %s is of %s, the original is %s", key, t, etagOf(made), etagOf(state)))
			}
		}
	}
	for key := range maps.Keys(w.stored) {
		if _, ok := w.originals[key]; !ok && len(w.stored[key]) > 0 {
			errs = append(errs, fmt.Errorf("%s: gone, but %d variants are not", key, len(w.stored[key])))
		}
	}
	return errors.Join(errs...)
}

// last is the newest event.
func (w *world) last() s3event.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events[len(w.events)-1]
}
