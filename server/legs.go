package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/render"
)

// legs are the parts of a request's journey with the time that each took. A flight may still write them after the
// request that began it was answered and logged: hence the lock.
type legs struct {
	ctx context.Context // of the request, whose span is the parent of the legs'

	mu     sync.Mutex
	taken  []leg
	stored bool
}

type leg struct {
	name string
	took time.Duration
}

func newLegs(ctx context.Context) *legs { return &legs{ctx: ctx} }

// startLegs gives x legs, unless it has some.
func (x *exchange) startLegs(ctx context.Context) {
	if x.legs == nil {
		x.legs = newLegs(ctx)
	}
}

// endLeg records the time that a leg took: for the request, in the metrics and in its trace.
func (s *Server) endLeg(l *legs, name string, began time.Time) {
	ended := time.Now()
	took := ended.Sub(began)
	s.observe(l.ctx, s.metrics.legSeconds.WithLabelValues(name), took)
	s.legSpan(l.ctx, name, began, ended)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = append(l.taken, leg{name, took})
}

// observer returns a function that records the legs of a batch.
func (s *Server) observer(l *legs) render.Observer {
	return func(leg string, began time.Time) { s.endLeg(l, leg, began) }
}

// setStored records that the variant was stored.
func (l *legs) setStored() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored = true
}

func (l *legs) isStored() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stored
}

// String returns the value of a Server-Timing header, in milliseconds.
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
