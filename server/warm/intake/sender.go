package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A SenderClient is the part of a *sqs.Client that a Sender needs.
type SenderClient interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// A Sender sends events to a queue of SQS, for the consumers of that queue. Its role needs sqs:SendMessage.
type Sender struct {
	Client SenderClient
	URL    string
}

// sendTimeout bounds a request that sends a message.
const sendTimeout = 10 * time.Second

// Send sends an event, which is delivered after a delay of at most [MaxDelay].
func (s Sender) Send(ctx context.Context, ev s3event.Event, delay time.Duration) error {
	body, err := s3event.Encode(ev)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	_, err = s.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &s.URL, MessageBody: aws.String(string(body)),
		DelaySeconds: int32((min(delay, MaxDelay) + time.Second - 1) / time.Second),
	})
	if err != nil {
		return fmt.Errorf("sqs send to %s: %w", s.URL, err)
	}
	return nil
}
