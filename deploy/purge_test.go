package deploy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// invalidations is the part of CloudFront's API that invalidates paths and tags. It deletes what they match from nginx's
// cache at once, says that it is in progress for a while, and keeps CloudFront's quotas of what is in progress.
type invalidations struct {
	*httptest.Server

	mu       sync.Mutex
	cdn      *cdn // nil until setCDN
	items    []string
	progress []invalidation // by ID, from 0
}

type invalidation struct {
	items []string
	until time.Time // of the completion
}

// isCompleted reports whether an invalidation is no longer in progress.
func (i invalidation) isCompleted() bool { return time.Now().After(i.until) }

const (
	purgeTime    = 2 * time.Second
	maxWildcards = 15 // in progress, InvalidationLimits in the Amazon CloudFront Developer Guide
	maxItems     = 3000
)

// distribution is the ID of the only distribution.
const distribution = "E1STANDIN"

func newInvalidations(t *testing.T) *invalidations {
	i := new(invalidations)
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// setCDN sets the nginx whose cache is invalidated.
func (i *invalidations) setCDN(c *cdn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cdn = c
}

// received returns the items of all invalidations.
func (i *invalidations) received() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.items...)
}

const answerXML = `<Invalidation><Id>I%d</Id><Status>%s</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime></Invalidation>`

// ServeHTTP answers CreateInvalidation and GetInvalidation.
func (i *invalidations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, rest, ok := strings.Cut(r.URL.Path, "/distribution/"+distribution+"/invalidation")
	if !ok {
		http.Error(w, "<Error><Code>NoSuchDistribution</Code></Error>", http.StatusNotFound)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.Method == http.MethodPost {
		i.create(w, r)
		return
	}
	id, err := strconv.Atoi(strings.TrimPrefix(rest, "/I"))
	if err != nil || id >= len(i.progress) {
		http.Error(w, "<Error><Code>NoSuchInvalidation</Code></Error>", http.StatusNotFound)
		return
	}
	status := "InProgress"
	if i.progress[id].isCompleted() {
		status = "Completed"
	}
	fmt.Fprintf(w, answerXML, id, status)
}

// create answers CreateInvalidation.
func (i *invalidations) create(w http.ResponseWriter, r *http.Request) {
	var batch struct {
		CallerReference string
		Paths           struct {
			Quantity int
			Items    struct{ Path []string }
		}
	}
	err := xml.NewDecoder(r.Body).Decode(&batch)
	items := batch.Paths.Items.Path
	if err != nil || batch.CallerReference == "" || len(items) == 0 || len(items) != batch.Paths.Quantity || !areValid(items) {
		http.Error(w, "<Error><Code>InvalidArgument</Code></Error>", http.StatusBadRequest)
		return
	}
	if !i.hasRoom(items) {
		http.Error(w, "<Error><Code>TooManyInvalidationsInProgress</Code></Error>", http.StatusBadRequest)
		return
	}
	if err := i.purge(items); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	i.progress = append(i.progress, invalidation{items, time.Now().Add(purgeTime)})
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, answerXML, len(i.progress)-1, "InProgress")
}

// areValid reports whether items are paths, which may end in a wildcard, or tags, which may not. CloudFront refuses paths with what
// RFC 1738 calls unsafe, of which RFC 3986 calls ~ unreserved, so that %7E is the same.
func areValid(items []string) bool {
	for _, item := range items {
		tag, isTag := strings.CutPrefix(item, "#")
		switch {
		case !isTag && (!strings.HasPrefix(item, "/") || strings.Contains(item, "~")), isTag && (tag == "" || len(tag) > 256):
			return false
		case strings.Contains(strings.TrimSuffix(item, "*"), "*"), isTag && strings.ContainsAny(tag, ", *"):
			return false
		}
	}
	return true
}

// hasRoom reports whether more items may be in progress.
func (i *invalidations) hasRoom(items []string) bool {
	wildcards, others := 0, 0
	count := func(items []string) {
		for _, item := range items {
			if strings.HasSuffix(item, "*") {
				wildcards++
			} else {
				others++
			}
		}
	}
	count(items)
	for _, invalidation := range i.progress {
		if !invalidation.isCompleted() {
			count(invalidation.items)
		}
	}
	return wildcards <= maxWildcards && others <= maxItems
}

// purge deletes what items match from nginx's cache.
func (i *invalidations) purge(items []string) error {
	i.items = append(i.items, items...)
	if i.cdn == nil {
		return nil
	}
	return filepath.WalkDir(filepath.Join(i.cdn.dir, "cache"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, tags, err := readCached(name)
		if err != nil || !matchesAny(items, key, tags) {
			return err
		}
		return os.Remove(name) // nginx takes a missing file for a miss
	})
}

// readCached returns the cache key, which is a path, and the cache tags of a file in nginx's cache. The key is empty if
// the file is gone.
func readCached(name string) (key string, tags []string, err error) {
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	_, rest, _ := bytes.Cut(content, []byte("\nKEY: "))
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	header, _, _ := bytes.Cut(rest, []byte("\r\n\r\n")) // the origin's answer, as it was received
	for field := range strings.SplitSeq(string(header), "\r\n") {
		name, value, _ := strings.Cut(field, ":")
		if strings.EqualFold(name, cache.TagHeader) {
			for tag := range strings.SplitSeq(value, ",") {
				tags = append(tags, strings.TrimSpace(tag))
			}
		}
	}
	return string(line), tags, err
}

// matchesAny reports whether an item of an invalidation matches what is cached: a path, where a final * matches anything,
// or a tag.
func matchesAny(items []string, key string, tags []string) bool {
	for _, item := range items {
		tag, isTag := strings.CutPrefix(item, "#")
		item = strings.ReplaceAll(item, "%7E", "~")
		prefix, isWildcard := strings.CutSuffix(item, "*")
		if isTag && slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) }) {
			return true
		}
		if key == item || isWildcard && strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Tags and paths match what nginx caches, in the form of its files, and the quotas are CloudFront's.
func TestInvalidationsMatch(t *testing.T) {
	c := &cdn{dir: t.TempDir()}
	file := filepath.Join(c.dir, "cache", "0")
	save := func() {
		content := "\x05\x00binary\nKEY: /v/cat.jpg/w=480.auto\nHTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n" +
			"x-amz-meta-cache-tag: other, " + cache.Tag("cat.jpg") + "\r\n\r\nbody"
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for item, want := range map[string]bool{
		"/v/cat.jpg/*": true, "/v/cat.jpg/w=480.auto": true, "/v/dog.jpg/*": false, "/img/cat.jpg*": false, "/*": true,
		"#" + cache.Tag("cat.jpg"): true, "#OTHER": true, "#" + cache.Tag("dog.jpg"): false,
	} {
		save()
		i := &invalidations{cdn: c}
		if err := i.purge([]string{item}); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(file); os.IsNotExist(err) != want {
			t.Errorf("%s: purged %t, want %t", item, !want, want)
		}
	}
	i := &invalidations{progress: []invalidation{
		{[]string{"/a*", "/b*"}, time.Now().Add(time.Hour)}, {slices.Repeat([]string{"/c*"}, 15), time.Now().Add(-time.Hour)},
	}}
	if !i.hasRoom(slices.Repeat([]string{"/d*"}, 13)) || i.hasRoom(slices.Repeat([]string{"/d*"}, 14)) ||
		!i.hasRoom(slices.Repeat([]string{"#d"}, 3000)) || i.hasRoom(slices.Repeat([]string{"#d"}, 3001)) {
		t.Error("the quotas are not 15 wildcards and 3,000 other items")
	}
	if areValid([]string{"#tag*"}) || areValid([]string{"/a*b"}) || areValid([]string{"/~a"}) || areValid([]string{"a"}) || !areValid([]string{"#tag", "/a*"}) {
		t.Error("what CloudFront refuses is valid, or the other way round")
	}
}
