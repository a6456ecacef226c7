package cdn

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/imgorigin/imgorigin/server/warm/awsapi"
)

// A Client sends requests to the API of CloudFront. Its errors have the codes of the API, such as NoSuchDistribution.
type Client struct{ api *awsapi.Client }

// NewClient returns a client for the API of CloudFront, or for the server that AWS_ENDPOINT_URL_CLOUDFRONT names.
func NewClient(settings aws.Config) Client {
	return Client{awsapi.New(settings, awsapi.Service{ID: "CloudFront", Name: "cloudfront", IsGlobal: true})}
}

// apiVersion is the version of the API, which is the root of its paths, and in the namespace of its documents.
const apiVersion = "2020-05-31"

// A Batch is what a request invalidates.
type Batch struct {
	// Reference names the request. CloudFront answers another request with the same reference and items as it did the first.
	Reference string

	Items []string // paths, or tags that begin with #
}

// invalidationBatch is a [Batch] in XML.
type invalidationBatch struct {
	XMLName   xml.Name `xml:"http://cloudfront.amazonaws.com/doc/2020-05-31/ InvalidationBatch"`
	Reference string   `xml:"CallerReference"`
	Quantity  int      `xml:"Paths>Quantity"`
	Items     []string `xml:"Paths>Items>Path"`
}

// An invalidation is what CloudFront says of one.
type invalidation struct {
	ID     string `xml:"Id"`
	Status string
}

// Create requests an invalidation, and returns its ID.
func (c Client) Create(ctx context.Context, distribution string, b Batch) (id string, err error) {
	body, err := xml.Marshal(invalidationBatch{Reference: b.Reference, Quantity: len(b.Items), Items: b.Items})
	if err != nil {
		return "", fmt.Errorf("invalidation: %w", err)
	}
	var created invalidation
	err = c.do(ctx, &created, awsapi.Request{
		Operation: "CreateInvalidation", Method: http.MethodPost,
		Path:   pathOf("distribution", distribution, "invalidation"),
		Header: http.Header{"Content-Type": {"application/xml"}}, Body: body,
	})
	return created.ID, err
}

// IsCompleted reports whether an invalidation is no longer in progress.
func (c Client) IsCompleted(ctx context.Context, distribution, id string) (bool, error) {
	var found invalidation
	err := c.do(ctx, &found, awsapi.Request{
		Operation: "GetInvalidation", Method: http.MethodGet, Path: pathOf("distribution", distribution, "invalidation", id),
	})
	return found.Status == "Completed", err
}

// A Distribution is the settings of one, as far as imgorigin depends on them.
type Distribution struct {
	Enabled   bool
	TagHeader string     `xml:"CacheTagConfig>HeaderName"`
	Default   Behavior   `xml:"DefaultCacheBehavior"`
	Behaviors []Behavior `xml:"CacheBehaviors>Items>CacheBehavior"`
	Origins   []Origin   `xml:"Origins>Items>Origin"`
}

// An Origin is where a distribution sends requests.
type Origin struct {
	Headers []string `xml:"CustomHeaders>Items>OriginCustomHeader>HeaderName"` // that it adds to them
}

// A Behavior is what a distribution does with requests for some paths.
type Behavior struct {
	Functions []struct {
		ARN   string `xml:"FunctionARN"`
		Event string `xml:"EventType"` // such as viewer-request
	} `xml:"FunctionAssociations>Items>FunctionAssociation"`
}

// Distribution returns the settings of a distribution. The role needs cloudfront:GetDistributionConfig.
func (c Client) Distribution(ctx context.Context, id string) (Distribution, error) {
	var found Distribution
	err := c.do(ctx, &found, awsapi.Request{
		Operation: "GetDistributionConfig", Method: http.MethodGet, Path: pathOf("distribution", id, "config"),
	})
	return found, err
}

// Function returns the code of a function as it is published. The role needs cloudfront:GetFunction.
func (c Client) Function(ctx context.Context, name string) (code []byte, err error) {
	return c.api.Do(ctx, awsapi.Request{
		Operation: "GetFunction", Method: http.MethodGet, Path: pathOf("function", name), Query: url.Values{"Stage": {"LIVE"}},
	})
}

// do sends a request and parses the answer.
func (c Client) do(ctx context.Context, answer any, r awsapi.Request) error {
	body, err := c.api.Do(ctx, r)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("cloudfront %s: the answer is not XML: %w", r.Operation, err)
	}
	return nil
}

// pathOf returns an escaped path of the API.
func pathOf(names ...string) string {
	path := "/" + apiVersion
	for _, name := range names {
		path += "/" + url.PathEscape(name)
	}
	return path
}
