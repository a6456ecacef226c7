// Package intaketest has small working doubles of what messages come through: SQS and the Runtime API of Lambda.
package intaketest

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"path"
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

type message struct {
	id, body, receipt string
	trace             string // the header of X-Ray that it was sent with
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
		trace:   aws.ToString(in.MessageSystemAttributes[string(types.MessageSystemAttributeNameForSendsAWSTraceHeader)].StringValue),
	}
	q.messages = append(q.messages, m)
	s.serve(q)
	return &sqs.SendMessageOutput{MessageId: &m.id, MD5OfMessageBody: sumOf(m.body)}, nil
}

func sumOf(body string) *string {
	sum := md5.Sum([]byte(body))
	return aws.String(hex.EncodeToString(sum[:]))
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

// PolicyForS3 is the policy of a queue that S3 sends events to.
const PolicyForS3 = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage"}]}`
