package doctor

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
)

// addFailedWrite adds a finding about an error of a location that is written to. what comes before the error's meaning.
func (d *doctor) addFailedWrite(ctx context.Context, about, what string, at storage.Location, err error) {
	diagnosed := cloud.Bucket.Diagnose(err)
	if diagnosed.Advice == "" && at.Bucket != "" && d.worksWithoutChecksums(ctx, at) {
		diagnosed.Advice = "the server does not understand the checksums of the AWS SDK: set AWS_REQUEST_CHECKSUM_CALCULATION=when_required"
	}
	d.addDiagnosis(bad, about, what, diagnosed)
}

// worksWithoutChecksums reports whether a bucket can be written to without the CRC-32 that the SDK sends behind the body of
// an object, in chunks (aws-chunked). Servers other than AWS's may refuse it, or store the chunks as a part of the object.
func (d *doctor) worksWithoutChecksums(ctx context.Context, at storage.Location) bool {
	client, err := d.S3At(ctx, at)
	if err != nil || client.Options().RequestChecksumCalculation == aws.RequestChecksumCalculationWhenRequired {
		return false
	}
	plain := s3.New(client.Options(), func(o *s3.Options) {
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	})
	_, err = tryStore(ctx, cache.NewS3(cache.S3Config{Client: plain, Bucket: at.Bucket, Prefix: at.Prefix}))
	return err == nil
}
