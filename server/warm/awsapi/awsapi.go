// Package awsapi sends requests to those APIs of AWS of which imgorigin needs only a few operations.
//
// The SDK's clients for CloudFront and DynamoDB have some two hundred operations, of which seven are needed, and were an eighth
// of the time that the first build of imgorigin took. This package does for any API what such a client does around an
// operation, with the parts of the SDK that it is made of: it finds the endpoint, signs, repeats what may succeed later,
// corrects for a clock that is wrong, and returns errors that match those of the SDK. What to send, and what the answer
// means, is left to the caller.
//
//	Do ──► retries ──► signature ──► HTTP ──► 2xx: the body
//	          ▲                       │
//	          └── throttled, 5xx, ◄───┴─────► otherwise a *smithy.OperationError, which wraps an *awshttp.ResponseError,
//	              no connection               which wraps a smithy.APIError
package awsapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A Request is a call of an operation.
type Request struct {
	Operation string // for errors, such as PutItem
	Method    string
	Path      string // escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// A Client sends requests to one API. Its methods may be called concurrently. Make it with [New].
type Client struct {
	settings aws.Config
	service  Service
	retryer  aws.Retryer
	signer   *v4.Signer
	skew     atomic.Int64 // of the clock of AWS to ours, in nanoseconds
}

// New returns a client for an API. The settings are those of [config.LoadDefaultConfig].
//
// [config.LoadDefaultConfig]: https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/config#LoadDefaultConfig
func New(settings aws.Config, s Service) *Client {
	c := &Client{settings: settings, service: s, retryer: retryerOf(settings), signer: v4.NewSigner()}
	if c.settings.HTTPClient == nil {
		c.settings.HTTPClient = awshttp.NewBuildableClient()
	}
	return c
}

// retryerOf returns the retryer that the settings ask for, as the clients of the SDK find it.
func retryerOf(settings aws.Config) aws.Retryer {
	if settings.Retryer != nil {
		return settings.Retryer()
	}
	attempts := func(o *retry.StandardOptions) {
		if settings.RetryMaxAttempts != 0 {
			o.MaxAttempts = settings.RetryMaxAttempts
		}
	}
	if settings.RetryMode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) { o.StandardOptions = append(o.StandardOptions, attempts) })
	}
	return retry.NewStandard(attempts)
}

// Do sends a request, and returns the body of an answer whose status is 2xx. Any other answer is an error.
func (c *Client) Do(ctx context.Context, r Request) ([]byte, error) {
	body, err := c.do(ctx, r)
	if err != nil {
		return nil, &smithy.OperationError{ServiceID: c.service.ID, OperationName: r.Operation, Err: err}
	}
	return body, nil
}

func (c *Client) do(ctx context.Context, r Request) ([]byte, error) {
	at, err := c.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	stack := middleware.NewStack(r.Operation, smithyhttp.NewStackRequest)
	if err := c.addTo(stack, r, at); err != nil {
		return nil, err
	}
	handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(c.settings.HTTPClient), stack)
	out, _, err := handler.Handle(middleware.ClearStackValues(ctx), r)
	if err != nil {
		return nil, err
	}
	return out.([]byte), nil
}

// addTo adds the steps of a request to a stack of the SDK, in the order in which its clients have them.
func (c *Client) addTo(stack *middleware.Stack, r Request, at endpoint) error {
	stack.Serialize.Add(middleware.SerializeMiddlewareFunc("Request", func(
		ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler,
	) (middleware.SerializeOutput, middleware.Metadata, error) {
		request, err := fill(in.Request.(*smithyhttp.Request), r, at)
		if err != nil {
			return middleware.SerializeOutput{}, middleware.Metadata{}, err
		}
		in.Request = request
		return next.HandleSerialize(ctx, in)
	}), middleware.After)
	stack.Finalize.Add(retry.NewAttemptMiddleware(c.retryer, smithyhttp.RequestCloner, func(a *retry.Attempt) {
		a.ClientSkew = &c.skew
	}), middleware.After)
	stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("Signing", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if err := c.sign(ctx, in.Request.(*smithyhttp.Request).Request, r.Body, at); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	}), middleware.After)
	stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("OperationDeserializer", c.receive), middleware.After)
	for _, add := range []func(*middleware.Stack) error{
		awsmiddleware.AddRequestUserAgentMiddleware, awsmiddleware.AddClientRequestIDMiddleware,
		awsmiddleware.AddRequestIDRetrieverMiddleware, awshttp.AddResponseErrorMiddleware, awsmiddleware.AddRecordResponseTiming,
	} {
		if err := add(stack); err != nil {
			return err
		}
	}
	return nil
}

// fill returns a request of HTTP.
func fill(to *smithyhttp.Request, r Request, at endpoint) (*smithyhttp.Request, error) {
	to.Method = r.Method
	to.URL = at.url.JoinPath(r.Path)
	to.URL.RawQuery = r.Query.Encode()
	for name, values := range r.Header {
		to.Header[name] = values
	}
	to.ContentLength = int64(len(r.Body))
	return to.SetStream(bytes.NewReader(r.Body))
}

// largestBody bounds the body of an answer. The largest are those of the settings of a distribution.
const largestBody = 16 << 20

// receive reads an answer.
func (c *Client) receive(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	if skew, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
		c.skew.Store(int64(skew)) // for the next attempt
	}
	response := out.RawResponse.(*smithyhttp.Response)
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestBody+1))
	switch {
	case err != nil:
		return out, metadata, fmt.Errorf("read the answer: %w", err)
	case len(body) > largestBody:
		return out, metadata, fmt.Errorf("the answer is larger than %d bytes", largestBody)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return out, metadata, errorOf(response, body)
	}
	out.Result = body
	return out, metadata, nil
}
