package awsapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// errNoCredentials is the error of a request that can't be signed.
var errNoCredentials = errors.New("there are no AWS credentials")

// sign signs a request with the credentials of now, which may have been renewed since the last attempt.
func (c *Client) sign(ctx context.Context, r *http.Request, body []byte, at endpoint) error {
	if c.settings.Credentials == nil {
		return errNoCredentials
	}
	credentials, err := c.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return &v4.SigningError{Err: fmt.Errorf("get credentials: %w", err)}
	}
	now := time.Now().Add(time.Duration(c.skew.Load()))
	return c.signer.SignHTTP(ctx, credentials, r, hash(body), c.service.Name, at.signingRegion, now)
}

// hash returns the hash of a body that is part of what is signed.
func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
