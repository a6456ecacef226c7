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

// inProgress is an invalidation that CloudFront has accepted and not, as far as is known, completed.
type inProgress struct {
	id    string
	paths int
}

const (
	invalidateTries = 8 // of one request, over two minutes
	progressPoll    = 5 * time.Second
)

// create asks for an invalidation until it is accepted. The reference tells CloudFront that all tries are one.
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
		if try == invalidateTries || isForEver(err) || !f.sleep(pause) {
			return err
		}
		pause = min(2*pause, time.Minute)
	}
}

// reference names a request, the same for all its tries.
func reference(paths []string, at time.Time) string {
	sum := sha256.Sum256([]byte(strings.Join(paths, "\n")))
	return fmt.Sprintf("imgorigin-%d-%s", at.UnixNano(), hex.EncodeToString(sum[:8]))
}

// makeRoom waits until so many paths more can be in progress.
func (f *CloudFront) makeRoom(paths int) error {
	for {
		sum := paths
		for _, one := range f.progress {
			sum += one.paths
		}
		if sum <= f.config.Wildcards || len(f.progress) == 0 {
			return nil
		}
		if f.dropCompleted() == 0 && !f.sleep(progressPoll) {
			return f.working.Err()
		}
	}
}

// dropCompleted looks what became of the invalidations in progress. One that can't be seen is taken to be
// completed: should that be wrong, CloudFront refuses the next.
func (f *CloudFront) dropCompleted() (dropped int) {
	before := len(f.progress)
	f.progress = slices.DeleteFunc(f.progress, func(one inProgress) bool {
		out, err := f.config.Client.GetInvalidation(f.working, &cloudfront.GetInvalidationInput{
			DistributionId: &f.config.Distribution, Id: &one.id,
		})
		return err != nil || aws.ToString(out.Invalidation.Status) == "Completed"
	})
	return before - len(f.progress)
}

func (f *CloudFront) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-f.working.Done():
		return false
	}
}

func codeOf(err error) string {
	if known, ok := errors.AsType[smithy.APIError](err); ok {
		return known.ErrorCode()
	}
	return ""
}

func resultOfError(err error) string {
	switch codeOf(err) {
	case "Throttling", "ThrottlingException", "TooManyInvalidationsInProgress":
		return "throttled"
	}
	return "error"
}

// isForEver tells whether the same request will be refused again.
func isForEver(err error) bool {
	switch codeOf(err) {
	case "NoSuchDistribution", "AccessDenied", "InvalidArgument", "BatchTooLarge":
		return true
	}
	return false
}
