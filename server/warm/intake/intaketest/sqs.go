// Package intaketest has small working doubles of what messages come through: SQS and the Runtime API of Lambda.
package intaketest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// An SQS has queues in memory, with visibility timeouts, long polls, batches and dead-letter queues. Its methods are
// those of a client of SQS; [SQS.Serve] makes it a server for real clients. The zero value has no queues.
type SQS struct {
	mu        sync.Mutex
	queues    map[string]*queue
	intercept func(operation, message string) error
	count     int
}

type queue struct {
	visibility  time.Duration
	dead        string // name of the dead-letter queue
	maxReceives int
	policy      string // which nothing is refused for
	messages    []*message
	receivers   []*receiver // that wait, in order
	timer       *time.Timer // of the next message that becomes visible; nil if nobody waits for one
}

// A receiver waits for messages. Receivers get messages in the order in which they came, also when several are woken at the
// same time: a test in virtual time repeats itself.
type receiver struct {
	in  *sqs.ReceiveMessageInput
	got chan *sqs.ReceiveMessageOutput // has one element when the receiver waits no longer
}

type message struct {
	id, body, receipt string
	receives          int
	visible           time.Time
}

// Create creates an empty queue and returns its URL. Messages that were received maxReceives times without being
// deleted move to the queue dead, unless that is "".
func (s *SQS) Create(name string, visibility time.Duration, dead string, maxReceives int) (url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues == nil {
		s.queues = make(map[string]*queue)
	}
	s.queues[name] = &queue{visibility: visibility, dead: path.Base(dead), maxReceives: maxReceives}
	return "http://sqs.invalid/000000000000/" + name
}

// Intercept makes operations return the error of f, which is called for each operation, with message "", and for each
// entry of a batch. A nil f ends that.
func (s *SQS) Intercept(f func(operation, message string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Count returns the number of messages that can be received, and of those that were received and may yet be deleted.
func (s *SQS) Count(url string) (visible, inFlight int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, m := range s.queues[path.Base(url)].messages {
		if m.visible.After(now) {
			inFlight++
		} else {
			visible++
		}
	}
	return visible, inFlight
}

// find returns a queue for an operation. s.mu is held.
func (s *SQS) find(operation string, url *string) (*queue, error) {
	if s.intercept != nil {
		if err := s.intercept(operation, ""); err != nil {
			return nil, err
		}
	}
	q := s.queues[path.Base(aws.ToString(url))]
	if q == nil {
		return nil, &types.QueueDoesNotExist{Message: aws.String("no such queue")}
	}
	return q, nil
}

// SendMessage is the method of a client.
func (s *SQS) SendMessage(
	_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find("SendMessage", in.QueueUrl)
	if err != nil {
		return nil, err
	}
	s.count++
	m := &message{
		id: "message-" + strconv.Itoa(s.count), body: *in.MessageBody,
		visible: time.Now().Add(time.Duration(in.DelaySeconds) * time.Second),
	}
	q.messages = append(q.messages, m)
	s.serve(q)
	return &sqs.SendMessageOutput{MessageId: &m.id, MD5OfMessageBody: sumOf(m.body)}, nil
}

func sumOf(body string) *string {
	sum := md5.Sum([]byte(body))
	return aws.String(hex.EncodeToString(sum[:]))
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
		out.Messages = append(out.Messages, types.Message{
			MessageId: &m.id, Body: &m.body, MD5OfBody: sumOf(m.body), ReceiptHandle: aws.String(m.receipt),
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)},
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
		dead.messages = append(dead.messages, &message{id: m.id, body: m.body})
	}
	if len(left) < len(q.messages) {
		q.messages = left
		s.serve(dead)
	}
}

var errReceipt = errors.New("ReceiptHandleIsInvalid")

// entry calls do with the message of a receipt. It returns the error that the batch reports for it, nil if there is
// none.
func (s *SQS) entry(operation string, q *queue, id, receipt *string, do func(*message)) *types.BatchResultErrorEntry {
	name := path.Dir(aws.ToString(receipt))
	err := errReceipt
	if s.intercept != nil {
		if refused := s.intercept(operation, name); refused != nil {
			code, message := "InternalError", refused.Error()
			return &types.BatchResultErrorEntry{Id: id, Code: &code, Message: &message}
		}
	}
	for _, m := range q.messages {
		if m.id == name {
			err = nil
			if m.receipt == *receipt { // SQS accepts an older receipt, and does nothing
				do(m)
			}
			break
		}
	}
	if err != nil {
		text := err.Error()
		return &types.BatchResultErrorEntry{Id: id, Code: &text, Message: &text, SenderFault: true}
	}
	return nil
}

// DeleteMessageBatch is the method of a client.
func (s *SQS) DeleteMessageBatch(
	_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options),
) (*sqs.DeleteMessageBatchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find("DeleteMessageBatch", in.QueueUrl)
	if err != nil {
		return nil, err
	}
	out := &sqs.DeleteMessageBatchOutput{}
	for _, e := range in.Entries {
		failed := s.entry("DeleteMessageBatch", q, e.Id, e.ReceiptHandle, func(doomed *message) {
			for i, m := range q.messages {
				if m == doomed {
					q.messages = append(q.messages[:i:i], q.messages[i+1:]...)
					return
				}
			}
		})
		if failed != nil {
			out.Failed = append(out.Failed, *failed)
			continue
		}
		out.Successful = append(out.Successful, types.DeleteMessageBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

// ChangeMessageVisibilityBatch is the method of a client.
func (s *SQS) ChangeMessageVisibilityBatch(
	_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find("ChangeMessageVisibilityBatch", in.QueueUrl)
	if err != nil {
		return nil, err
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		failed := s.entry("ChangeMessageVisibilityBatch", q, e.Id, e.ReceiptHandle, func(m *message) {
			m.visible = time.Now().Add(time.Duration(e.VisibilityTimeout) * time.Second)
			s.serve(q)
		})
		if failed != nil {
			out.Failed = append(out.Failed, *failed)
			continue
		}
		out.Successful = append(out.Successful, types.ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
	}
	return out, nil
}
