package main

import (
	"context"
	"errors"
	"net"
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

// A diagnosis is what an error of a bucket means.
type diagnosis struct {
	found  string // in words, in place of the SDK's
	advice string // what to do about it; "" if that is not known

	// isPermanent says that the bucket can't be read with these settings at all. An outage is not permanent, nor is the
	// refusal of one request, which says nothing about others.
	isPermanent bool
}

// rejectedCredentials are the codes with which S3 rejects the credentials themselves, and not what they may do.
var rejectedCredentials = map[string]bool{
	"InvalidAccessKeyId": true, "SignatureDoesNotMatch": true, "InvalidToken": true, "ExpiredToken": true, "TokenRefreshRequired": true,
}

// diagnose returns what an error of a bucket means.
func diagnose(err error) diagnosis {
	if credentials, ok := errors.AsType[credentialsError](err); ok {
		return diagnoseCredentials(credentials)
	}
	_, isNetwork := errors.AsType[net.Error](err)
	switch code := codeOf(err); {
	case code == "NoSuchBucket":
		return diagnosis{"the bucket does not exist (NoSuchBucket)", "is the name right, and the account?", true}
	case statusOf(err) == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed", code == "IllegalLocationConstraintException":
		return diagnosis{"the bucket is in another region", "set AWS_REGION to the bucket's region", true}
	case code == "RequestTimeTooSkewed":
		return diagnosis{"this machine's clock is wrong", "let NTP set it", false}
	case rejectedCredentials[code]:
		return diagnosis{
			"S3 does not accept the AWS credentials (" + code + ")",
			"look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_PROFILE or the role of the task; log in again if they have expired", true,
		}
	case statusOf(err) == http.StatusForbidden:
		return diagnosis{
			"S3 denies access", "the role needs s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix, s3:ListBucket, " +
				"and the use of the KMS key", false,
		}
	case statusOf(err) == 0 && (isNetwork || errors.Is(err, context.DeadlineExceeded)):
		return diagnosis{
			"S3 does not answer: " + cause(err), "is there a route to it, by a NAT gateway or an endpoint, and is AWS_ENDPOINT_URL_S3 right?", false,
		}
	}
	return diagnosis{found: err.Error()}
}

func diagnoseCredentials(err credentialsError) diagnosis {
	const advice = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine, task or pod a role"
	switch {
	case err.isOutage():
		return diagnosis{"AWS credentials can't be had now: " + cause(err), advice, false}
	case err.isFrom("ec2imds"):
		return diagnosis{"there are no AWS credentials", advice, true}
	}
	return diagnosis{"AWS credentials can't be had: " + cause(err), advice, true}
}

// cause returns the last of the errors that err wraps, without what the SDK puts before it.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		if _, ok := err.(smithy.APIError); ok {
			return err.Error()
		}
		if _, ok := err.(net.Error); ok {
			return err.Error()
		}
		err = inner
	}
}

// addStorage adds a finding about an error of a bucket. what comes before the error's meaning.
func (d *doctor) addStorage(s severity, about, what string, err error) {
	diagnosed := diagnose(err)
	d.add(s, about, what+": "+diagnosed.found, diagnosed.advice)
}
