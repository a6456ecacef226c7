package intake

import (
	"context"
	"sync"
)

// A Report is the answer of a [Lambda] to an event that invokes it directly. It counts what its records are about.
type Report struct {
	Made    int `json:"made"`    // variants
	Present int `json:"present"` // variants that were there already
	Deleted int `json:"deleted"` // originals of which stale variants were deleted
	Failed  int `json:"failed"`  // originals that were not decoded, and of which no attempt will be made again

	Records []Record `json:"records"` // in the order in which they were handled
}

// A Record is what was done about an event.
type Record struct {
	Original string `json:"original"`        // the key in the event
	Event    string `json:"event,omitempty"` // the name that the event came with, such as ObjectCreated:Put
	Result   string `json:"result"`          // a label of the metrics, such as warmed; or deferred, to be handled again
	Made     int    `json:"made"`
	Present  int    `json:"present"`
	Deleted  bool   `json:"deleted"`
	Error    string `json:"error,omitempty"`
}

// An invocation collects the records of one. The zero value is ready.
type invocation struct {
	mu     sync.Mutex
	report Report
}

type invocationKey struct{}

// Note adds a record to the report of the invocation that ctx is of. It does nothing for messages of SQS, whose answer is what
// has to be delivered again. failed is set if the original will not be decoded.
func Note(ctx context.Context, r Record, failed bool) {
	i, ok := ctx.Value(invocationKey{}).(*invocation)
	if !ok {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.report.Made += r.Made
	i.report.Present += r.Present
	if r.Deleted {
		i.report.Deleted++
	}
	if failed {
		i.report.Failed++
	}
	i.report.Records = append(i.report.Records, r)
}

// done returns the report of an invocation that ended without an error. An event that had one was sent to its queue.
func (i *invocation) done() Report {
	i.mu.Lock()
	defer i.mu.Unlock()
	r := i.report
	r.Records = append([]Record{}, r.Records...) // an empty list is not null
	for n := range r.Records {
		if r.Records[n].Result == "failed" {
			r.Records[n].Result = "deferred"
		}
	}
	return r
}
