package intaketest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// client has the methods of SQS that this package implements. A *sqs.Client is a client too.
type client interface {
	CreateQueue(context.Context, *sqs.CreateQueueInput, ...func(*sqs.Options)) (*sqs.CreateQueueOutput, error)
	GetQueueAttributes(
		context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options),
	) (*sqs.GetQueueAttributesOutput, error)
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(
		context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options),
	) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(
		context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options),
	) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

func TestSQS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { testSQS(t, new(SQS)) })
}

func TestSQSOverHTTP(t *testing.T) { testSQS(t, ClientOf(new(SQS).Serve(t))) }

// TestSQSServer runs the same test against the server at IMGORIGIN_TEST_SQS, the URL of SQS or of another double.
func TestSQSServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_SQS")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_SQS is not set")
	}
	testSQS(t, ClientOf(endpoint))
}

type tester struct {
	*testing.T
	client
	url *string
}

func testSQS(t *testing.T, c client) {
	name := fmt.Sprint("q", time.Now().UnixNano())
	create := func(name string, attributes map[string]string) *string {
		out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return out.QueueUrl
	}
	dead := tester{t, c, create(name+"-dead", nil)}
	arn := dead.attribute(types.QueueAttributeNameQueueArn)
	q := tester{t, c, create(name, map[string]string{
		"VisibilityTimeout": "30", "RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":"2"}`,
	})}

	_, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(*q.url + "-not")})
	if !isMissing(err) {
		t.Errorf("no such queue: got %v, want QueueDoesNotExist", err)
	}
	if got := q.attribute(types.QueueAttributeNameRedrivePolicy); !strings.Contains(got, arn) {
		t.Errorf("got the redrive policy %s, want %s in it", got, arn)
	}
	q.send("one")
	q.send("two")
	got := q.receive(10, 0)
	if len(got) != 2 || got[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Fatalf("got %v, want one and two", got)
	}
	if bodies := *got[0].Body + *got[1].Body; bodies != "onetwo" && bodies != "twoone" {
		t.Fatalf("got %v, want one and two", got)
	}
	if received := q.receive(10, 0); len(received) != 0 {
		t.Errorf("got %v, which was received and not returned", received)
	}

	// An entry of a batch that fails does not affect the others.
	entries := []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got[0].ReceiptHandle},
		{Id: aws.String("b"), ReceiptHandle: aws.String("nonsense")},
	}
	deleted, err := c.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: q.url, Entries: entries})
	if err != nil || len(deleted.Successful) != 1 || len(deleted.Failed) != 1 || *deleted.Failed[0].Id != "b" {
		t.Errorf("delete: got %+v, %v, want a deleted and b failed", deleted, err)
	}

	// A message that is returned can be received at once, which counts. Instead of a third time, it becomes a dead
	// letter.
	q.returnMessage(got[1])
	second := q.receive(10, 5)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("returned: got %v, want %s again", second, *got[1].Body)
	}
	q.returnMessage(second[0])
	if third := q.receive(10, 0); len(third) != 0 {
		t.Errorf("got %v a third time", third)
	}
	if buried := dead.receive(10, 5); len(buried) != 1 || *buried[0].Body != *got[1].Body {
		t.Errorf("got %v in the dead letters, want %s", buried, *got[1].Body)
	}
	visible := q.attribute(types.QueueAttributeNameApproximateNumberOfMessages)
	received := q.attribute(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	if visible+received != "00" {
		t.Errorf("got %s visible, %s in flight, want none", visible, received)
	}
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*types.QueueDoesNotExist](err)
	return ok
}

func (q tester) attribute(name types.QueueAttributeName) string {
	q.Helper()
	out, err := q.GetQueueAttributes(q.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		q.Fatal(err)
	}
	return out.Attributes[string(name)]
}

func (q tester) send(body string) {
	q.Helper()
	if _, err := q.SendMessage(q.Context(), &sqs.SendMessageInput{QueueUrl: q.url, MessageBody: &body}); err != nil {
		q.Fatal(err)
	}
}

func (q tester) receive(most, wait int32) []types.Message {
	q.Helper()
	out, err := q.ReceiveMessage(q.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: q.url, MaxNumberOfMessages: most, WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
		},
	})
	if err != nil {
		q.Fatal(err)
	}
	return out.Messages
}

func (q tester) returnMessage(m types.Message) {
	q.Helper()
	out, err := q.ChangeMessageVisibilityBatch(q.Context(), &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: q.url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
			{Id: aws.String("a"), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0},
		},
	})
	if err != nil || len(out.Failed) != 0 {
		q.Fatalf("return: %+v, %v", out, err)
	}
}
