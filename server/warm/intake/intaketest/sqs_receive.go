package intaketest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// A receiver waits for messages. Receivers get messages in the order in which they came, also when several are woken at the
// same time: a test in virtual time repeats itself.
type receiver struct {
	in  *sqs.ReceiveMessageInput
	got chan *sqs.ReceiveMessageOutput // has one element when the receiver waits no longer
}

// ReceiveMessage is the method of a client.
func (s *SQS) ReceiveMessage(
	ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	wait := time.NewTimer(time.Duration(in.WaitTimeSeconds) * time.Second)
	defer wait.Stop()
	s.mu.Lock()
	q, err := s.find("ReceiveMessage", in.QueueUrl)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	r := &receiver{in, make(chan *sqs.ReceiveMessageOutput, 1)}
	q.receivers = append(q.receivers, r)
	s.serve(q)
	s.mu.Unlock()
	select {
	case out := <-r.got:
		return out, nil
	case <-wait.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case out := <-r.got:
		return out, nil
	default:
		q.receivers = slices.DeleteFunc(q.receivers, func(other *receiver) bool { return other == r })
		return &sqs.ReceiveMessageOutput{}, ctx.Err()
	}
}

// serve gives the messages of a queue that are visible now to its receivers. It is called again when the next becomes
// visible. s.mu is held.
func (s *SQS) serve(q *queue) {
	now := time.Now()
	s.bury(q, now)
	for len(q.receivers) > 0 {
		r := q.receivers[0]
		out := q.receive(r.in, now)
		if len(out.Messages) == 0 {
			break
		}
		q.receivers = q.receivers[1:]
		r.got <- out
	}
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if len(q.receivers) == 0 {
		return
	}
	next := now.Add(time.Hour)
	for _, m := range q.messages {
		next = earlier(next, m.visible)
	}
	q.timer = time.AfterFunc(next.Sub(now), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.serve(q)
	})
}

// receive receives messages that are visible now.
func (q *queue) receive(in *sqs.ReceiveMessageInput, now time.Time) *sqs.ReceiveMessageOutput {
	out := new(sqs.ReceiveMessageOutput)
	visibility := q.visibility
	if in.VisibilityTimeout > 0 {
		visibility = time.Duration(in.VisibilityTimeout) * time.Second
	}
	for _, m := range q.messages {
		if m.visible.After(now) || len(out.Messages) == max(1, int(in.MaxNumberOfMessages)) {
			continue
		}
		m.receives++
		m.visible = now.Add(visibility)
		m.receipt = fmt.Sprintf("%s/%d", m.id, m.receives)
		attributes := map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)}
		if m.trace != "" && slices.Contains(in.MessageSystemAttributeNames, types.MessageSystemAttributeNameAWSTraceHeader) {
			attributes["AWSTraceHeader"] = m.trace
		}
		out.Messages = append(out.Messages, types.Message{
			MessageId: &m.id, Body: &m.body, MD5OfBody: sumOf(m.body), ReceiptHandle: aws.String(m.receipt), Attributes: attributes,
		})
	}
	return out
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// bury moves messages that were received too often to the dead-letter queue. s.mu is held.
func (s *SQS) bury(q *queue, now time.Time) {
	dead := s.queues[q.dead]
	if dead == nil {
		return
	}
	var left []*message
	for _, m := range q.messages {
		if m.receives < q.maxReceives || m.visible.After(now) {
			left = append(left, m)
			continue
		}
		dead.messages = append(dead.messages, &message{id: m.id, body: m.body, trace: m.trace})
	}
	if len(left) < len(q.messages) {
		q.messages = left
		s.serve(dead)
	}
}
