package server

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// NewS3Client returns a client that seldom tries again: a burst of ten times, then once for every ten successes. The
// SDK's own would try each request three times until it had failed a hundred times, just when S3 asks for less, and
// wait up to 20 s for one of them.
func NewS3Client(settings aws.Config, options ...func(*s3.Options)) *s3.Client {
	sparing := func(o *s3.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = 3
			r.MaxBackoff = time.Second
			r.RateLimiter = ratelimit.NewTokenRateLimit(100)
			r.RetryCost, r.RetryTimeoutCost, r.NoRetryIncrement = 10, 10, 1
		})
	}
	return s3.NewFromConfig(settings, append([]func(*s3.Options){sparing}, options...)...)
}
