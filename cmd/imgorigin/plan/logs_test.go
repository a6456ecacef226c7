package plan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/accesslog"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/plan/cost"
)

// requests returns requests for one variant of each of some originals, spread over a month.
func requests(n int, like accesslog.Entry) (list []accesslog.Entry) {
	for i := range n {
		e := like
		e.Time, e.Status, e.Bytes = 1e9+int64(i)*monthSeconds/int64(max(n-1, 1)), 200, 1000
		if e.Server == accesslog.Service {
			e.Original, e.Transform = fmt.Appendf(nil, "%d.jpg", i), []byte("w=640.webp")
		} else {
			e.Path, e.Query = fmt.Appendf(nil, "/img/%d.jpg", i), []byte("w=640&fm=webp")
		}
		list = append(list, e)
	}
	return list
}

// Whatever their order, only the requests of the first server that viewers meet are views, and the others say who answered them.
func TestLogsOfServers(t *testing.T) {
	cdn := append(requests(900, accesslog.Entry{Result: accesslog.EdgeHit}), requests(100, accesslog.Entry{Result: accesslog.EdgeMiss})...)
	bucket := requests(90, accesslog.Entry{Server: accesslog.Bucket})
	service := append(requests(10, accesslog.Entry{Server: accesslog.Service, Result: accesslog.Fill}),
		requests(6, accesslog.Entry{Server: accesslog.Service, Result: accesslog.Store})...)
	failing := append(requests(84, accesslog.Entry{Result: accesslog.EdgeMiss, Origin: accesslog.First}),
		requests(16, accesslog.Entry{Result: accesslog.EdgeMiss, Origin: accesslog.Second})...)
	group := append(requests(900, accesslog.Entry{Result: accesslog.EdgeHit, Origin: accesslog.First}), failing...)
	for name, test := range map[string]struct {
		logs                          [][]accesslog.Entry
		views, bucket, service, fills float64
		bound                         string
	}{
		"CDN alone":                {[][]accesslog.Entry{cdn}, 1000, 0, 100, 100, "at most"},
		"CDN and service":          {[][]accesslog.Entry{cdn, service}, 1000, 84, 16, 10, ""},
		"service and CDN":          {[][]accesslog.Entry{service, bucket, cdn}, 1000, 84, 16, 10, ""},
		"CDN and bucket":           {[][]accesslog.Entry{cdn, bucket}, 1000, 0, 100, 100, "at most"},
		"service alone":            {[][]accesslog.Entry{service}, 16, 6, 10, 10, ""},
		"CDN with a group":         {[][]accesslog.Entry{group}, 1000, 84, 16, 16, ""},
		"CDN without a group, all": {[][]accesslog.Entry{requests(50, accesslog.Entry{Result: accesslog.EdgeMiss, Origin: accesslog.First})}, 50, 0, 50, 50, "at most"},
	} {
		logs := NewLogs(Settings{Ladder: ladder(t)}, 86400, 1e6)
		for e := range slices.Values(slices.Concat(test.logs...)) {
			logs.Add(&e)
		}
		r := logs.Report(Given{}, cost.Default())
		within(t, name+": views", r.Month.Views, test.views, 1e-9)
		within(t, name+": fills", r.Month.Fills, test.fills, 1e-9)
		places := r.Places[len(r.Places)-2:]
		within(t, name+": bucket", places[0].Requests, test.bucket, 1e-9)
		within(t, name+": service", places[1].Requests, test.service, 1e-9)
		for _, behind := range logs.by[accesslog.Bucket:] {
			if behind != nil && logs.by[accesslog.CDN] != nil && behind.variants.n+behind.edges.n > 0 {
				t.Errorf("%s: there are two samples in memory", name)
			}
		}
		if places[1].Bound != test.bound {
			t.Errorf("%s: got %q, want %q", name, places[1].Bound, test.bound)
		}
		if float64(logs.Requests()) != test.views || r.Log.Requests != logs.Requests() {
			t.Errorf("%s: got %d and %d requests, want %v", name, logs.Requests(), r.Log.Requests, test.views)
		}
	}
}
