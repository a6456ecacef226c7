package intaketest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// Serve starts a server of s on loopback, which ends with the test, and returns its endpoint.
func (s *SQS) Serve(t testing.TB) (endpoint string) {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

// ClientOf returns a client of a server that speaks the protocol of SQS. Its credentials are made up.
func ClientOf(endpoint string) *sqs.Client {
	return sqs.New(sqs.Options{
		BaseEndpoint: &endpoint, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""), Retryer: aws.NopRetryer{},
	})
}

// ServeHTTP implements the JSON protocol of SQS, whose fields have the names of the fields of the client's types.
func (s *SQS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var out any
	var err error
	switch operation {
	case "CreateQueue":
		out, err = answer(r, s.CreateQueue)
	case "GetQueueAttributes":
		out, err = answer(r, s.GetQueueAttributes)
	case "SendMessage":
		out, err = answer(r, s.SendMessage)
	case "ReceiveMessage":
		out, err = answer(r, s.ReceiveMessage)
	case "DeleteMessageBatch":
		out, err = answer(r, s.DeleteMessageBatch)
	case "ChangeMessageVisibilityBatch":
		out, err = answer(r, s.ChangeMessageVisibilityBatch)
	default:
		err = &smithy.GenericAPIError{Code: "UnknownOperationException", Message: operation}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err != nil {
		code := "InternalError"
		if known, ok := errors.AsType[smithy.APIError](err); ok {
			code = known.ErrorCode()
		}
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": "com.amazonaws.sqs#" + code, "message": err.Error()}
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		panic(err) // strings, numbers and maps of them always encode
	}
}

// arnPrefix is what the ARNs of all queues begin with.
const arnPrefix = "arn:aws:sqs:us-east-1:000000000000:"

// answer calls a method with the input in a request.
func answer[In, Out any](
	r *http.Request, method func(context.Context, *In, ...func(*sqs.Options)) (*Out, error),
) (any, error) {
	in := new(In)
	if err := json.NewDecoder(r.Body).Decode(in); err != nil {
		return nil, &smithy.GenericAPIError{Code: "InvalidParameterValue", Message: err.Error()}
	}
	return method(r.Context(), in)
}

// CreateQueue is the method of a client. It supports VisibilityTimeout and RedrivePolicy, and keeps Policy.
func (s *SQS) CreateQueue(
	_ context.Context, in *sqs.CreateQueueInput, _ ...func(*sqs.Options),
) (*sqs.CreateQueueOutput, error) {
	visibility, err := strconv.Atoi(in.Attributes["VisibilityTimeout"])
	if err != nil {
		visibility = 30
	}
	var policy struct {
		Target string `json:"deadLetterTargetArn"`
		Most   int    `json:"maxReceiveCount,string"`
	}
	if text := in.Attributes["RedrivePolicy"]; text != "" {
		if err := json.Unmarshal([]byte(text), &policy); err != nil {
			return nil, &smithy.GenericAPIError{Code: "InvalidAttributeValue", Message: err.Error()}
		}
	}
	dead := policy.Target[strings.LastIndexByte(policy.Target, ':')+1:]
	url := s.Create(*in.QueueName, time.Duration(visibility)*time.Second, dead, policy.Most)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues[*in.QueueName].policy = in.Attributes[string(types.QueueAttributeNamePolicy)]
	return &sqs.CreateQueueOutput{QueueUrl: &url}, nil
}

// GetQueueAttributes is the method of a client. It returns the queue's ARN, its numbers of messages and its
// policies.
func (s *SQS) GetQueueAttributes(
	_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options),
) (*sqs.GetQueueAttributesOutput, error) {
	s.mu.Lock()
	q, err := s.find("GetQueueAttributes", in.QueueUrl)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	visible, inFlight := s.Count(*in.QueueUrl)
	attributes := map[string]string{
		string(types.QueueAttributeNameQueueArn):                              arnPrefix + path.Base(*in.QueueUrl),
		string(types.QueueAttributeNameApproximateNumberOfMessages):           strconv.Itoa(visible),
		string(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible): strconv.Itoa(inFlight),
	}
	if q.maxReceives > 0 {
		attributes[string(types.QueueAttributeNameRedrivePolicy)] = fmt.Sprintf(
			`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, arnPrefix+q.dead, q.maxReceives)
	}
	if q.policy != "" {
		attributes[string(types.QueueAttributeNamePolicy)] = q.policy
	}
	return &sqs.GetQueueAttributesOutput{Attributes: attributes}, nil
}
