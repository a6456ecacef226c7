package cdn

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/imgorigin/imgorigin/server/warm/awsapi"
)

// newTestClient returns a client for an endpoint.
func newTestClient(endpoint string) Client {
	return NewClient(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
}

// The requests are those that the SDK's client for CloudFront sends.
func TestClientRequests(t *testing.T) {
	const created = `<?xml version="1.0"?><Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>I1</Id>` +
		`<Status>InProgress</Status><CreateTime>2026-11-29T00:00:00Z</CreateTime><InvalidationBatch><CallerReference>r</CallerReference>` +
		`<Paths><Quantity>1</Quantity><Items><Path>/a</Path></Items></Paths></InvalidationBatch></Invalidation>`
	answers := map[string]string{
		"POST /2020-05-31/distribution/E1/invalidation":         created,
		"GET /2020-05-31/distribution/E1/invalidation/I1":       created,
		"GET /2020-05-31/distribution/E1/invalidation/I2":       strings.Replace(created, "InProgress", "Completed", 1),
		"GET /2020-05-31/function/edge%2Ffunction?Stage=LIVE":   "function handler() {}",
		"GET /2020-05-31/distribution/E1/config":                distributionConfig,
		"GET /2020-05-31/distribution/E2%2Finvalidation/config": "no XML",
	}
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		body = string(read)
		answer, ok := answers[r.Method+" "+r.RequestURI]
		if !ok {
			t.Errorf("got %s %s", r.Method, r.RequestURI)
			w.WriteHeader(http.StatusNotFound)
		}
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	c := newTestClient(server.URL)
	id, err := c.Create(t.Context(), "E1", Batch{Reference: "r", Items: []string{"/a&b*", "#tag"}})
	const want = `<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>r</CallerReference>` +
		`<Paths><Quantity>2</Quantity><Items><Path>/a&amp;b*</Path><Path>#tag</Path></Items></Paths></InvalidationBatch>`
	if err != nil || id != "I1" || body != want {
		t.Errorf("got %q, %v, sent %s", id, err, body)
	}
	for id, want := range map[string]bool{"I1": false, "I2": true} {
		if got, err := c.IsCompleted(t.Context(), "E1", id); err != nil || got != want {
			t.Errorf("%s: got %t, %v", id, got, err)
		}
	}
	if code, err := c.Function(t.Context(), "edge/function"); err != nil || string(code) != "function handler() {}" {
		t.Errorf("got %q, %v", code, err)
	}
	d, err := c.Distribution(t.Context(), "E1")
	if err != nil || !d.Enabled || d.TagHeader != "x-amz-meta-cache-tag" || len(d.Default.Functions) != 0 || len(d.Behaviors) != 2 {
		t.Fatalf("got %+v, %v", d, err)
	}
	if f := d.Behaviors[1].Functions; len(f) != 2 || f[1].Event != "viewer-request" || f[1].ARN != "arn:aws:cloudfront::1:function/images" {
		t.Errorf("got %+v", f)
	}
	const notXML = "GetDistributionConfig: the answer is not XML"
	if _, err := c.Distribution(t.Context(), "E2/invalidation"); err == nil || !strings.Contains(err.Error(), notXML) {
		t.Errorf("no XML: got %v", err)
	}
}

// distributionConfig is an answer of CloudFront, shortened.
const distributionConfig = `<?xml version="1.0"?>
<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>x</CallerReference>
<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><FunctionAssociations><Quantity>0</Quantity></FunctionAssociations></DefaultCacheBehavior>
<CacheBehaviors><Quantity>2</Quantity><Items>
<CacheBehavior><PathPattern>/a</PathPattern></CacheBehavior>
<CacheBehavior><PathPattern>/img/*</PathPattern><FunctionAssociations><Quantity>2</Quantity><Items>
<FunctionAssociation><FunctionARN>arn:aws:cloudfront::1:function/headers</FunctionARN><EventType>viewer-response</EventType></FunctionAssociation>
<FunctionAssociation><FunctionARN>arn:aws:cloudfront::1:function/images</FunctionARN><EventType>viewer-request</EventType></FunctionAssociation>
</Items></FunctionAssociations></CacheBehavior></Items></CacheBehaviors>
<Enabled>true</Enabled><CacheTagConfig><HeaderName>x-amz-meta-cache-tag</HeaderName></CacheTagConfig></DistributionConfig>`

// TestClientServer runs against the server that IMGORIGIN_TEST_AWS names, such as moto. It is skipped without one.
func TestClientServer(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_AWS")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_AWS names no server")
	}
	c := newTestClient(endpoint)
	config := `<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>` + rand.Text() + `</CallerReference><Origins>` +
		`<Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>example.com</DomainName><CustomOriginConfig><HTTPPort>80</HTTPPort>` +
		`<HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy></CustomOriginConfig></Origin></Items></Origins>` +
		`<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>https-only</ViewerProtocolPolicy></DefaultCacheBehavior>` +
		`<Comment></Comment><Enabled>true</Enabled></DistributionConfig>`
	body, err := c.api.Do(t.Context(), awsapi.Request{
		Operation: "CreateDistribution", Method: http.MethodPost, Path: pathOf("distribution"), Body: []byte(config),
	})
	if err != nil {
		t.Fatal(err)
	}
	var distribution struct{ Id string }
	if err := xml.Unmarshal(body, &distribution); err != nil {
		t.Fatal(err)
	}
	id, err := c.Create(t.Context(), distribution.Id, Batch{Reference: "r", Items: []string{"/img/a%20b*", "/v/*"}})
	if err != nil || id == "" {
		t.Fatalf("got %q, %v", id, err)
	}
	if _, err := c.IsCompleted(t.Context(), distribution.Id, id); err != nil { // moto writes the status in capitals
		t.Error(err)
	}
	if d, err := c.Distribution(t.Context(), distribution.Id); err != nil || !d.Enabled || len(d.Behaviors) > 0 {
		t.Errorf("got %+v, %v", d, err)
	}
	if _, err := c.Create(t.Context(), "ENONE", Batch{Reference: "r", Items: []string{"/*"}}); codeOf(err) != "NoSuchDistribution" {
		t.Errorf("got %v, want NoSuchDistribution", err)
	}
}
