package cloud

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// A credentialsError is the error of a request that was not sent, because there were no AWS credentials to sign it with.
type credentialsError struct{ error }

// Unwrap returns the SDK's error.
func (e credentialsError) Unwrap() error { return e.error }

// isOutage reports whether credentials may be there later: what issues them does not answer, or asks for patience. The
// instance metadata service is an exception. The SDK tries it last, when no other source of credentials is configured; it is
// on the machine itself, and where it can't be reached there is none.
func (e credentialsError) isOutage() bool {
	code := codeOf(e.error)
	if _, isThrottled := retry.DefaultThrottleErrorCodes[code]; isThrottled || code == "IDPCommunicationError" {
		return true
	}
	response, ok := errors.AsType[interface { // of an API of AWS, or of the agent of a container
		error
		HTTPStatusCode() int
	}](e.error)
	if ok {
		status := response.HTTPStatusCode()
		return status >= 500 || status == http.StatusTooManyRequests
	}
	_, isNetwork := errors.AsType[net.Error](e.error)
	return isNetwork && !e.isFrom("ec2imds")
}

// isFrom reports whether the request of a service of AWS has failed.
func (e credentialsError) isFrom(service string) bool {
	for err := e.error; ; {
		operation, ok := errors.AsType[*smithy.OperationError](err)
		if !ok {
			return false
		}
		if operation.Service() == service {
			return true
		}
		err = operation.Err
	}
}

// namedCredentials has the errors of credentials be told from those of the requests that need them.
type namedCredentials struct{ aws.CredentialsProvider }

// Retrieve implements [aws.CredentialsProvider]. Its errors are credentialsErrors.
func (c namedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = credentialsError{err}
	}
	return credentials, err
}
