package cdn

import (
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cache"
)

// Above these lengths of the queue, in what CloudFront has in progress at a time, an invalidation would wait long for
// those before it. All of the queue then goes into one request for more than what is in it.
const (
	// widenPathsAfter is in requests of as many originals as are in progress at a time, seven for a process that is alone,
	// each of which takes CloudFront half a minute or more: the last of 28 waits for two minutes. The paths are those of
	// folders. A consumer, which works on 64 events at once, has to get there.
	widenPathsAfter = 4

	// widenTagsAfter is in times of as many tags as are in progress at a time. With 25 seconds for each 3,000 tags, the last
	// of 9,000 waits for more than a minute, and they cost $45. The paths are those of the folders that all of them share, as
	// a bulk of deletes mostly has. If they share none, one wildcard for all that is cached costs half a cent, takes no longer
	// than the next tag, and makes every edge fetch again what clients ask for: $0.40 for a million GETs of the bucket, some
	// ten million for a distribution with a billion views a month.
	widenTagsAfter = 3
)

// mostTags returns how many tags a request has at most: so many that there is room for it when a part of those in
// progress is completed, by other processes too.
func (f *CloudFront) mostTags() int { return max(1, f.share.of(f.config.Items)/3) }

// mostPaths returns how many originals or folders a request of paths has at most. Each takes two.
func (f *CloudFront) mostPaths() int { return max(1, f.share.of(f.config.Wildcards)/2) }

// mostFolders returns how many folders a request in place of tags has at most. Each takes four paths.
func (f *CloudFront) mostFolders() int { return max(1, f.share.of(f.config.Wildcards)/4) }

// take removes the targets of the next request from the queue.
func (f *CloudFront) take() (batch []*waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return nil
	}
	n := f.room()
	batch, f.queue = f.queue[:n:n], f.queue[n:]
	f.config.Metrics.waiting.Set(float64(len(f.queue)))
	for _, w := range batch {
		delete(f.waiters, w.target)
	}
	return batch
}

// putBack puts a batch back to the head of the queue. Targets that were added again meanwhile are in it only once.
func (f *CloudFront) putBack(batch []*waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range batch {
		if later := f.waiters[w.target]; later != nil {
			w.joined = append(w.joined, later)
		}
		f.waiters[w.target] = w
	}
	f.queue = slices.DeleteFunc(f.queue, func(w *waiter) bool { return f.waiters[w.target] != w })
	f.queue = append(batch, f.queue...)
	f.config.Metrics.waiting.Set(float64(len(f.queue)))
}

// room returns how many targets from the head of the queue go into the next request. A prefix has a request of its own.
func (f *CloudFront) room() int {
	most, widenAfter := f.config.Wildcards/2, widenPathsAfter*f.mostPaths()
	if f.config.Tags {
		most, widenAfter = f.mostTags(), widenTagsAfter*f.share.of(f.config.Items)
	}
	if len(f.queue) > widenAfter {
		most = len(f.queue)
	}
	n := 0
	for n < min(most, len(f.queue)) && !f.queue[n].isPrefix {
		n++
	}
	return max(1, n)
}

// items returns the items of the request for a batch.
func (f *CloudFront) items(batch []*waiter) (items []string) {
	if batch[0].isPrefix {
		return f.pathsOfPrefix(batch[0].name)
	}
	var keys []string
	for _, w := range batch {
		keys = append(keys, w.name)
		items = append(items, "#"+cache.Tag(w.name))
	}
	switch {
	case !f.config.Tags:
		return f.pathsOf(keys, f.mostPaths())
	case len(batch) > f.mostTags() && slices.ContainsFunc(keys, f.config.IsMark):
		return []string{everything}
	case len(batch) > f.mostTags():
		return f.pathsOfFolders(widen(keys, f.mostFolders()))
	}
	return items
}

// countWildcards returns how many items are paths with a wildcard.
func countWildcards(items []string) (n int) {
	for _, item := range items {
		if strings.HasSuffix(item, "*") {
			n++
		}
	}
	return n
}
