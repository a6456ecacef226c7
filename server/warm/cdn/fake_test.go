package cdn

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/imgorigin/imgorigin/cache"
)

// errTooMany is the error of a request that would exceed a quota of what is in progress.
var errTooMany = &smithy.GenericAPIError{Code: tooMany}

// A fakeClient is a client of a CloudFront that takes a second for a request and half a minute to complete it, and keeps
// the quotas of InvalidationLimits in the Amazon CloudFront Developer Guide: 15 paths with a wildcard in progress, and
// 3,000 others, tags included. It refuses what the real service would refuse. Several processes may share it.
type fakeClient struct {
	t       testing.TB
	latency time.Duration // of a request
	time    time.Duration // until an invalidation is completed
	shared  bool          // several requests at once are no error

	mu       sync.Mutex
	requests [][]string
	at       []time.Time
	ids      map[string]string    // by reference
	until    map[string]time.Time // of the completion, by ID, of those in progress
	running  int
	refused  int
	refuse   []error // errors of the next requests
	hangUp   bool    // accept the next request, and return an error
}

func newFakeClient(t testing.TB) *fakeClient {
	return &fakeClient{
		t: t, latency: time.Second, time: 30 * time.Second,
		ids: make(map[string]string), until: make(map[string]time.Time),
	}
}

func (e *fakeClient) Create(_ context.Context, distribution string, b Batch) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running++; e.running > 1 && !e.shared {
		e.t.Error("two requests at once")
	}
	defer func() { e.running-- }()
	e.mu.Unlock()
	time.Sleep(e.latency)
	e.mu.Lock()
	if len(e.refuse) > 0 {
		err := e.refuse[0]
		e.refuse = e.refuse[1:]
		return "", err
	}
	items := b.Items
	if distribution != "E1" {
		e.t.Errorf("got the distribution %s", distribution)
	}
	if _, known := e.ids[b.Reference]; !known {
		if !e.hasRoom(items) {
			e.refused++
			return "", errTooMany
		}
		id := strconv.Itoa(len(e.requests))
		e.ids[b.Reference], e.until[id] = id, time.Now().Add(e.time)
		e.requests, e.at = append(e.requests, items), append(e.at, time.Now())
	}
	if e.hangUp {
		e.hangUp = false
		return "", errors.New("connection reset")
	}
	return e.ids[b.Reference], nil
}

// hasRoom reports whether more items may be in progress.
func (e *fakeClient) hasRoom(items []string) bool {
	wildcards := countWildcards(items)
	others := len(items) - wildcards
	for id, until := range e.until {
		if !time.Now().Before(until) {
			delete(e.until, id)
			continue
		}
		i, _ := strconv.Atoi(id)
		n := countWildcards(e.requests[i])
		wildcards, others = wildcards+n, others+len(e.requests[i])-n
	}
	return wildcards <= 15 && others <= 3000
}

func (e *fakeClient) IsCompleted(_ context.Context, _, id string) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !time.Now().Before(e.until[id]), nil
}

// invalidates reports whether any item of the requests invalidates an original's answer at a URL.
func (e *fakeClient) invalidates(original, url string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, items := range e.requests {
		for _, item := range items {
			prefix, isWildcard := strings.CutSuffix(item, "*")
			if item == "#"+cache.Tag(original) || isWildcard && strings.HasPrefix(url, prefix) {
				return true
			}
		}
	}
	return false
}
