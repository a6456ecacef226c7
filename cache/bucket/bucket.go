// Package bucket holds what the packages that talk to S3 have in common: the client, what an error means, and when an
// ETag is a checksum.
//
//	client := bucket.NewClient(settings)
//	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &name, Key: &key})
//	if err != nil {
//		err = bucket.Confirm(ctx, client, name, err)
//		return bucket.Explain("get", name, key, err) // matches fs.ErrNotExist when there is no such object
//	}
//	if sum, ok := bucket.MD5(name, out); ok {
//		// the body can be checked against sum
//	}
//
// It is a leaf: it imports the AWS SDK and no other package of this module.
package bucket

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// NewClient returns a client for S3 that makes at most three attempts of a request, at most a second apart, and
// retries rarely: ten retries in a burst, then one for every ten requests that succeed.
//
// The SDK's default budget allows three attempts of every request until a hundred retries have failed, which adds load
// just when S3 asks for less, and waits up to 20 s before one of them. Options are applied last.
func NewClient(settings aws.Config, options ...func(*s3.Options)) *s3.Client {
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
