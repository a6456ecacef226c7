package cloud

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What issues credentials may be out. Without any configuration the SDK asks a service that most machines do not have.
func TestCredentialsOutage(t *testing.T) {
	answer := func(status int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New("x")}
	}
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, test := range []struct {
		service string
		err     error
		want    bool
	}{
		{"STS", answer(503), true}, {"STS", answer(403), false}, {"STS", refused, true},
		{"ec2imds", answer(500), true}, {"ec2imds", answer(404), false}, {"ec2imds", refused, false},
		{"SSO", errors.New("the token has expired"), false},
	} {
		issuer := &smithy.OperationError{ServiceID: test.service, OperationName: "Get", Err: test.err}
		err := credentialsError{fmt.Errorf("refresh: %w", issuer)}
		if err.isOutage() != test.want {
			t.Errorf("%v: got an outage: %t", err, !test.want)
		}
	}
}
