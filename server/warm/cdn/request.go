package cdn

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go"
)

// inProgress is an invalidation that CloudFront has accepted and that was not yet seen to be completed.
type inProgress struct {
	id    string
	paths int
}

const (
	invalidateTries = 8               // of a request; they take two minutes
	progressPoll    = 5 * time.Second // between two looks at what is in progress
)

// create sends a request until it is accepted. All attempts have the same reference, by which CloudFront recognizes a
// request that it has accepted already.
func (f *CloudFront) create(paths []string) error {
	if err := f.makeRoom(len(paths)); err != nil {
		return err
	}
	in := &cloudfront.CreateInvalidationInput{
		DistributionId: &f.config.Distribution,
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: aws.String(reference(paths, time.Now())),
			Paths:           &types.Paths{Items: paths, Quantity: aws.Int32(int32(len(paths)))},
		},
	}
	pause := time.Second
	for try := 1; ; try++ {
		out, err := f.config.Client.CreateInvalidation(f.working, in)
		if err == nil {
			f.config.Metrics.invalidations.WithLabelValues("ok").Inc()
			f.progress = append(f.progress, inProgress{aws.ToString(out.Invalidation.Id), len(paths)})
			return nil
		}
		f.config.Metrics.invalidations.WithLabelValues(resultOfError(err)).Inc()
		f.config.Log.WarnContext(f.working, "invalidation refused", "paths", len(paths), "try", try, "err", err)
		if try == invalidateTries || isPermanent(err) || !f.sleep(pause) {
			return err
		}
		pause = min(2*pause, time.Minute)
	}
}

// reference returns a unique name for a request.
func reference(paths []string, at time.Time) string {
	sum := sha256.Sum256([]byte(strings.Join(paths, "\n")))
	return fmt.Sprintf("imgorigin-%d-%s", at.UnixNano(), hex.EncodeToString(sum[:8]))
}

// makeRoom waits until this many more paths can be in progress.
func (f *CloudFront) makeRoom(paths int) error {
	for {
		sum := paths
		for _, invalidation := range f.progress {
			sum += invalidation.paths
		}
		if sum <= f.config.Wildcards || len(f.progress) == 0 {
			return nil
		}
		if f.dropCompleted() == 0 && !f.sleep(progressPoll) {
			return f.working.Err()
		}
	}
}

// dropCompleted forgets the invalidations that are completed, and returns how many there were. An invalidation whose
// state can't be read is taken to be completed: if it is not, CloudFront refuses the next request, which is then
// repeated.
func (f *CloudFront) dropCompleted() (dropped int) {
	before := len(f.progress)
	f.progress = slices.DeleteFunc(f.progress, func(invalidation inProgress) bool {
		out, err := f.config.Client.GetInvalidation(f.working, &cloudfront.GetInvalidationInput{
			DistributionId: &f.config.Distribution, Id: &invalidation.id,
		})
		return err != nil || aws.ToString(out.Invalidation.Status) == "Completed"
	})
	return before - len(f.progress)
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
	case "Throttling", "ThrottlingException", "TooManyInvalidationsInProgress":
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
