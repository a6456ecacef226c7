package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/server/warm/intake"
)

// loadAWSConfig returns the configuration of the AWS SDK: environment, profiles, roles.
func loadAWSConfig(ctx context.Context, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	settings, err := config.LoadDefaultConfig(ctx, append(options,
		// The SDK logs a line of text for each original that is not read to its end or has no checksum.
		config.WithLogger(logging.Nop{}),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(keepConnections)))...)
	if err != nil {
		return settings, fmt.Errorf("AWS settings: %w", err)
	}
	if settings.Credentials != nil {
		settings.Credentials = namedCredentials{settings.Credentials}
	}
	return settings, nil
}

// keepConnections keeps more idle connections than the SDK does: with its 10 per host, a burst of requests would open
// new connections all the time.
func keepConnections(t *http.Transport) {
	t.MaxIdleConns = 256
	t.MaxIdleConnsPerHost = 256
	t.ResponseHeaderTimeout = 10 * time.Second
}

// newSQSClient returns a client for SQS, which waits for the answer to a long poll longer than the poll lasts.
func newSQSClient(settings aws.Config) *sqs.Client {
	return sqs.NewFromConfig(settings, func(o *sqs.Options) {
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient = client.WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout += intake.LongestPoll })
		}
	})
}

// newS3Client returns a client for S3, or for the server that AWS_ENDPOINT_URL_S3 names.
func newS3Client(ctx context.Context) (*s3.Client, error) {
	settings, err := loadAWSConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := bucket.NewClient(settings, func(options *s3.Options) {
		// An access point says where it is.
		options.UseARNRegion = true
		if options.BaseEndpoint != nil { // another server than AWS's own: most of them need both
			options.UsePathStyle = true
			options.Region = cmp.Or(options.Region, "us-east-1")
		}
	})
	return client, nil
}

// checkRegion refuses a client that could not sign.
func checkRegion(client *s3.Client) error {
	if client.Options().Region == "" {
		return errors.New("no AWS region: set AWS_REGION, or a region in the profile")
	}
	return nil
}
