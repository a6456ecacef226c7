package main

import (
	"context"
	"errors"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// statusOf returns the HTTP status of an error of the AWS SDK, 0 if it has none.
func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// codeOf returns the code of an error of an AWS API, "" if it is of another kind.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// storageAdvice returns what to do about an error of a bucket, "" if it is not known.
func storageAdvice(err error) string {
	switch code := codeOf(err); {
	case code == "NoSuchBucket":
		return "the bucket does not exist: is the name right, and the account?"
	case statusOf(err) == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed":
		return "the bucket is in another region: set AWS_REGION"
	case code == "RequestTimeTooSkewed":
		return "this machine's clock is wrong"
	case code == "InvalidAccessKeyId", code == "SignatureDoesNotMatch", code == "ExpiredToken":
		return "the credentials are not valid: AWS_ACCESS_KEY_ID, AWS_PROFILE or the task's role"
	case statusOf(err) == http.StatusForbidden:
		return "the role needs s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, s3:ListBucket, " +
			"and the use of the KMS key"
	case statusOf(err) == 0 && errors.Is(err, context.DeadlineExceeded):
		return "S3 does not answer: is there a route to it, by a NAT gateway or an endpoint?"
	}
	return ""
}
