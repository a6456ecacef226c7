package intake_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

// A message is deleted once its event was handled. After an error, it would be delivered again in a few seconds.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	queue := new(intaketest.SQS) // a double; otherwise a *sqs.Client
	url := queue.Create("images", time.Minute, "", 0)
	body := warmtest.Message(s3event.Event{Kind: s3event.Created, Bucket: "photos", Key: "2026/cat.jpg"})
	if _, err := queue.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		fmt.Println(err)
		return
	}

	handle := func(_ context.Context, ev s3event.Event) error {
		fmt.Println(ev.Kind, ev.Key)
		cancel() // ends Run, once the message is deleted
		return nil
	}
	err := intake.Consumer{Client: queue, URL: url, Handle: intake.EachEvent(handle)}.Run(ctx)
	visible, received := queue.Count(url)
	fmt.Println("messages left:", visible+received, err)
	// Output:
	// created 2026/cat.jpg
	// messages left: 0 <nil>
}
