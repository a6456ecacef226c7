package simulation

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// An edge is a cache of CloudFront. It asks the bucket of variants first, and the service for what is not there.
type edge struct {
	*world
	name    string
	service func() http.Handler // one of the serving processes

	mu      sync.Mutex
	entries map[string]entry // by path
}

type entry struct {
	etag    string // of the original; "" is a 404
	expires time.Time

	// isUnchecked reports that the service said, by a short age, that it could not look at the original, as when that
	// took too long. It promises nothing about such an answer but that it is gone from caches soon.
	isUnchecked bool
}

// get answers a request for a variant. ok is false for an answer that says nothing about the original.
func (e *edge) get(ctx context.Context, key, transform string) (etag string, ok bool) {
	path := key + "/" + transform
	e.mu.Lock()
	cached, found := e.entries[path]
	e.mu.Unlock()
	if found && time.Now().Before(cached.expires) {
		return cached.etag, !cached.isUnchecked
	}
	fresh, ok := e.fetch(ctx, key, transform)
	if !ok {
		return "", false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entries[path] = fresh
	return fresh.etag, !fresh.isUnchecked
}

// fetch asks the origins. The answer of a bucket is kept for a day, and a draft for some seconds.
func (e *edge) fetch(ctx context.Context, key, transform string) (entry, bool) {
	time.Sleep(e.latency("edge " + key + transform))
	if !e.isOut("variants") {
		v, err := e.store.Get(ctx, cache.Key{Original: key, Transform: transform})
		if err == nil {
			age := 24 * time.Hour
			if v.Draft {
				age = 10 * time.Second
			}
			return entry{etag: etagOf(v.Body), expires: time.Now().Add(age)}, true
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return entry{}, false
		}
	}
	return ask(ctx, e.service(), key, transform)
}

var maxAge = regexp.MustCompile(`max-age=(\d+)`)

// ask asks a serving process.
func ask(ctx context.Context, service http.Handler, key, transform string) (entry, bool) {
	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/v/"+key+"/"+transform, nil))
	age := 0
	if m := maxAge.FindStringSubmatch(w.Header().Get("Cache-Control")); m != nil {
		age, _ = strconv.Atoi(m[1])
	}
	answer := entry{expires: time.Now().Add(time.Duration(age) * time.Second)}
	switch w.Code {
	case http.StatusOK:
		answer.isUnchecked = age < 60
		answer.etag = etagOf(w.Body.Bytes())
	case http.StatusNotFound:
	default:
		return entry{}, false
	}
	return answer, true
}

// purge removes all variants of an original.
func (e *edge) purge(original string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for path := range e.entries {
		if strings.HasPrefix(path, original+"/") {
			delete(e.entries, path)
		}
	}
}
