package intake

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A SenderClient is the part of a *sqs.Client that a Sender needs.
type SenderClient interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// A Sender sends events to a queue of SQS, for the consumers of that queue. Its role needs sqs:SendMessage.
type Sender struct {
	Client SenderClient

	// URL is the queue of events. Removals is a queue of its own for those of removals; without it they go to URL, as
	// without URL all events go to Removals.
	URL, Removals string

	// Trace, if not nil, returns the header of AWS X-Ray with which the handling of the event goes on with the trace of ctx.
	Trace func(ctx context.Context) string
}

// queue returns the URL of the queue that an event belongs to, which may be another than the one it came from.
func (s Sender) queue(ev s3event.Event) string {
	if ev.Kind == s3event.Removed {
		return cmp.Or(s.Removals, s.URL)
	}
	return cmp.Or(s.URL, s.Removals)
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
	url := s.queue(ev)
	in := &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)),
		DelaySeconds: int32((min(delay, MaxDelay) + time.Second - 1) / time.Second),
	}
	if s.Trace != nil {
		if header := s.Trace(ctx); header != "" {
			in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
				string(types.MessageSystemAttributeNameForSendsAWSTraceHeader): {DataType: aws.String("String"), StringValue: &header},
			}
		}
	}
	_, err = s.Client.SendMessage(ctx, in)
	if err != nil {
		return fmt.Errorf("sqs send to %s: %w", url, err)
	}
	return nil
}
