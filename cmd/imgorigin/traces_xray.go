package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/cloud"
)

// xrayHost matches the host of the OTLP endpoint of AWS X-Ray in a region.
var xrayHost = regexp.MustCompile(`^xray\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// signerFor returns what signs the requests for a collector that is AWS X-Ray itself, nil for any other.
func signerFor(ctx context.Context, endpoint string) (func(*http.Request, []byte) error, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, nil //nolint:nilerr // otlp.Open says what is wrong
	}
	match := xrayHost.FindStringSubmatch(u.Hostname())
	if match == nil {
		return nil, nil
	}
	settings, err := cloud.LoadConfig(ctx)
	if err != nil {
		return nil, err
	}
	return signXRay(settings, match[1]), nil
}

// signXRay signs requests for X-Ray in a region, as its OTLP endpoint requires.
func signXRay(settings aws.Config, region string) func(*http.Request, []byte) error {
	signer := v4.NewSigner()
	return func(r *http.Request, body []byte) error {
		credentials, err := settings.Credentials.Retrieve(r.Context())
		if err != nil {
			return fmt.Errorf("sign for X-Ray: %w", err)
		}
		sum := sha256.Sum256(body)
		return signer.SignHTTP(r.Context(), credentials, r, hex.EncodeToString(sum[:]), "xray", region, time.Now())
	}
}
