package cdn

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// inProgress is an invalidation that CloudFront has accepted and that was not yet seen to be completed.
type inProgress struct {
	id               string
	wildcards, items int // the items without the wildcards
}

func newInProgress(items []string) inProgress {
	wildcards := countWildcards(items)
	return inProgress{wildcards: wildcards, items: len(items) - wildcards}
}

const (
	invalidateTries = 8               // of a request; they take two minutes
	progressPoll    = 5 * time.Second // between two looks at what is in progress
)

// create sends the request for a batch until it is accepted or refused for lack of room. All attempts have the same
// reference, by which CloudFront recognizes a request that it has accepted already.
func (f *CloudFront) create(batch []*waiter) error {
	items := f.items(batch)
	if err := f.makeRoom(newInProgress(items)); err != nil {
		return err
	}
	request := Batch{Reference: reference(items, time.Now()), Items: items}
	pause := time.Second
	for try := 1; ; try++ {
		id, err := f.config.Client.Create(f.working, f.config.Distribution, request)
		if err == nil {
			accepted := newInProgress(items)
			accepted.id = id
			f.config.Metrics.accepted(accepted)
			f.progress = append(f.progress, accepted)
			return nil
		}
		f.config.Metrics.invalidations.WithLabelValues(resultOfError(err)).Inc()
		f.config.Log.WarnContext(f.working, "invalidation refused", "items", len(items), "try", try, "err", err)
		if try == invalidateTries || isPermanent(err) || codeOf(err) == tooMany || !f.sleep(pause/2+rand.N(pause)) {
			if resultOfError(err) == "throttled" {
				err = fmt.Errorf("%w: %w", ErrBusy, err)
			}
			return err
		}
		pause = min(2*pause, time.Minute)
	}
}

// reference returns a unique name for a request.
func reference(items []string, at time.Time) string {
	sum := sha256.Sum256([]byte(strings.Join(items, "\n")))
	return fmt.Sprintf("imgorigin-%d-%s", at.UnixNano(), hex.EncodeToString(sum[:8]))
}

// makeRoom waits until a request can be in progress beside those of this process.
func (f *CloudFront) makeRoom(request inProgress) error {
	for !f.hasRoom(request) {
		if !f.dropCompleted() && !f.sleep(progressPoll) {
			return f.working.Err()
		}
	}
	return nil
}

// hasRoom reports whether a request is within this process's share of the quotas.
func (f *CloudFront) hasRoom(request inProgress) bool {
	for _, invalidation := range f.progress {
		request.wildcards += invalidation.wildcards
		request.items += invalidation.items
	}
	wildcards, items := f.share.of(f.config.Wildcards), f.share.of(f.config.Items)
	return len(f.progress) == 0 || request.wildcards <= wildcards && request.items <= items
}

// dropCompleted forgets the oldest invalidation if it is completed, and reports whether it is. An invalidation whose
// state can't be read is taken to be completed: if it is not, CloudFront refuses the next request, which is then
// repeated.
func (f *CloudFront) dropCompleted() bool {
	isCompleted, err := f.config.Client.IsCompleted(f.working, f.config.Distribution, f.progress[0].id)
	if err == nil && !isCompleted {
		return false
	}
	f.progress = f.progress[1:]
	return true
}

// sleep returns false if it was interrupted by the end of Close's context.
func (f *CloudFront) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-f.working.Done():
		return false
	}
}

// tooMany is the code of the refusal of a request that would exceed a quota of what is in progress.
const tooMany = "TooManyInvalidationsInProgress"

// codeOf returns the code of an error of AWS, "" for any other error.
func codeOf(err error) string {
	if known, ok := errors.AsType[smithy.APIError](err); ok {
		return known.ErrorCode()
	}
	return ""
}

// resultOfError returns the word for an error in the metrics.
func resultOfError(err error) string {
	switch codeOf(err) {
	case "Throttling", "ThrottlingException", tooMany:
		return "throttled"
	}
	return "error"
}

// isPermanent reports whether CloudFront will refuse the same request again.
func isPermanent(err error) bool {
	switch codeOf(err) {
	case "NoSuchDistribution", "AccessDenied", "InvalidArgument", "BatchTooLarge":
		return true
	}
	return false
}
