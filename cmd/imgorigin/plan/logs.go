package plan

import (
	"fmt"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// Logs tallies the logs of several servers. Requests that the CDN forwards are in the logs of the bucket and the service too, so each
// server has a tally of its own, and the report is that of the first one that viewers meet.
type Logs struct {
	make func() *Tally
	by   [accesslog.Service + 1]*Tally
}

// NewLogs returns tallies of the servers of a service, as [NewTally] makes one.
func NewLogs(s Settings, maxAge float64, room int) *Logs {
	return &Logs{make: func() *Tally { return NewTally(s, maxAge, room) }}
}

// Add counts a request.
func (l *Logs) Add(e *accesslog.Entry) {
	t := l.by[e.Server]
	if t == nil {
		t = l.make()
		l.by[e.Server] = t
	}
	t.Add(e)
	front := l.by[accesslog.CDN]
	if front == nil || front.Requests == 0 || front == t && t.Requests > 1 {
		return
	}
	for _, behind := range l.by[accesslog.CDN+1:] { // of these, only the numbers of requests matter now
		if behind != nil {
			behind.forget()
		}
	}
}

// front returns the tally of the first server that viewers meet, of those that have requests for images. It is nil if none has.
func (l *Logs) front() *Tally {
	for _, t := range l.by {
		if t != nil && t.Requests > 0 {
			return t
		}
	}
	return nil
}

// Requests returns the number of requests for images in the report.
func (l *Logs) Requests() int64 {
	if t := l.front(); t != nil {
		return t.Requests
	}
	return 0
}

// Report returns the report of what was counted. There must be requests.
func (l *Logs) Report(g Given, p cost.Prices) Report {
	front, service, bucket := l.front(), l.by[accesslog.Service], l.by[accesslog.Bucket]
	var notes []string
	if service != nil && service != front && service.Requests > 0 {
		front.service = service
		notes = append(notes, fmt.Sprintf("The %s requests in the log of the service are no views: it says which of them it answered.",
			count64(float64(service.Requests))))
	}
	if bucket != nil && bucket != front && bucket.Requests > 0 {
		notes = append(notes, fmt.Sprintf("The %s requests in the logs of S3 are left out: they are behind the CDN.", count64(float64(bucket.Requests))))
	}
	r := front.Report(g, p)
	r.Notes = append(notes, r.Notes...)
	return r
}
