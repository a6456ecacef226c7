package cloud_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
	"github.com/imgorigin/imgorigin/server/warm/intake"
)

// An answer to a request for messages is awaited for longer than the queue waits for a message. Answers of other services
// are not.
func TestLongPollsAreAwaited(t *testing.T) {
	settings, err := cloud.LoadConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	patience := func(client aws.HTTPClient) time.Duration {
		return client.(*awshttp.BuildableClient).GetTransport().ResponseHeaderTimeout
	}
	if got := patience(cloud.NewSQS(settings).Options().HTTPClient); got < intake.LongestPoll+5*time.Second {
		t.Errorf("an answer of SQS is awaited for %v, a poll takes %v", got, intake.LongestPoll)
	}
	if got := patience(settings.HTTPClient); got != 10*time.Second {
		t.Errorf("an answer of other services is awaited for %v", got)
	}
}
