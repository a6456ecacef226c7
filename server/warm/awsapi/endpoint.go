package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// A Service is an API of AWS.
type Service struct {
	// ID is the name in settings: an API whose ID is DynamoDB is at AWS_ENDPOINT_URL_DYNAMODB, if that is set.
	ID string

	// Name is the name in the host of the endpoint, and in signatures.
	Name string

	// Target is the prefix of its operations, with its version, if the protocol is JSON.
	Target string

	// IsGlobal says that the API has one endpoint for all regions of a partition of AWS, as CloudFront's has.
	IsGlobal bool
}

// An endpoint is where requests go.
type endpoint struct {
	url           *url.URL
	signingRegion string
}

// errNoRegion is the error of an API that is in every region.
var errNoRegion = errors.New("no AWS region: set AWS_REGION, or a region in the profile")

// endpoint returns the endpoint that the settings name, or else the one of AWS.
func (c *Client) endpoint(ctx context.Context) (endpoint, error) {
	region := c.settings.Region
	if region == "" {
		if !c.service.IsGlobal {
			return endpoint{}, errNoRegion
		}
		region = "us-east-1"
	}
	if base := c.configured(ctx); base != "" {
		at, err := url.Parse(base)
		if err == nil && at.Host == "" {
			err = errors.New("want a URL such as http://127.0.0.1:5000")
		}
		if err != nil {
			return endpoint{}, fmt.Errorf("endpoint %q of %s: %w", base, c.service.ID, err)
		}
		at.Path = cmp.Or(at.Path, "/") // or JoinPath would return a path without a slash at the front
		return endpoint{at, region}, nil
	}
	return c.service.regular(ctx, region, c.hasFIPS(ctx), c.hasDualStack(ctx))
}

// configured returns the endpoint that the environment or the profile names, "" if they name none. Of two, the one for
// this API wins, and then the environment.
func (c *Client) configured(ctx context.Context) string {
	base := aws.ToString(c.settings.BaseEndpoint)
	_, hasAny := os.LookupEnv("AWS_ENDPOINT_URL")
	if _, hasOwn := os.LookupEnv("AWS_ENDPOINT_URL_" + strings.ToUpper(c.service.ID)); hasAny && !hasOwn {
		return base // and not the profile's
	}
	type ignorer interface {
		GetIgnoreConfiguredEndpoints(context.Context) (value, found bool, err error)
	}
	type provider interface {
		GetServiceBaseEndpoint(ctx context.Context, id string) (value string, found bool, err error)
	}
	if isIgnored, _ := setting(c.settings.ConfigSources, func(s ignorer) (bool, bool, error) {
		return s.GetIgnoreConfiguredEndpoints(ctx)
	}); isIgnored {
		return base
	}
	if own, ok := setting(c.settings.ConfigSources, func(s provider) (string, bool, error) {
		return s.GetServiceBaseEndpoint(ctx, c.service.ID)
	}); ok {
		return own
	}
	return base
}

func (c *Client) hasFIPS(ctx context.Context) bool {
	type source interface {
		GetUseFIPSEndpoint(context.Context) (value aws.FIPSEndpointState, found bool, err error)
	}
	state, _ := setting(c.settings.ConfigSources, func(s source) (aws.FIPSEndpointState, bool, error) {
		return s.GetUseFIPSEndpoint(ctx)
	})
	return state == aws.FIPSEndpointStateEnabled
}

func (c *Client) hasDualStack(ctx context.Context) bool {
	type source interface {
		GetUseDualStackEndpoint(context.Context) (value aws.DualStackEndpointState, found bool, err error)
	}
	state, _ := setting(c.settings.ConfigSources, func(s source) (aws.DualStackEndpointState, bool, error) {
		return s.GetUseDualStackEndpoint(ctx)
	})
	return state == aws.DualStackEndpointStateEnabled
}

// setting returns a setting from the first source that has it: the environment, or the profile.
func setting[S, T any](sources []any, get func(S) (T, bool, error)) (value T, ok bool) {
	for _, source := range sources {
		if s, isSource := source.(S); isSource {
			if value, ok, err := get(s); ok && err == nil {
				return value, true
			}
		}
	}
	return value, false
}

// regular returns AWS's endpoint for a region. The SDK knows the domains of all partitions, but does not export them: they are
// taken from the endpoint of SQS, whose client imgorigin needs anyway.
func (s Service) regular(ctx context.Context, region string, fips, dualStack bool) (endpoint, error) {
	if s.IsGlobal {
		return s.global(ctx, region, fips, dualStack)
	}
	host, err := hostOfSQS(ctx, region, fips, dualStack)
	return endpointAt(s.Name+host, region), err
}

// global is regular for an API with one endpoint for a partition.
func (s Service) global(ctx context.Context, region string, fips, dualStack bool) (endpoint, error) {
	host, err := hostOfSQS(ctx, region, false, dualStack)
	if err != nil {
		return endpoint{}, err
	}
	name := s.Name
	if fips {
		name += "-fips"
	}
	switch domain := strings.TrimPrefix(host, "."+region); {
	case domain == ".amazonaws.com":
		return endpointAt(name+domain, "us-east-1"), nil
	case domain == ".api.aws":
		return endpointAt(name+".global"+domain, "us-east-1"), nil
	case domain == ".amazonaws.com.cn":
		return endpointAt(name+".cn-northwest-1"+domain, "cn-northwest-1"), nil
	case strings.HasPrefix(region, "cn-"):
		return endpointAt(name+domain, "cn-northwest-1"), nil
	default:
		return endpointAt(name+domain, region), nil
	}
}

func endpointAt(host, signingRegion string) endpoint {
	return endpoint{&url.URL{Scheme: "https", Host: host, Path: "/"}, signingRegion}
}

// hostOfSQS returns the host of SQS in a region without its name: ".eu-west-1.amazonaws.com".
func hostOfSQS(ctx context.Context, region string, fips, dualStack bool) (string, error) {
	at, err := sqs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sqs.EndpointParameters{
		Region: &region, UseFIPS: &fips, UseDualStack: &dualStack,
	})
	if err != nil {
		return "", fmt.Errorf("endpoint in %s: %w", region, err)
	}
	return strings.TrimPrefix(at.URI.Host, "sqs"), nil
}
