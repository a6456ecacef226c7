package awsapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

var (
	dynamoDB   = Service{ID: "DynamoDB", Name: "dynamodb", Target: "DynamoDB_20120810"}
	cloudFront = Service{ID: "CloudFront", Name: "cloudfront", IsGlobal: true}
)

// The endpoints are those to which the SDK's clients dynamodb v1.73.1 and cloudfront v1.73.0 send requests.
func TestRegularEndpoints(t *testing.T) {
	for _, test := range []struct {
		region          string
		fips, dualStack bool

		dynamoDB, cloudFront, signing string
	}{
		{"us-east-1", false, false, "dynamodb.us-east-1.amazonaws.com", "cloudfront.amazonaws.com", "us-east-1"},
		{"eu-central-1", false, false, "dynamodb.eu-central-1.amazonaws.com", "cloudfront.amazonaws.com", "us-east-1"},
		{"eu-central-1", false, true, "dynamodb.eu-central-1.api.aws", "cloudfront.global.api.aws", "us-east-1"},
		{"us-west-2", true, false, "dynamodb-fips.us-west-2.amazonaws.com", "cloudfront-fips.amazonaws.com", "us-east-1"},
		{"us-west-2", true, true, "dynamodb-fips.us-west-2.api.aws", "cloudfront-fips.global.api.aws", "us-east-1"},
		{
			"cn-north-1", false, false, "dynamodb.cn-north-1.amazonaws.com.cn", "cloudfront.cn-northwest-1.amazonaws.com.cn",
			"cn-northwest-1",
		},
		{
			"cn-northwest-1", false, true, "dynamodb.cn-northwest-1.api.amazonwebservices.com.cn",
			"cloudfront.api.amazonwebservices.com.cn", "cn-northwest-1",
		},
		{"us-gov-west-1", true, false, "dynamodb.us-gov-west-1.amazonaws.com", "cloudfront-fips.amazonaws.com", "us-east-1"},
		{"us-iso-east-1", false, false, "dynamodb.us-iso-east-1.c2s.ic.gov", "cloudfront.c2s.ic.gov", "us-iso-east-1"},
		{"eusc-de-east-1", false, false, "dynamodb.eusc-de-east-1.amazonaws.eu", "cloudfront.amazonaws.eu", "eusc-de-east-1"},
	} {
		for service, want := range map[Service][2]string{
			dynamoDB: {test.dynamoDB, test.region}, cloudFront: {test.cloudFront, test.signing},
		} {
			at, err := service.regular(t.Context(), test.region, test.fips, test.dualStack)
			if err != nil || at.url.String() != "https://"+want[0]+"/" || at.signingRegion != want[1] {
				t.Errorf("%+v: got %v for %s, %v", test, at.url, at.signingRegion, err)
			}
		}
	}
}

// Settings name another endpoint as they do for the SDK's clients.
func TestConfiguredEndpoints(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "config")
	const text = "[default]\nregion = eu-west-1\nservices = local\nendpoint_url = http://profile:1\n" +
		"[services local]\ndynamodb =\n  endpoint_url = http://service:2/base\n"
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                 string
		environment          map[string]string
		dynamoDB, cloudFront string // "" is an error that names the service
	}{
		{"none", nil, "https://dynamodb.eu-north-1.amazonaws.com/", "https://cloudfront.amazonaws.com/"},
		{"all", map[string]string{"AWS_ENDPOINT_URL": "http://all:1"}, "http://all:1/", "http://all:1/"},
		{
			"one of two", map[string]string{"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_CLOUDFRONT": "http://own:2/base/"},
			"http://all:1/", "http://own:2/base/",
		},
		{"profile", map[string]string{"AWS_CONFIG_FILE": profile}, "http://service:2/base", "http://profile:1/"},
		{
			"environment before profile", map[string]string{"AWS_CONFIG_FILE": profile, "AWS_ENDPOINT_URL": "http://all:1"},
			"http://all:1/", "http://all:1/",
		},
		{
			"ignored", map[string]string{"AWS_CONFIG_FILE": profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			"https://dynamodb.eu-north-1.amazonaws.com/", "https://cloudfront.amazonaws.com/",
		},
		{
			"FIPS", map[string]string{"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
			"https://dynamodb-fips.eu-north-1.api.aws/", "https://cloudfront-fips.global.api.aws/",
		},
		{"no region", map[string]string{"AWS_REGION": ""}, "", "https://cloudfront.amazonaws.com/"},
		{"no URL", map[string]string{"AWS_ENDPOINT_URL": "localhost"}, "", ""},
		{"no host", map[string]string{"AWS_REGION": "not a region"}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "eu-north-1")
			t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			settings, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for service, want := range map[Service]string{dynamoDB: test.dynamoDB, cloudFront: test.cloudFront} {
				at, err := New(settings, service).endpoint(t.Context())
				switch {
				case (err == nil) != (want != ""):
					t.Errorf("%s: got %v, %v, want %q", service.ID, at.url, err, want)
				case err == nil && at.url.String() != want:
					t.Errorf("%s: got %v, want %s", service.ID, at.url, want)
				case err != nil && !strings.Contains(err.Error(), "AWS_REGION") && !strings.Contains(err.Error(), "localhost") &&
					!strings.Contains(err.Error(), "not a region"):
					t.Errorf("%s: got the error %v", service.ID, err)
				}
			}
		})
	}
}
