package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/render"
)

// legs are the parts of a request's journey and how long each took. A flight writes them while the request that
// began it may have left and be read for the log: hence the lock.
type legs struct {
	ctx    context.Context // of the request, whose span has the legs' below it
	mu     sync.Mutex
	taken  []leg
	stored bool
}

type leg struct {
	name string
	took time.Duration
}

func newLegs(ctx context.Context) *legs { return &legs{ctx: ctx} }

// end notes the time that a leg of a journey took.
func (s *Server) end(l *legs, name string, began time.Time) {
	ended := time.Now()
	took := ended.Sub(began)
	s.observe(l.ctx, s.metrics.legs.WithLabelValues(name), took)
	s.legSpan(l.ctx, name, began, ended)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = append(l.taken, leg{name, took})
}

// observer returns a function that notes the legs of a batch.
func (s *Server) observer(l *legs) render.Observer {
	return func(leg string, began time.Time) { s.end(l, leg, began) }
}

// keep notes that the variant went to the store.
func (l *legs) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored = true
}

func (l *legs) wasStored() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stored
}

// String is the value of a Server-Timing header, milliseconds.
func (l *legs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for i, leg := range l.taken {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s;dur=%.1f", leg.name, float64(leg.took.Microseconds())/1000)
	}
	return b.String()
}
