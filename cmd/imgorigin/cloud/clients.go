// Package cloud makes AWS clients from settings, and explains their errors.
//
//	environment, profile or role ─► LoadConfig ─► NewS3, NewSQS, … ─► an error ─► a Diagnosis: what was found, and advice
//
// The checks at the start of a process and the command doctor explain an error in the same words.
package cloud

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
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/logging"

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/server/warm/intake"
)

// LoadConfig returns the configuration of the AWS SDK: environment, profiles, roles.
func LoadConfig(ctx context.Context, options ...func(*config.LoadOptions) error) (aws.Config, error) {
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

// NewSQS returns a client for SQS, which waits for the answer to a long poll longer than the poll lasts.
func NewSQS(settings aws.Config) *sqs.Client {
	return sqs.NewFromConfig(settings, func(o *sqs.Options) {
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient = client.WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout += intake.LongestPoll })
		}
	})
}

// NewS3 returns a client for S3, or for the server that AWS_ENDPOINT_URL_S3 names.
func NewS3(ctx context.Context) (*s3.Client, error) {
	settings, err := LoadConfig(ctx)
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

// CheckRegion refuses a client that could not sign.
func CheckRegion(client *s3.Client) error {
	if client.Options().Region == "" {
		return errors.New("no AWS region: set AWS_REGION, or a region in the profile")
	}
	return nil
}

// QueueAttributes returns the attributes of a queue, by their names.
func QueueAttributes(ctx context.Context, client *sqs.Client, url string) (map[string]string, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}
